namespace Hyperlaunch.Domains.Platform;

/// <summary>
/// All virtual devices of one domain, wired as on a PC. Everything is allocated here, once; a domain that is built again resets
/// it. Calls come one at a time: whoever runs one of the domain's processors holds the domain's lock around them.
/// </summary>
public sealed class VirtualPlatform
{
    private const int PortRanges = 21;
    private const int MemoryRanges = 4;

    private readonly ApicBus _bus;
    private readonly SystemControlPort _systemControl;
    private readonly ResetControl _resetControl;

    /// <summary>Makes the platform in its state after power-on, with one processor.</summary>
    /// <param name="clock">The machine's clock.</param>
    /// <param name="signals">The domain's processors.</param>
    /// <param name="power">Takes the guest's requests to turn off or restart.</param>
    /// <param name="firstSerial">Takes what the guest sends on its first serial port.</param>
    /// <param name="secondSerial">Takes what the guest sends on its second serial port; null when it has none.</param>
    /// <param name="capacity">The most processors the domain can have, at least 1.</param>
    public VirtualPlatform(
        IClock clock, IProcessorSignals signals, IPowerRequests power, ISerialSink firstSerial, ISerialSink? secondSerial, int capacity)
    {
        _bus = new ApicBus(clock, signals, capacity);
        _bus.Reset(1);
        Pic = new InterruptControllerPair(_bus);
        IoApic = new IoApic(_bus);
        InterruptRouter lines = new(Pic, IoApic);
        Timer = new Pit8254(clock, lines);
        Rtc = new RealTimeClock(clock, lines);
        Serial = new Uart16550(PlatformLayout.FirstSerialPort, lines, PlatformLayout.FirstSerialLine, firstSerial);
        SecondSerial = secondSerial is null
            ? null
            : new Uart16550(PlatformLayout.SecondSerialPort, lines, PlatformLayout.SecondSerialLine, secondSerial);
        Acpi = new AcpiPowerManagement(clock, lines, power);
        Clock = new ParavirtualClock(clock, capacity);
        _systemControl = new SystemControlPort(Timer, clock, power);
        _resetControl = new ResetControl(power);
        KeyboardControllerReset keyboard = new(power);

        // The busiest first: the map is searched in this order.
        Ports = new PortMap(PortRanges);
        Ports.TryAdd(PlatformLayout.FirstSerialPort, Uart16550.PortCount, 1, Serial);
        Ports.TryAdd(PlatformLayout.FirstPicPort, 2, 1, Pic);
        Ports.TryAdd(PlatformLayout.SecondPicPort, 2, 1, Pic);
        Ports.TryAdd(PlatformLayout.PitPort, 4, 1, Timer);
        Ports.TryAdd(PlatformLayout.PmTimerPort, PlatformLayout.PmTimerLength, 4, Acpi);
        Ports.TryAdd(PlatformLayout.SystemControlPortB, 1, 1, _systemControl);
        Ports.TryAdd(PlatformLayout.RtcPort, 2, 1, Rtc);
        Ports.TryAdd(PlatformLayout.Pm1EventPort, PlatformLayout.Pm1EventLength, 2, Acpi);
        Ports.TryAdd(PlatformLayout.Pm1ControlPort, PlatformLayout.Pm1ControlLength, 2, Acpi);
        Ports.TryAdd(PlatformLayout.KeyboardDataPort, 1, 1, keyboard);
        Ports.TryAdd(PlatformLayout.KeyboardCommandPort, 1, 1, keyboard);
        Ports.TryAdd(PlatformLayout.SystemControlPortA, 1, 1, _systemControl);
        Ports.TryAdd(PlatformLayout.EdgeLevelPort, 2, 1, Pic);
        Ports.TryAdd(PlatformLayout.PciConfigurationPort, ResetControl.PortCount, 4, _resetControl);

        if (SecondSerial is not null)
        {
            Ports.TryAdd(PlatformLayout.SecondSerialPort, Uart16550.PortCount, 1, SecondSerial);
        }

        Devices = new DeviceMap(MemoryRanges);
        Devices.TryAdd(PlatformLayout.IoApicAddress, PlatformLayout.IoApicLength, IoApic);
    }

    /// <summary>The ports.</summary>
    public PortMap Ports { get; }

    /// <summary>The devices in memory that all processors share; a processor's local APIC is found before them.</summary>
    public DeviceMap Devices { get; }

    /// <summary>The ports of PCI's configuration space, with the reset control register among them.</summary>
    public ResetControl ConfigurationPorts => _resetControl;

    /// <summary>The interrupt controller pair.</summary>
    public InterruptControllerPair Pic { get; }

    /// <summary>The I/O APIC.</summary>
    public IoApic IoApic { get; }

    /// <summary>The interval timer.</summary>
    public Pit8254 Timer { get; }

    /// <summary>The real-time clock.</summary>
    public RealTimeClock Rtc { get; }

