using System.Collections.Generic;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Hypervisor.Passthrough;

/// <summary>
/// The PCI functions of the machine from bus 0 on, as its bridges lead to them: what they are, what memory they claim, and where
/// their interrupts arrive. The machine's firmware has set them up; nothing of it is changed.
/// </summary>
internal sealed class PciTopology
{
    /// <summary>The most functions that are looked at.</summary>
    public const int MaximumFunctions = 512;

    /// <summary>Pins of a device.</summary>
    public const int PinCount = 4;

    private const int BusCount = 256;

    // Windows of a bridge lie at multiples of 1 MiB, and the last 20 bits of their limit are ones (PCI-to-PCI Bridge, 3.2.5.8).
    private const ulong WindowGranularity = 1 << 20;
    private const int WindowShift = 16;
    private const uint WindowMask = 0xFFF0;

    private readonly IPciBus _bus;
    private readonly List<PciFunction> _functions = new();

    // The bridge that leads to each bus; and the interrupt line of each pin of each device of bus 0.
    private readonly ushort[] _parents = new ushort[BusCount];
    private readonly byte[] _lines = new byte[PciAddress.DeviceCount * PinCount];
    private ulong _lowStart = ulong.MaxValue;
    private ulong _lowEnd;
    private ulong _highStart = ulong.MaxValue;
    private ulong _highEnd;

    /// <summary>Looks for the functions.</summary>
    public PciTopology(IPciBus bus)
    {
        _bus = bus;
        bool[] known = new bool[BusCount];
        int[] pending = new int[BusCount];
        known[0] = true;
        int count = 1;
        for (int i = 0; i < count; i++)
        {
            LastBus = pending[i] > LastBus ? pending[i] : LastBus;
            ReadBus(pending[i], known, pending, ref count);
        }

        for (int i = 0; i < _functions.Count; i++)
        {
            NoteLine(_functions[i]);
            NoteMemory(_functions[i]);
        }
    }

    /// <summary>The functions, displays included.</summary>
    public IReadOnlyList<PciFunction> Functions => _functions;

    /// <summary>The highest bus.</summary>
    public int LastBus { get; private set; }

    /// <summary>The memory addresses below 4 GiB that functions claim and bridges pass on, as one range.</summary>
    public MemoryRange LowMemory => MemoryRange.FromEnd(_lowStart, _lowEnd);

    /// <summary>Those from 4 GiB on.</summary>
    public MemoryRange HighMemory => MemoryRange.FromEnd(_highStart, _highEnd);

    /// <summary>
    /// The line of the machine's controller pair at which an interrupt pin of bus 0 arrives; 0 when nothing is known of it.
    /// </summary>
    /// <param name="device">The device.</param>
    /// <param name="pin">Its pin, 1 to 4.</param>
    public int LineOf(int device, int pin) => _lines[(device * PinCount) + pin - 1];

    /// <summary>The function at an address, or null.</summary>
    public PciFunction? Find(PciAddress address)
    {
        for (int i = 0; i < _functions.Count; i++)
        {
            if (_functions[i].Address.Value == address.Value)
            {
                return _functions[i];
            }
        }

        return null;
    }

    private void ReadBus(int bus, bool[] known, int[] pending, ref int count)
    {
        for (int device = 0; device < PciAddress.DeviceCount; device++)
        {
            int functions = 1;
            for (int function = 0; function < functions && _functions.Count < MaximumFunctions; function++)
            {
                PciAddress address = new(bus, device, function);
                if ((_bus.Read(address, PciRegister.Vendor, 4) & 0xFFFF) == PciRegister.NoVendor)
                {
                    continue;
                }

                if (function == 0 && (_bus.Read(address, PciRegister.HeaderType, 1) & PciRegister.ManyFunctions) != 0)
                {
                    functions = PciAddress.FunctionCount;
                }

                PciFunction found = new(_bus, address);
                _functions.Add(found);
                int secondary = found.IsPciBridge ? (int)_bus.Read(address, PciRegister.SecondaryBus, 1) : 0;
                if (!known[secondary])
                {
                    known[secondary] = true;
                    _parents[secondary] = address.Value;
                    pending[count] = secondary;
                    count++;
                }
            }
        }
    }

    /// <summary>
    /// Follows a pin up to bus 0: behind a bridge it is the bridge's pin after so many as its device number says (PCI-to-PCI
    /// Bridge, section 9.1). Every bus has been reached from another that was known before, so this ends.
    /// </summary>
    private void NoteLine(PciFunction function)
    {
        const int Unconnected = 0xFF;
        if (function.Pin == 0 || function.Line is 0 or Unconnected)
        {
            return;
        }

        PciAddress at = function.Address;
        int pin = function.Pin - 1;
        while (at.Bus != 0)
        {
            pin = (pin + at.Device) & (PinCount - 1);
            at = new PciAddress(_parents[at.Bus]);
        }

        int index = (at.Device * PinCount) + pin;
        _lines[index] = _lines[index] == 0 ? (byte)function.Line : _lines[index];
    }

    private void NoteMemory(PciFunction function)
    {
        for (int i = 0; i < function.Bars.Length; i++)
        {
            PciBar bar = function.Bars[i];
            if (bar.Size != 0 && !bar.IsPorts)
            {
                NoteMemory(MemoryRange.FromLength(bar.Address, bar.Size));
            }
        }

        if (function.IsPciBridge)
        {
            PciAddress address = function.Address;
            uint memory = _bus.Read(address, PciRegister.MemoryWindow, 4);
            uint prefetchable = _bus.Read(address, PciRegister.PrefetchableWindow, 4);
            ulong baseHigh = (prefetchable & 1) == 0 ? 0 : _bus.Read(address, PciRegister.PrefetchableBaseHigh, 4);
            ulong limitHigh = (prefetchable & 1) == 0 ? 0 : _bus.Read(address, PciRegister.PrefetchableLimitHigh, 4);
            NoteWindow(memory, 0, 0);
            NoteWindow(prefetchable, baseHigh, limitHigh);
        }
    }

    private void NoteWindow(uint window, ulong baseHigh, ulong limitHigh)
    {
        ulong start = (baseHigh << 32) | ((ulong)(window & WindowMask) << WindowShift);
        ulong limit = (limitHigh << 32) | ((ulong)((window >> WindowShift) & WindowMask) << WindowShift);
        if (start != 0 && limit >= start)
        {
            NoteMemory(MemoryRange.FromEnd(start, SafeSize.Add(limit, WindowGranularity)));
        }
    }

    private void NoteMemory(MemoryRange range)
    {
        ulong start = SafeSize.AlignDown(range.Start, PageSizes.Page);
        ulong end = SafeSize.AlignUp(range.End, PageSizes.Page);
        if (start < PageSizes.FourGigabytes && end <= PageSizes.FourGigabytes)
        {
            _lowStart = start < _lowStart ? start : _lowStart;
            _lowEnd = end > _lowEnd ? end : _lowEnd;
        }
        else if (start >= PageSizes.FourGigabytes)
        {
            _highStart = start < _highStart ? start : _highStart;
            _highEnd = end > _highEnd ? end : _highEnd;
        }
    }
}
