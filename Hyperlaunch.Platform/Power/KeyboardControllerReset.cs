using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Platform.Power;

/// <summary>
/// The ports of a keyboard controller that is not there, except for the one thing that software uses without looking: pulsing
/// the reset output (Intel 8042, command 0xF0-0xFF with bit 0 clear). The status reads all ones, by which drivers know that there
/// is no controller, but for "input buffer full": who waits for that bit before the pulse need not wait in vain.
/// </summary>
internal sealed class KeyboardControllerReset : IPortDevice
{
    internal const int DataOffset = 0;
    internal const int CommandOffset = 1;

    private const byte StatusInputFull = 0x02;
    private const byte CommandPulse = 0xF0;
    private const byte PulseKeepsReset = 0x01;

    private readonly IPowerRequests _power;

    /// <summary>Makes the ports.</summary>
    public KeyboardControllerReset(IPowerRequests power)
    {
        _power = power;
    }

    /// <inheritdoc/>
    public uint ReadPort(int offset, int size) =>
        offset == CommandOffset ? 0xFFu & ~(uint)StatusInputFull : 0xFF;

    /// <inheritdoc/>
    public void WritePort(int offset, int size, uint value)
    {
        if (offset == CommandOffset && (value & (CommandPulse | PulseKeepsReset)) == CommandPulse)
        {
            _power.Restart();
        }
    }
}
