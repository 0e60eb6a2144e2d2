using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Platform.Interrupts;

/// <summary>
/// The I/O APIC (Intel data sheet 82093AA) with 24 pins and the EOI register of its successors (version 0x20, ICH data sheets).
/// Pins are told their electrical level; a redirection entry's polarity says which one asks for an interrupt.
/// </summary>
public sealed class IoApic : VirtualDevice, IMemoryDevice
{
    private const uint Version = 0x20;

    // Registers of the page
    private const ulong SelectOffset = 0x00;
    private const ulong WindowOffset = 0x10;
    private const ulong EndOfInterruptOffset = 0x40;

    // Registers behind the window
    private const byte IdRegister = 0x00;
    private const byte VersionRegister = 0x01;
    private const byte ArbitrationRegister = 0x02;
    private const byte FirstEntryRegister = 0x10;
    private const int IdShift = 24;
    private const uint IdMask = 0xFF00_0000;
    private const int LastEntryShift = 16;

    // Redirection entries (section 3.2.4)
    private const ulong EntryVector = 0xFF;
    private const int EntryModeShift = 8;
    private const ulong EntryModeMask = 0x7;
    private const ulong EntryLogical = 1UL << 11;
    private const ulong EntryActiveLow = 1UL << 13;
    private const ulong EntryRemoteIrr = 1UL << 14;
    private const ulong EntryLevel = 1UL << 15;
    private const ulong EntryMasked = 1UL << 16;
    private const int EntryDestinationShift = 56;
    private const ulong EntryWritable = 0xFF00_0000_0001_AFFF;

    private readonly ulong[] _entries = new ulong[PlatformLayout.IoApicPins];
    private readonly ApicBus _bus;
    private uint _lines;
    private uint _id;
    private byte _select;

    /// <summary>Makes the I/O APIC and attaches it to the bus.</summary>
    public IoApic(ApicBus bus)
    {
        _bus = bus;
        bus.Attach(this);
        Reset();
    }

    /// <summary>Learns when a level-triggered interrupt has ended; null when nobody has to.</summary>
    public IInterruptEnd? Ends { get; internal set; }

    /// <summary>The state after power-on: everything masked, all pins low.</summary>
    public override void Reset()
    {
        _lines = 0;
        _select = 0;
        _id = (uint)PlatformLayout.IoApicId << IdShift;
        for (int i = 0; i < _entries.Length; i++)
        {
            _entries[i] = EntryMasked;
        }
    }

    /// <summary>Sets the level of a pin, 0 to 23; others do not exist.</summary>
    public void SetPin(int pin, bool high)
    {
        if (pin < 0 || pin >= PlatformLayout.IoApicPins)
        {
            return;
        }

        bool wasActive = IsActive(pin);
        _lines = high ? _lines | (1u << pin) : _lines & ~(1u << pin);
        if (IsActive(pin) && !wasActive)
        {
            Serve(pin);
        }
    }

    /// <summary>Whether a rise of a pin would be sent to anybody.</summary>
    internal bool Hears(int pin)
        => pin >= 0 && pin < PlatformLayout.IoApicPins && (_entries[pin] & (EntryMasked | EntryRemoteIrr)) == 0;

    /// <summary>A level-triggered interrupt ended: its entries may ask again.</summary>
    public void EndOfInterrupt(byte vector)
    {
        for (int pin = 0; pin < _entries.Length; pin++)
        {
            ulong entry = _entries[pin];
            if ((entry & EntryRemoteIrr) != 0 && (byte)(entry & EntryVector) == vector)
            {
                // Still in service while its source lets go of the pin, which therefore cannot ask in between.
                Ends?.OnEnded(pin);
                _entries[pin] = entry & ~EntryRemoteIrr;
                ServeLevel(pin);
            }
        }
    }

    /// <inheritdoc/>
    public ulong ReadMemory(ulong offset, int size)
    {
        switch (offset)
        {
            case SelectOffset:
                return _select;
            case WindowOffset:
                return ReadRegister();
            default:
                return 0;
        }
    }

    /// <inheritdoc/>
    public void WriteMemory(ulong offset, int size, ulong value)
    {
        switch (offset)
        {
            case SelectOffset:
                _select = (byte)value;
                break;
            case WindowOffset:
                WriteRegister((uint)value);
                break;
            case EndOfInterruptOffset:
                EndOfInterrupt((byte)value);
                break;
            default:
                break;
        }
    }

    private uint ReadRegister()
    {
        switch (_select)
        {
            case IdRegister:
            case ArbitrationRegister:
                return _id;
            case VersionRegister:
                return Version | ((PlatformLayout.IoApicPins - 1) << LastEntryShift);
            default:
                int pin = (_select - FirstEntryRegister) >> 1;
                return _select < FirstEntryRegister || pin >= PlatformLayout.IoApicPins
                    ? 0
                    : (uint)(_entries[pin] >> ((_select & 1) * 32));
        }
    }

    private void WriteRegister(uint value)
    {
        if (_select == IdRegister)
        {
            _id = value & IdMask;
            return;
        }

        int pin = (_select - FirstEntryRegister) >> 1;
        if (_select < FirstEntryRegister || pin >= PlatformLayout.IoApicPins)
        {
            return;
        }

        int shift = (_select & 1) * 32;
        ulong written = ((ulong)value << shift) | (_entries[pin] & ~(0xFFFF_FFFFUL << shift));
        ulong entry = (written & EntryWritable) | (_entries[pin] & EntryRemoteIrr);

        // The remote IRR means something for level-triggered entries only.
        _entries[pin] = (entry & EntryLevel) != 0 ? entry : entry & ~EntryRemoteIrr;
        ServeLevel(pin);
    }

    private bool IsActive(int pin) => ((_lines & (1u << pin)) != 0) != ((_entries[pin] & EntryActiveLow) != 0);

    private void ServeLevel(int pin)
    {
        if ((_entries[pin] & EntryLevel) != 0 && IsActive(pin))
        {
            Serve(pin);
        }
    }

    /// <summary>An edge at a masked pin is lost; a level asks until it is served (section 3.2.4, bit 16).</summary>
    private void Serve(int pin)
    {
        ulong entry = _entries[pin];
        if ((entry & (EntryMasked | EntryRemoteIrr)) != 0)
        {
            return;
        }

        ApicMessage message = default;
        message.Vector = (byte)(entry & EntryVector);
        message.Mode = (ApicDeliveryMode)((entry >> EntryModeShift) & EntryModeMask);
        message.IsLogical = (entry & EntryLogical) != 0;
        message.Destination = (uint)(entry >> EntryDestinationShift);

        // Only fixed and lowest-priority interrupts can be level-triggered: the others have no end (table 2, delivery mode).
        message.IsLevel = (entry & EntryLevel) != 0
            && (message.Mode == ApicDeliveryMode.Fixed || message.Mode == ApicDeliveryMode.LowestPriority);
        if (message.IsLevel)
        {
            _entries[pin] |= EntryRemoteIrr;
        }

        if (!_bus.Send(message))
        {
            _entries[pin] &= ~EntryRemoteIrr;
        }
    }
}