    /// <summary>The first serial port.</summary>
    public Uart16550 Serial { get; }

    /// <summary>The second serial port; null when the domain has none.</summary>
    public Uart16550? SecondSerial { get; }

    /// <summary>ACPI's fixed hardware.</summary>
    public AcpiPowerManagement Acpi { get; }

    /// <summary>The clock that guests compute from the time-stamp counter.</summary>
    public ParavirtualClock Clock { get; }

    /// <summary>How many processors the domain has.</summary>
    public int Processors => _bus.Count;

    /// <summary>When a device next has something to do, in the clock's nanoseconds; <see cref="ulong.MaxValue"/> for never.</summary>
    public ulong Deadline
    {
        get
        {
            ulong earliest = Timer.Deadline;
            earliest = Rtc.Deadline < earliest ? Rtc.Deadline : earliest;
            earliest = Serial.Deadline < earliest ? Serial.Deadline : earliest;
            earliest = Acpi.Deadline < earliest ? Acpi.Deadline : earliest;
            if (SecondSerial is not null && SecondSerial.Deadline < earliest)
            {
                earliest = SecondSerial.Deadline;
            }

            for (int i = 0; i < _bus.Count; i++)
            {
                ulong deadline = _bus[i].Deadline;
                earliest = deadline < earliest ? deadline : earliest;
            }

            return earliest;
        }
    }

    /// <summary>The local APIC of a processor.</summary>
    public LocalApic LocalApic(int processor) => _bus[processor];

    /// <summary>Puts everything into the state in which firmware hands over to a kernel.</summary>
    /// <param name="processors">How many processors the domain has, at least 1 and at most the platform's capacity.</param>
    /// <param name="memoryBelow4G">Bytes of memory from address 0 to the hole below 4 GiB.</param>
    /// <param name="memoryAbove4G">Bytes of memory from 4 GiB on.</param>
    /// <param name="timeStampOffset">What is added to the machine's time-stamp counter for all the domain's processors.</param>
    /// <param name="startInX2Apic">Whether the local APICs are handed over in x2APIC mode.</param>
    public void Reset(int processors, ulong memoryBelow4G, ulong memoryAbove4G, ulong timeStampOffset, bool startInX2Apic)
    {
        // The bus comes first, so that lines that fall find nobody to interrupt.
        _bus.Reset(processors);
        Pic.Reset();
        IoApic.Reset();
        Timer.Reset();
        Rtc.Reset(memoryBelow4G, memoryAbove4G);
        Serial.Reset();
        SecondSerial?.Reset();
        Acpi.Reset();
        Clock.Reset(timeStampOffset);
        _systemControl.Reset();
        _resetControl.Reset();
        Ports.Reset();
        for (int i = 0; i < _bus.Count; i++)
        {
            _bus[i].TimeStampOffset = timeStampOffset;
            if (startInX2Apic)
            {
                _bus[i].EnterX2ApicMode();
            }
        }

        _bus[0].EnterVirtualWireMode();
    }

    /// <summary>Lets time pass for all devices.</summary>
    /// <param name="now">The clock's nanoseconds.</param>
    public void Advance(ulong now)
    {
        Timer.Advance(now);
        Rtc.Advance(now);
        Serial.Advance(now);
        SecondSerial?.Advance(now);
        Acpi.Advance(now);
        for (int i = 0; i < _bus.Count; i++)
        {
            _bus[i].Advance(now);
        }
    }

    /// <summary>A processor reads from an address where it has no memory.</summary>
    /// <param name="processor">The processor: its local APIC is its own.</param>
    /// <param name="address">A guest physical address.</param>
    /// <param name="size">1, 2, 4 or 8 bytes.</param>
    /// <param name="value">What the device answered, or all ones.</param>
    /// <returns>False when no device has the whole access.</returns>
    public bool TryReadMemory(int processor, ulong address, int size, out ulong value)
    {
        ulong offset = address - PlatformLayout.LocalApicAddress;
        if (offset < PlatformLayout.LocalApicLength)
        {
            value = _bus[processor].ReadMemory(offset, size);
            return true;
        }

        return Devices.TryRead(address, size, out value);
    }

    /// <summary>A processor writes to an address where it has no memory.</summary>
    /// <param name="processor">The processor: its local APIC is its own.</param>
    /// <param name="address">A guest physical address.</param>
    /// <param name="size">1, 2, 4 or 8 bytes.</param>
    /// <param name="value">The value; bytes beyond <paramref name="size"/> are 0.</param>
    /// <returns>False when no device has the whole access.</returns>
    public bool TryWriteMemory(int processor, ulong address, int size, ulong value)
    {
        ulong offset = address - PlatformLayout.LocalApicAddress;
        if (offset < PlatformLayout.LocalApicLength)
        {
            _bus[processor].WriteMemory(offset, size, value);
            return true;
        }

        return Devices.TryWrite(address, size, value);
    }
}
