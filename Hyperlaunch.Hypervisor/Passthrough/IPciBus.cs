namespace Hyperlaunch.Hypervisor.Passthrough;

/// <summary>PCI configuration space, 256 bytes a function. A function that is not there reads all ones.</summary>
internal interface IPciBus
{
    /// <summary>Reads a register.</summary>
    /// <param name="address">The function.</param>
    /// <param name="offset">The register's offset, a multiple of <paramref name="size"/>.</param>
    /// <param name="size">1, 2 or 4 bytes.</param>
    uint Read(PciAddress address, int offset, int size);

    /// <summary>Writes a register.</summary>
    /// <param name="address">The function.</param>
    /// <param name="offset">The register's offset, a multiple of <paramref name="size"/>.</param>
    /// <param name="size">1, 2 or 4 bytes.</param>
    /// <param name="value">The value.</param>
    void Write(PciAddress address, int offset, int size, uint value);
}
