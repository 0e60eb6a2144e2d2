using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Platform.Interrupts;

/// <summary>The wires from devices to both kinds of interrupt controller.</summary>
internal sealed class InterruptRouter : IInterruptLines
{
    private readonly InterruptControllerPair _pic;
    private readonly IoApic _ioApic;

    /// <summary>Wires the controllers.</summary>
    public InterruptRouter(InterruptControllerPair pic, IoApic ioApic)
    {
        _pic = pic;
        _ioApic = ioApic;
    }

    /// <inheritdoc/>
    public bool IsHeard(int line)
        => line >= 0 && line != PlatformLayout.CascadeLine
            && ((line < PlatformLayout.IsaLines && _pic.Hears(line)) || _ioApic.Hears(PinOf(line)));

    /// <inheritdoc/>
    public void SetLine(int line, bool asserted)
    {
        if (line < 0 || line == PlatformLayout.CascadeLine)
        {
            return;
        }

        if (line < PlatformLayout.IsaLines)
        {
            _pic.SetLine(line, asserted);
        }

        _ioApic.SetPin(PinOf(line), asserted);
    }

    private static int PinOf(int line) => line == PlatformLayout.PitLine ? PlatformLayout.PitGlobalInterrupt : line;
}
