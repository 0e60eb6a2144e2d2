using Hyperlaunch.Machine.Time;
using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Platform.Power;

/// <summary>
/// ACPI's fixed hardware (ACPI 6.5, section 4.8): PM1a event and control registers, the power-management timer, and the system
/// control interrupt. ACPI mode is always on. Soft-off is the only sleep state.
/// </summary>
public sealed class AcpiPowerManagement : TimedDevice, IPortDevice
{
    // Offsets: the event block's status and enable, the control block, the timer
    internal const int EventOffset = 0;
    internal const int ControlOffset = 4;
    internal const int TimerOffset = 8;

    // PM1 status and enable (tables 4.11 and 4.12)
    private const ushort TimerBit = 1 << 0;
    private const ushort GlobalBit = 1 << 5;
    private const ushort PowerButtonBit = 1 << 8;

    /// <summary>
    /// The real-time clock's event: it can be enabled and never comes, as the clock wakes nothing here. Kernels enable it to
    /// look, whatever the FADT says of it.
    /// </summary>
    private const ushort ClockBit = 1 << 10;
    private const ushort EnableBits = TimerBit | GlobalBit | PowerButtonBit | ClockBit;

    // PM1 control (table 4.13)
    private const ushort ControlSciEnable = 1 << 0;
    private const ushort ControlBusMasterReload = 1 << 1;
    private const int ControlSleepTypeShift = 10;
    private const ushort ControlSleepTypeMask = 7;
    private const ushort ControlSleepEnable = 1 << 13;
    private const ushort ControlWritable = ControlBusMasterReload | (ControlSleepTypeMask << ControlSleepTypeShift);

    /// <summary>The timer's carry: its highest bit changes after so many ticks.</summary>
    private const int CarryShift = 31;

    private readonly IClock _clock;
    private readonly IPowerRequests _power;
    private readonly TickRate _rate = TickRate.FromHertz(PlatformLayout.PmTimerHertz);
    private ushort _status;
    private ushort _enable;
    private ushort _control;
    private ulong _origin;
    private ulong _carries;
    private bool _asserted;

    /// <summary>Makes the registers.</summary>
    public AcpiPowerManagement(IClock clock, IPowerRequests power)
    {
        _clock = clock;
        _power = power;
        Reset();
    }

    /// <summary>The state after power-on; the timer begins at 0.</summary>
    public override void Reset()
    {
        _status = 0;
        _enable = 0;
        _control = ControlSciEnable;
        _origin = _clock.Nanoseconds;
        _carries = 0;
        Update();
    }

    /// <inheritdoc/>
    public override void Advance(ulong now)
    {
        if (now >= Deadline)
        {
            NoteCarry(now);
        }
    }

    /// <inheritdoc/>
    public uint ReadPort(int offset, int size)
    {
        ulong now = _clock.Nanoseconds;
        if (offset >= TimerOffset)
        {
            uint ticks = (uint)_rate.ToTicks(now - _origin);
            return ticks >> ((offset - TimerOffset) * 8);
        }

        if (offset >= ControlOffset)
        {
            return (uint)(_control >> ((offset - ControlOffset) * 8));
        }

        NoteCarry(now);
        uint events = _status | ((uint)_enable << 16);
        return events >> ((offset - EventOffset) * 8);
    }

    /// <inheritdoc/>
    public void WritePort(int offset, int size, uint value)
    {
        if (offset >= TimerOffset)
        {
            return;
        }

        if (offset >= ControlOffset)
        {
            int shift = (offset - ControlOffset) * 8;
            WriteControl(value << shift, Mask(size) << shift);
            return;
        }

        NoteCarry(_clock.Nanoseconds);
        int eventShift = (offset - EventOffset) * 8;
        uint written = value << eventShift;
        uint mask = Mask(size) << eventShift;

        // A one clears a status bit.
        _status &= (ushort)~(written & mask);
        _enable = (ushort)(((_enable & ~(mask >> 16)) | ((written & mask) >> 16)) & EnableBits);
        Update();
    }

    private static uint Mask(int size) => size == 4 ? uint.MaxValue : (1u << (size * 8)) - 1;

    /// <summary>The timer's highest bit has changed since the last look.</summary>
    private void NoteCarry(ulong now)
    {
        ulong carries = _rate.ToTicks(now - _origin) >> CarryShift;
        if (carries != _carries)
        {
            _carries = carries;
            _status |= TimerBit;
            Update();
        }
    }

    private void WriteControl(uint value, uint mask)
    {
        uint written = (_control & ~mask) | (value & mask);
        _control = (ushort)((written & ControlWritable) | ControlSciEnable);
        bool sleeps = (value & mask & ControlSleepEnable) != 0;
        if (sleeps && ((written >> ControlSleepTypeShift) & ControlSleepTypeMask) == PlatformLayout.SoftOffSleepType)
        {
            _power.PowerOff();
        }
    }

    private void Update()
    {
        bool asserted = (_status & _enable) != 0;
        if (asserted != _asserted)
        {
            _asserted = asserted;
            SetLine(asserted);
        }

        bool waits = (_enable & TimerBit) != 0 && (_status & TimerBit) == 0;
        Deadline = waits ? _origin + _rate.ToNanoseconds((_carries + 1) << CarryShift) : ulong.MaxValue;
    }
}
