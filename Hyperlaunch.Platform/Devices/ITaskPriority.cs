namespace Hyperlaunch.Platform.Devices;

/// <summary>The task priority of one processor: CR8, which its guest changes without telling anybody.</summary>
public interface ITaskPriority
{
    /// <summary>The priority's class, 0 to 15. Only the CPU on which the processor lives may ask and set it.</summary>
    byte Cr8 { get; set; }
}
