using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Hypervisor.Passthrough;

/// <summary>
/// One PCI function of the machine, and what the hardware domain may do in its configuration space: drive it, but not move it,
/// for its addresses were mapped when the domain was built, nor let it interrupt by messages, which nobody would check.
/// </summary>
internal sealed class PciFunction
{
    private const int BarCount = 6;
    private const int BridgeBarCount = 2;
    private const int DwordSize = 4;
    private const int DwordCount = PciRegister.SpaceSize / DwordSize;

    // Sizes of the capabilities that are hidden, in whole registers (PCI 3.0, sections 6.8.1 and 6.8.2): a message's address may
    // have an upper half, and messages may be masked one by one. Of enhanced allocation the first register is enough.
    private const int MessageSize = 0x0C;
    private const uint MessageIs64 = 1 << 23;
    private const int MessageUpperSize = 0x04;
    private const uint MessageHasMask = 1 << 24;
    private const int MessageMaskSize = 0x08;
    private const int ExtendedMessageSize = 0x0C;

    private readonly IPciBus _bus;
    private readonly uint[] _barValues = new uint[BarCount];
    private readonly uint[] _barMasks = new uint[BarCount];
    private readonly byte[] _next = new byte[DwordCount];
    private readonly int _barCount;
    private ulong _readOnly;
    private ulong _hidden;
    private ulong _patched;
    private uint _sizing;

    /// <summary>Looks at a function that is there. Its base addresses are measured, during which it does not answer.</summary>
    /// <param name="bus">Configuration space.</param>
    /// <param name="address">The function.</param>
    public PciFunction(IPciBus bus, PciAddress address)
    {
        _bus = bus;
        Address = address;
        uint code = bus.Read(address, PciRegister.Class, 4);
        bool isBridge = code >> 24 == PciRegister.BridgeClass;
        bool hasBridgeHeader
            = (bus.Read(address, PciRegister.HeaderType, 1) & PciRegister.HeaderKind) == PciRegister.BridgeHeader;
        IsPciBridge = isBridge && hasBridgeHeader && (code >> 16 & 0xFF) == PciRegister.PciBridgeSubclass;
        IsDisplay = code >> 24 == PciRegister.DisplayClass;
        Pin = (int)bus.Read(address, PciRegister.InterruptPin, 1);
        Pin = Pin > 4 ? 0 : Pin;
        Line = Pin == 0 ? 0 : (int)bus.Read(address, PciRegister.InterruptLine, 1);

        IsFixed = isBridge && !IsPciBridge;
        _readOnly = IsFixed ? ulong.MaxValue : 0;
        _barCount = IsPciBridge ? BridgeBarCount : hasBridgeHeader || IsFixed || IsDisplay ? 0 : BarCount;
        MarkHeader();
        MeasureBars();
        FindCapabilities();
    }

    /// <summary>Where it is.</summary>
    public PciAddress Address { get; }

    /// <summary>Whether it leads to another bus.</summary>
    public bool IsPciBridge { get; }

    /// <summary>
    /// Whether nothing of it may be changed: the machine's own bridges, which say where everything else is, the hypervisor's
    /// ports for one.
    /// </summary>
    public bool IsFixed { get; }

    /// <summary>Whether it is a display, which the hypervisor keeps for its console.</summary>
    public bool IsDisplay { get; }

    /// <summary>Its interrupt pin: 1 to 4, or 0 for none.</summary>
    public int Pin { get; }

    /// <summary>The input of the machine's controller pair that firmware routed the pin to; whatever firmware wrote.</summary>
    public int Line { get; }

    /// <summary>What its base address registers claim; entries without a size claim nothing.</summary>
    public PciBar[] Bars { get; } = new PciBar[BarCount];

