namespace Hyperlaunch.Dtb;

/// <summary>How many cells an address and a size take in the children of a node: Devicetree Specification v0.4, 2.3.5.</summary>
public readonly struct CellCounts
{
    /// <summary>The largest count: PCI needs 3 for an address, and nothing needs more than 4.</summary>
    public const int Max = 4;

    /// <summary>Makes a pair of counts.</summary>
    /// <param name="address"><c>#address-cells</c>; counts outside 0 to <see cref="Max"/> make the pair invalid.</param>
    /// <param name="size"><c>#size-cells</c>, likewise.</param>
    public CellCounts(int address, int size)
    {
        IsValid = (uint)address <= Max && (uint)size <= Max;
        Address = IsValid ? address : 0;
        Size = IsValid ? size : 0;
    }

    /// <summary>What holds where a node states nothing: 2 cells for an address and 1 for a size (2.3.5).</summary>
    public static CellCounts Default => new(2, 1);

    /// <summary>Cells of an address (<c>#address-cells</c>).</summary>
    public int Address { get; }

    /// <summary>Cells of a size (<c>#size-cells</c>).</summary>
    public int Size { get; }

    /// <summary>Whether both counts can be used: false where a property is not one cell or exceeds <see cref="Max"/>.</summary>
    public bool IsValid { get; }

    /// <summary>The counts that the node with these contents states for its children.</summary>
    internal static CellCounts Read(scoped in TreeBlocks blocks, int content) => new(
        ReadCount(blocks, content, "#address-cells"u8, Default.Address),
        ReadCount(blocks, content, "#size-cells"u8, Default.Size));

    private static int ReadCount(scoped in TreeBlocks blocks, int content, System.ReadOnlySpan<byte> name, int otherwise)
    {
        if (!blocks.TryFindProperty(content, name, out int property))
        {
            return otherwise;
        }

        return new DeviceTreeProperty(blocks, property).TryReadU32(out uint count).IsPresent && count <= Max ? (int)count : -1;
    }
}
