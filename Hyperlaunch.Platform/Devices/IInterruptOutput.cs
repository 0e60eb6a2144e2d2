namespace Hyperlaunch.Platform.Devices;

/// <summary>Where the interrupt controller pair's INT output leads: LINT0 of every processor.</summary>
public interface IInterruptOutput
{
    /// <summary>The output rose or fell.</summary>
    void SetExternalInterrupt(bool asserted);
}
