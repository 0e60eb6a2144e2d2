using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Hypervisor.Passthrough;

/// <summary>
/// The PCI configuration ports of the hardware domain: its own address register, and behind the data ports the functions that it
/// is given, each access through <see cref="PciFunction"/>.
/// </summary>
internal sealed class PciConfigurationPorts : IPortDevice
{
    private const int AddressOffset = 0;
    private const int DataOffset = PciPorts.DataPort - PciPorts.AddressPort;
    private const uint Writable = PciPorts.Enable | 0x00FF_FF00 | PciPorts.RegisterMask;

    private readonly PciTopology _topology;
    private uint _address;
    private PciFunction? _selected;

    /// <summary>Makes the ports.</summary>
    public PciConfigurationPorts(PciTopology topology)
    {
        _topology = topology;
    }

    /// <summary>The state after power-on.</summary>
    public void Reset()
    {
        _address = 0;
        _selected = null;
    }

    /// <inheritdoc/>
    public uint ReadPort(int offset, int size)
    {
        if (offset >= DataOffset)
        {
            return _selected is null ? uint.MaxValue : _selected.Read(RegisterOf(offset), size);
        }

        return offset == AddressOffset && size == 4 ? _address : uint.MaxValue;
    }

    /// <inheritdoc/>
    public void WritePort(int offset, int size, uint value)
    {
        if (offset >= DataOffset)
        {
            _selected?.Write(RegisterOf(offset), size, value);
        }
        else if (offset == AddressOffset && size == 4)
        {
            _address = value & Writable;
            PciFunction? function = (value & PciPorts.Enable) == 0
                ? null
                : _topology.Find(new PciAddress((ushort)(value >> PciPorts.FunctionShift)));
            _selected = function is null || function.IsDisplay ? null : function;
        }
    }

    private int RegisterOf(int offset) => (int)(_address & PciPorts.RegisterMask) + (offset - DataOffset);
}
