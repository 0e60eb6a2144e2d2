using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Tests.Platform.Interrupts;

/// <summary>Interrupt lines that remember their levels and count their rises.</summary>
internal sealed class RecordingLines : IInterruptLines
{
    public bool[] Level { get; } = new bool[24];

    public int[] Rises { get; } = new int[24];

    public void SetLine(int line, bool asserted)
    {
        Rises[line] += asserted && !Level[line] ? 1 : 0;
        Level[line] = asserted;
    }

    public bool IsHeard(int line) => true;
}
