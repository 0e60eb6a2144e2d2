using System;
using Hyperlaunch.Machine.Time;
using Hyperlaunch.Platform.Devices;
using Hyperlaunch.Platform.Interrupts;
using Hyperlaunch.Platform.Power;
using Hyperlaunch.Platform.Serial;
using Hyperlaunch.Platform.Timers;

namespace Hyperlaunch.Platform.Board;

/// <summary>
/// All virtual devices of one domain, wired as on a PC. Everything is allocated here, once; a domain that is built again resets
/// it. Calls come one at a time: whoever runs one of the domain's processors holds the domain's lock around them.
/// </summary>
public sealed class VirtualPlatform
{
    /// <summary>The line of a device that interrupts nobody.</summary>
    public const int NoLine = -1;

    private readonly ApicBus _bus;
    private readonly InterruptRouter _lines;
    private readonly ResetControl _resetControl;
    private VirtualDevice[] _devices = [];
    private TimedDevice[] _timed = [];
    private byte[] _description = [];

    /// <summary>Makes the platform in its state after power-on, with one processor.</summary>
    /// <param name="clock">The machine's clock.</param>
    /// <param name="signals">The domain's processors.</param>
    /// <param name="power">Takes the guest's requests to turn off or restart.</param>
    /// <param name="firstSerial">Takes what the guest sends on its first serial port.</param>
    /// <param name="secondSerial">Takes what the guest sends on its second serial port; null when it has none.</param>
    /// <param name="processors">The task priorities of as many processors as the domain can have, at least 1.</param>
    public VirtualPlatform(
        IClock clock, IProcessorSignals signals, IPowerRequests power, ISerialSink firstSerial, ISerialSink? secondSerial,
        ITaskPriority[] processors)
    {
        _bus = new ApicBus(clock, signals, processors);
        _bus.Reset(1);
        Pic = new InterruptControllerPair(_bus);
        IoApic = new IoApic(_bus);
        _lines = new InterruptRouter(Pic, IoApic);
        Timer = new Pit8254(clock);
        Rtc = new RealTimeClock(clock);
        Serial = new Uart16550(clock, firstSerial);
        Acpi = new AcpiPowerManagement(clock, power);
        _resetControl = new ResetControl(power);

        // They are reset in this order: first the interrupt controllers, then those that drive their lines.
        Add(Pic, PlatformPorts.Pic);
        Add(IoApic, PlatformLayout.IoApicAddress, PlatformLayout.IoApicLength);
        Add(Timer, PlatformPorts.Timer, PlatformLayout.PitLine);
        Add(Rtc, PlatformPorts.Clock, PlatformLayout.RtcLine);
        Add(Serial, PlatformPorts.FirstSerial, PlatformLayout.FirstSerialLine);
        if (secondSerial is not null)
        {
            SecondSerial = new Uart16550(clock, secondSerial);
            Add(SecondSerial, PlatformPorts.SecondSerial, PlatformLayout.SecondSerialLine);
        }

        Add(Acpi, PlatformPorts.PowerManagement, PlatformLayout.SciLine);
        Add(new SystemControlPort(Timer, clock, power), PlatformPorts.SystemControl);
        Add(new KeyboardControllerReset(power), PlatformPorts.Keyboard);
        Add(_resetControl, PlatformPorts.Configuration);
    }

    /// <summary>The ports.</summary>
    public PortMap Ports { get; } = new();

    /// <summary>The devices in memory that all processors share; a processor's local APIC is found before them.</summary>
    public DeviceMap Devices { get; } = new();

    /// <summary>What the devices say of themselves in AML, for the domain's DSDT.</summary>
    public ReadOnlySpan<byte> Description => _description;

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

    /// <summary>
    /// When a device that all processors share next has something to say to one of them, in the clock's nanoseconds;
    /// <see cref="ulong.MaxValue"/> for never. What a controller holds back is said to nobody.
    /// </summary>
    public ulong DeviceDeadline
    {
        get
        {
            ulong earliest = ulong.MaxValue;
            TimedDevice[] timed = _timed;
            for (int i = 0; i < timed.Length; i++)
            {
                ulong deadline = timed[i].Deadline;
                earliest = deadline < earliest && timed[i].IsHeard ? deadline : earliest;
            }

            return earliest;
        }
    }

    /// <summary>The local APIC of a processor.</summary>
    public LocalApic LocalApic(int processor) => _bus[processor];

    /// <summary>When the timer of a processor's local APIC next has something to say to it; as for the devices.</summary>
    /// <param name="processor">The processor.</param>
    /// <param name="sleeps">Whether it executes nothing, and so does not change its priority meanwhile.</param>
    public ulong ProcessorDeadline(int processor, bool sleeps)
        => sleeps ? _bus[processor].SleepDeadline : _bus[processor].RunDeadline;

