namespace Hyperlaunch.Hypervisor.Passthrough;

/// <summary>What a base address register of a function claims.</summary>
internal readonly struct PciBar
{
    /// <summary>Describes one.</summary>
    /// <param name="address">Where it lies.</param>
    /// <param name="size">How much it claims, in bytes or ports.</param>
    /// <param name="isPorts">Whether ports, not memory.</param>
    public PciBar(ulong address, ulong size, bool isPorts)
    {
        Address = address;
        Size = size;
        IsPorts = isPorts;
    }

    /// <summary>The first address or port.</summary>
    public ulong Address { get; }

    /// <summary>How much it claims, in bytes or ports: a power of two, or 0 for nothing.</summary>
    public ulong Size { get; }

    /// <summary>Whether it claims ports, not memory.</summary>
    public bool IsPorts { get; }
}
