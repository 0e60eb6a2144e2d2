using Hyperlaunch.Machine.Time;
using Hyperlaunch.Platform.Devices;
using Hyperlaunch.Platform.Timers;

namespace Hyperlaunch.Platform.Power;

/// <summary>
/// System control ports B (0x61: gate and output of timer channel 2, speaker) and A (0x92: fast reset, A20), as in the ICH data
/// sheets (NMI_SC and PORT92). A20 is never masked; its bit only remembers what was written.
/// </summary>
internal sealed class SystemControlPort : VirtualDevice, IPortDevice
{
    internal const int OffsetB = 0;
    internal const int OffsetA = 1;

    // Port B
    private const byte TimerGate = 0x01;
    private const byte WritableB = 0x0F;
    private const byte RefreshToggle = 0x10;
    private const byte TimerOutput = 0x20;

    // Port A
    private const byte FastReset = 0x01;
    private const byte AddressLine20 = 0x02;

    /// <summary>The refresh bit changes with each memory refresh, every 15.085 us.</summary>
    private const uint RefreshNanoseconds = 15_085;

    private readonly Pit8254 _timer;
    private readonly IClock _clock;
    private readonly IPowerRequests _power;
    private byte _portB;
    private byte _portA;

    /// <summary>Makes the ports.</summary>
    public SystemControlPort(Pit8254 timer, IClock clock, IPowerRequests power)
    {
        _timer = timer;
        _clock = clock;
        _power = power;
        Reset();
    }

    /// <summary>The state after power-on as firmware leaves it: gate closed, A20 open.</summary>
    public override void Reset()
    {
        _portB = 0;
        _portA = AddressLine20;
        _timer.SetGate2(false);
    }

    /// <inheritdoc/>
    public uint ReadPort(int offset, int size)
    {
        if (offset == OffsetA)
        {
            return _portA;
        }

        bool refresh = (_clock.Nanoseconds / RefreshNanoseconds & 1) != 0;
        return (uint)(_portB | (refresh ? RefreshToggle : 0) | (_timer.Output2 ? TimerOutput : 0));
    }

    /// <inheritdoc/>
    public void WritePort(int offset, int size, uint value)
    {
        if (offset == OffsetA)
        {
            // The bit must rise to reset; it is to be written 0 first.
            bool reset = (value & ~(uint)_portA & FastReset) != 0;
            _portA = (byte)(value & (FastReset | AddressLine20));
            if (reset)
            {
                _power.Restart();
            }

            return;
        }

        _portB = (byte)(value & WritableB);
        _timer.SetGate2((_portB & TimerGate) != 0);
    }
}
