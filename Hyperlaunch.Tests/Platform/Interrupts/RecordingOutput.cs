using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Tests.Platform.Interrupts;

/// <summary>The far end of the interrupt controller pair's INT output.</summary>
internal sealed class RecordingOutput : IInterruptOutput
{
    public bool Level { get; private set; }

    public int Rises { get; private set; }

    public void SetExternalInterrupt(bool asserted)
    {
        Rises += asserted && !Level ? 1 : 0;
        Level = asserted;
    }
}