    /// <summary>The domain reads.</summary>
    /// <param name="offset">The register's offset.</param>
    /// <param name="size">1, 2 or 4 bytes, all within four bytes that begin at a multiple of four.</param>
    public uint Read(int offset, int size)
    {
        int dword = offset / DwordSize;
        ulong bit = 1UL << dword;
        int bar = BarAt(offset);
        if ((_hidden & bit) != 0)
        {
            return 0;
        }

        if (bar < 0 && (_patched & bit) == 0)
        {
            return _bus.Read(Address, offset, size);
        }

        uint value = bar >= 0 && (_sizing & (1u << bar)) != 0
            ? _barMasks[bar]
            : _bus.Read(Address, dword * DwordSize, DwordSize);
        if ((_patched & bit) != 0)
        {
            int shift = dword == PciRegister.Capabilities / DwordSize ? 0 : 8;
            value = (value & ~(0xFFu << shift)) | ((uint)_next[dword] << shift);
        }

        value >>= (offset & (DwordSize - 1)) * 8;
        return size == DwordSize ? value : value & ((1u << (size * 8)) - 1);
    }

    /// <summary>The domain writes; what it may not change stays as it is.</summary>
    /// <param name="offset">The register's offset.</param>
    /// <param name="size">1, 2 or 4 bytes, all within four bytes that begin at a multiple of four.</param>
    /// <param name="value">The value.</param>
    public void Write(int offset, int size, uint value)
    {
        ulong bit = 1UL << (offset / DwordSize);
        int bar = BarAt(offset);
        if (bar >= 0)
        {
            WriteBar(bar, offset, size, value);
        }
        else if (((_readOnly | _hidden) & bit) == 0)
        {
            _bus.Write(Address, offset, size, value);
        }
    }

    /// <summary>
    /// Keeps it from reading and writing memory by itself, and from interrupting by message, which would keep its pin silent.
    /// What it has begun has ended when this returns.
    /// </summary>
    public void StopBusMaster()
    {
        if (IsFixed)
        {
            return;
        }

        PciMessages.Disable(_bus, Address);

        // The status' bits are cleared by ones: only the command is written. The read waits for what is on its way.
        uint command = _bus.Read(Address, PciRegister.Command, 2);
        _bus.Write(Address, PciRegister.Command, 2, command & ~PciRegister.CommandBusMaster);
        _bus.Read(Address, PciRegister.Command, 2);
    }

    // A base address may be asked for its size, and be written as it was: a device loses it by a reset.
    private void WriteBar(int bar, int offset, int size, uint value)
    {
        if (size != DwordSize)
        {
            return;
        }

        uint changeable = _barMasks[bar] & ~BitsOf(bar);
        _sizing &= ~(1u << bar);
        if (changeable != 0 && (value & changeable) == (_barValues[bar] & changeable))
        {
            _bus.Write(Address, offset, size, _barValues[bar]);
        }
        else if ((value & changeable) == changeable)
        {
            _sizing |= 1u << bar;
        }
    }

    private int BarAt(int offset)
    {
        int bar = (offset - PciRegister.FirstBar) / DwordSize;
        return offset >= PciRegister.FirstBar && bar < _barCount ? bar : -1;
    }

    // The bits of a register that are no address; the upper half of an address has none.
    private uint BitsOf(int bar)
    {
        bool isUpper = bar > 0 && IsLowerOf64(bar - 1);
        return isUpper ? 0 : (_barValues[bar] & PciRegister.BarPorts) != 0 ? PciRegister.BarPortBits : PciRegister.BarMemoryBits;
    }

    private bool IsLowerOf64(int bar)
    {
        bool isUpper = bar > 0 && IsLowerOf64(bar - 1);
        return !isUpper && (_barValues[bar] & (PciRegister.BarPorts | PciRegister.BarWidth)) == PciRegister.BarIs64;
    }

    private void MarkHeader()
    {
        // All of the header but the command, whatever it is: the rest of a device's space is its own.
        for (int offset = 0; offset < PciRegister.FirstCapability; offset += DwordSize)
        {
            _readOnly |= offset == PciRegister.Command ? 0 : Bit(offset);
        }

        _hidden |= Bit(IsPciBridge ? PciRegister.BridgeRom : PciRegister.DeviceRom);
    }

