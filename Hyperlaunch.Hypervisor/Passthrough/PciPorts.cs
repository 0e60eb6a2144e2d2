namespace Hyperlaunch.Hypervisor.Passthrough;

/// <summary>
/// The machine's PCI configuration space by its two ports (PCI Local Bus Specification 3.0, section 3.2.2.3.2). Not synchronized:
/// the ports are used while the machine is set up, and then by the hardware domain alone, under its gate.
/// </summary>
internal sealed class PciPorts : IPciBus
{
    /// <summary>The port that takes the address.</summary>
    public const ushort AddressPort = 0xCF8;

    /// <summary>The first of the four data ports.</summary>
    public const ushort DataPort = 0xCFC;

    /// <summary>Bit 31 of the address: the access is one to configuration space.</summary>
    public const uint Enable = 1u << 31;

    /// <summary>Where bus, device and function begin in the address.</summary>
    public const int FunctionShift = 8;

    /// <summary>The bits of the address that choose four bytes.</summary>
    public const uint RegisterMask = 0xFC;

    private readonly IMachineHardware _hardware;

    /// <summary>Makes the access.</summary>
    public PciPorts(IMachineHardware hardware)
    {
        _hardware = hardware;
    }

    /// <inheritdoc/>
    public uint Read(PciAddress address, int offset, int size)
    {
        Select(address, offset);
        return _hardware.ReadPort(PortOf(offset), size);
    }

    /// <inheritdoc/>
    public void Write(PciAddress address, int offset, int size, uint value)
    {
        Select(address, offset);
        _hardware.WritePort(PortOf(offset), size, value);
    }

    private static ushort PortOf(int offset) => (ushort)(DataPort + (offset & 3));

    private void Select(PciAddress address, int offset)
        => _hardware.WritePort(AddressPort, 4, Enable | (uint)(address.Value << FunctionShift) | ((uint)offset & RegisterMask));
}