    /// <summary>Adds a device with ports. While the platform is put together only.</summary>
    /// <param name="device">
    /// The device; when it is a <see cref="VirtualDevice"/>, it is reset and described with the platform.
    /// </param>
    /// <param name="where">Its ports, in the order in which it is asked for them.</param>
    /// <param name="line">The interrupt line that it drives.</param>
    /// <exception cref="InvalidOperationException">
    /// A port belongs to another device: the platform is put together wrongly.
    /// </exception>
    public void Add(IPortDevice device, PortWindow[] where, int line = NoLine)
    {
        for (int i = 0; i < where.Length; i++)
        {
            Ports.Add(device, where[i]);
        }

        Enter(device as VirtualDevice, new DevicePlace(isMemory: false, where[0].First, (ulong)where[0].Count, line));
    }

    /// <summary>Adds a device with registers in memory. While the platform is put together only.</summary>
    /// <param name="device">
    /// The device; when it is a <see cref="VirtualDevice"/>, it is reset and described with the platform.
    /// </param>
    /// <param name="address">Its first guest physical address.</param>
    /// <param name="length">Bytes of its registers.</param>
    /// <param name="line">The interrupt line that it drives.</param>
    /// <exception cref="InvalidOperationException">
    /// An address belongs to another device: the platform is put together wrongly.
    /// </exception>
    public void Add(IMemoryDevice device, ulong address, ulong length, int line = NoLine)
    {
        Devices.Add(device, address, length);
        Enter(device as VirtualDevice, new DevicePlace(isMemory: true, address, length, line));
    }

    /// <summary>Adds a device that has only time: neither ports nor memory. While the platform is put together only.</summary>
    public void Add(TimedDevice device) => Enter(device, new DevicePlace(isMemory: false, 0, 0, NoLine));

    /// <summary>Puts the machine's own devices behind the virtual ones. While the domain is put together only.</summary>
    public void Attach(IHostDevices devices)
    {
        Ports.Others = devices.Ports;
        _resetControl.Configuration = devices.ConfigurationPorts;
        IoApic.Ends = devices.InterruptEnd;
        devices.Description.CopyTo(ExtendDescription(devices.Description.Length));
    }

    /// <summary>Puts everything into the state in which firmware hands over to a kernel.</summary>
    /// <param name="processors">How many processors the domain has, at least 1 and at most the platform's capacity.</param>
    /// <param name="memoryBelow4G">Bytes of memory from address 0 to the hole below 4 GiB.</param>
    /// <param name="memoryAbove4G">Bytes of memory from 4 GiB on.</param>
    public void Reset(int processors, ulong memoryBelow4G, ulong memoryAbove4G)
    {
        // The bus comes first, so that lines that fall find nobody to interrupt.
        _bus.Reset(processors);
        Rtc.SetMemorySizes(memoryBelow4G, memoryAbove4G);
        for (int i = 0; i < _devices.Length; i++)
        {
            _devices[i].Reset();
        }


        // Not in x2APIC mode: a kernel that knows it enters it, and one told not to use its local APIC could not leave it.
        _bus[0].EnterVirtualWireMode();
    }

    /// <summary>Lets time pass for all devices.</summary>
    /// <param name="now">The clock's nanoseconds.</param>
    public void Advance(ulong now)
    {
        TimedDevice[] timed = _timed;
        for (int i = 0; i < timed.Length; i++)
        {
            if (timed[i].Deadline != ulong.MaxValue)
            {
                timed[i].Advance(now);
            }
        }

        ApicBus bus = _bus;
        int count = bus.Count;
        for (int i = 0; i < count; i++)
        {
            bus[i].Advance(now);
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

    // A device that has both ports and memory is entered once, at the place that was named first.
    private void Enter(VirtualDevice? device, in DevicePlace place)
    {
        for (int i = 0; i < _devices.Length; i++)
        {
            if (ReferenceEquals(_devices[i], device))
            {
                return;
            }
        }

        if (device is null)
        {
            return;
        }

        VirtualDevice[] devices = new VirtualDevice[_devices.Length + 1];
        _devices.AsSpan().CopyTo(devices);
        devices[_devices.Length] = device;
        _devices = devices;
        if (device is TimedDevice timed)
        {
            TimedDevice[] all = new TimedDevice[_timed.Length + 1];
            _timed.AsSpan().CopyTo(all);
            all[_timed.Length] = timed;
            _timed = all;
        }

        if (place.Line != NoLine)
        {
            device.Connect(_lines, place.Line);
        }

        device.WriteAml(ExtendDescription(device.AmlSize), in place);
    }

    private Span<byte> ExtendDescription(int size)
    {
        int position = _description.Length;
        if (size != 0)
        {
            byte[] description = new byte[position + size];
            _description.AsSpan().CopyTo(description);
            _description = description;
        }

        return _description.AsSpan(position);
    }
}