    private void MeasureBars()
    {
        if (_barCount == 0)
        {
            return;
        }

        uint command = _bus.Read(Address, PciRegister.Command, 2);
        _bus.Write(
            Address, PciRegister.Command, 2,
                command & ~(PciRegister.CommandPorts | PciRegister.CommandMemory | PciRegister.CommandBusMaster));
        for (int i = 0; i < _barCount; i++)
        {
            int offset = PciRegister.FirstBar + (i * DwordSize);
            _barValues[i] = _bus.Read(Address, offset, DwordSize);
            _bus.Write(Address, offset, DwordSize, uint.MaxValue);
            _barMasks[i] = _bus.Read(Address, offset, DwordSize);
            _bus.Write(Address, offset, DwordSize, _barValues[i]);
        }

        _bus.Write(Address, PciRegister.Command, 2, command & ~PciRegister.CommandBusMaster);
        for (int i = 0; i < _barCount; i++)
        {
            bool isWide = IsLowerOf64(i) && i + 1 < _barCount;
            Bars[i] = Describe(i, isWide);
            i += isWide ? 1 : 0;
        }
    }

    private PciBar Describe(int bar, bool isWide)
    {
        const ulong UpperHalf = 0xFFFF_FFFF_0000_0000;
        bool isPorts = (_barValues[bar] & PciRegister.BarPorts) != 0;
        ulong address = _barValues[bar] & ~BitsOf(bar) | (isWide ? (ulong)_barValues[bar + 1] << 32 : 0);

        // A device may leave the upper half of a port's address out.
        uint lower = _barMasks[bar] & ~BitsOf(bar);
        lower |= isPorts && lower != 0 ? 0xFFFF_0000 : 0;
        ulong mask = lower | (isWide ? (ulong)_barMasks[bar + 1] << 32 : UpperHalf);
        ulong size = lower == 0 && (!isWide || _barMasks[bar + 1] == 0) ? 0 : unchecked(~mask + 1);
        bool isSound = SafeSize.IsPowerOfTwo(size) && (address & (size - 1)) == 0 && address != 0;
        return isSound ? new PciBar(address, size, isPorts) : default;
    }

    // The list is the device's: every place is visited once at most, so that one which bites its tail ends.
    private void FindCapabilities()
    {
        if ((_bus.Read(Address, PciRegister.Status, 2) & PciRegister.StatusCapabilities) == 0)
        {
            return;
        }

        ulong visited = 0;
        int link = PciRegister.Capabilities;
        int place = (int)_bus.Read(Address, link, 1) & ~(DwordSize - 1);
        while (place >= PciRegister.FirstCapability && (visited & Bit(place)) == 0)
        {
            visited |= Bit(place);
            uint header = _bus.Read(Address, place, DwordSize);
            int hidden = HiddenSize(header);
            if (hidden == 0)
            {
                Patch(link, place);
                link = place;
            }

            for (int offset = place; offset < place + hidden && offset < PciRegister.SpaceSize; offset += DwordSize)
            {
                _hidden |= Bit(offset);
            }

            place = (int)(header >> 8) & 0xFF & ~(DwordSize - 1);
        }

        Patch(link, 0);
        _hidden &= ~_patched;
    }

    private static int HiddenSize(uint header) => (header & 0xFF) switch
    {
        PciRegister.MessageCapability => MessageSize + ((header & MessageIs64) != 0 ? MessageUpperSize : 0)
            + ((header & MessageHasMask) != 0 ? MessageMaskSize : 0),
        PciRegister.ExtendedMessageCapability => ExtendedMessageSize,
        PciRegister.EnhancedAllocationCapability => DwordSize,
        _ => 0,
    };

    private void Patch(int link, int place)
    {
        _next[link / DwordSize] = (byte)place;
        _patched |= Bit(link);
    }

    private static ulong Bit(int offset) => 1UL << (offset / DwordSize);
}
