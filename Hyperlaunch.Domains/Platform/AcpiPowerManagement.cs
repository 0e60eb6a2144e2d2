namespace Hyperlaunch.Domains.Platform;

/// <summary>
/// ACPI's fixed hardware (ACPI 6.5, section 4.8): PM1a event and control registers, the power-management timer, and the system
/// control interrupt. ACPI mode is always on. Soft-off is the only sleep state.
/// </summary>
public sealed class AcpiPowerManagement : IPortDevice, ITimedDevice
{
    // PM1 status and enable (tables 4.11 and 4.12)
    private const ushort TimerBit = 1 << 0;
    private const ushort GlobalBit = 1 << 5;
    private const ushort PowerButtonBit = 1 << 8;

    /// <summary>
    /// The real-time clock's event: it can be enabled and never comes, as the clock wakes nothing here. Kernels enable it to look,
    /// whatever the FADT says of it.
    /// </summary>
    private const ushort ClockBit = 1 << 10;
    private const ushort WakeStatus = 1 << 15;
    private const ushort StatusBits = TimerBit | GlobalBit | PowerButtonBit | WakeStatus;
    private const ushort EnableBits = TimerBit | GlobalBit | PowerButtonBit | ClockBit;

    // PM1 control (table 4.13)
    private const ushort ControlSciEnable = 1 << 0;
    private const ushort ControlBusMasterReload = 1 << 1;
    private const int ControlSleepTypeShift = 10;
    private const ushort ControlSleepTypeMask = 7;
    private const ushort ControlSleepEnable = 1 << 13;
    private const ushort ControlWritable = ControlBusMasterReload | (ControlSleepTypeMask << ControlSleepTypeShift);

    private const int StatusPort = PlatformLayout.Pm1EventPort;
    private const int EnablePort = PlatformLayout.Pm1EventPort + (PlatformLayout.Pm1EventLength / 2);

    /// <summary>The timer's carry: its highest bit changes after so many ticks.</summary>
    private const int CarryShift = 31;

    private readonly IClock _clock;
    private readonly IInterruptLines _lines;
    private readonly IPowerRequests _power;
    private readonly TickRate _rate = TickRate.FromHertz(PlatformLayout.PmTimerHertz);
    private ushort _status;
    private ushort _enable;
    private ushort _control;
    private ulong _origin;
    private ulong _carries;
    private bool _asserted;

    /// <summary>Makes the registers.</summary>
    public AcpiPowerManagement(IClock clock, IInterruptLines lines, IPowerRequests power)
    {
        _clock = clock;
        _lines = lines;
        _power = power;
        Reset();
    }

    /// <inheritdoc/>
    public ulong Deadline { get; private set; }

    /// <summary>The state after power-on; the timer begins at 0.</summary>
    public void Reset()
    {
        _status = 0;
        _enable = 0;
        _control = ControlSciEnable;
        _origin = _clock.Nanoseconds;
        _carries = 0;
        Update();
    }

    /// <summary>Somebody presses the power button: the guest is asked to shut down.</summary>
    public void PressPowerButton()
    {
        _status |= PowerButtonBit;
        Update();
    }

    /// <inheritdoc/>
    public void Advance(ulong now)
    {
        if (now >= Deadline)
        {
            NoteCarry(now);
        }
    }

    /// <inheritdoc/>
    public uint ReadPort(ushort port, int size)
    {
        ulong now = _clock.Nanoseconds;
        if (port >= PlatformLayout.PmTimerPort)
        {
            uint ticks = (uint)_rate.ToTicks(now - _origin);
            return ticks >> ((port - PlatformLayout.PmTimerPort) * 8);
        }

        if (port >= PlatformLayout.Pm1ControlPort)
        {
            return (uint)(_control >> ((port - PlatformLayout.Pm1ControlPort) * 8));
        }

        NoteCarry(now);
        uint events = _status | ((uint)_enable << 16);
        return events >> ((port - StatusPort) * 8);
    }

    /// <inheritdoc/>
    public void WritePort(ushort port, int size, uint value)
    {
        if (port >= PlatformLayout.PmTimerPort)
        {
            return;
        }

        if (port >= PlatformLayout.Pm1ControlPort)
        {
            int shift = (port - PlatformLayout.Pm1ControlPort) * 8;
            WriteControl(value << shift, Mask(size) << shift);
            return;
        }

        NoteCarry(_clock.Nanoseconds);
        int eventShift = (port - StatusPort) * 8;
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
            _lines.SetLine(PlatformLayout.SciLine, asserted);
        }

        bool waits = (_enable & TimerBit) != 0 && (_status & TimerBit) == 0;
        Deadline = waits ? _origin + _rate.ToNanoseconds((_carries + 1) << CarryShift) : ulong.MaxValue;
    }
}
