using Hyperlaunch.Domains.Platform;

namespace Hyperlaunch.Domains.Passthrough;

/// <summary>
/// The PCI configuration ports of the hardware domain: its own address register, and behind the data ports the functions that it
/// is given, each access through <see cref="PciFunction"/>.
/// </summary>
internal sealed class PciConfigurationPorts : IPortDevice
{
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
    public uint ReadPort(ushort port, int size)
    {
        if (port >= PciPorts.DataPort)
        {
            return _selected is null ? uint.MaxValue : _selected.Read(OffsetOf(port), size);
        }

        return port == PciPorts.AddressPort && size == 4 ? _address : uint.MaxValue;
    }

    /// <inheritdoc/>
    public void WritePort(ushort port, int size, uint value)
    {
        if (port >= PciPorts.DataPort)
        {
            _selected?.Write(OffsetOf(port), size, value);
        }
        else if (port == PciPorts.AddressPort && size == 4)
        {
            _address = value & Writable;
            PciFunction? function = (value & PciPorts.Enable) == 0
                ? null
                : _topology.Find(new PciAddress((ushort)(value >> PciPorts.FunctionShift)));
            _selected = function is null || function.IsDisplay ? null : function;
        }
    }

    private int OffsetOf(ushort port) => (int)(_address & PciPorts.RegisterMask) + (port - PciPorts.DataPort);
}
