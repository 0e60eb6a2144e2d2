namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>What a CPU of the machine does once it has been started.</summary>
public interface ICpuProgram
{
    /// <summary>Does it, on that CPU, with its interrupts off.</summary>
    void Run(IPhysicalCpu cpu);
}
