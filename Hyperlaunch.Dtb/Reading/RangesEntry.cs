using System;

namespace Hyperlaunch.Dtb;

/// <summary>One range of a <c>ranges</c> property: Devicetree Specification v0.4, 2.3.8.</summary>
public readonly ref struct RangesEntry
{
    internal RangesEntry(ReadOnlySpan<byte> childAddress, ReadOnlySpan<byte> parentAddress, ReadOnlySpan<byte> size)
    {
        ChildAddressCells = childAddress;
        ParentAddressCells = parentAddress;
        SizeCells = size;
    }

    /// <summary>The start in the children's address space, as it is: cells of four bytes, most significant first.</summary>
    public ReadOnlySpan<byte> ChildAddressCells { get; }

    /// <summary>The start in the parent's address space, as it is.</summary>
    public ReadOnlySpan<byte> ParentAddressCells { get; }

    /// <summary>The size as it is.</summary>
    public ReadOnlySpan<byte> SizeCells { get; }

    /// <summary>Reads the start in the children's address space as a number.</summary>
    /// <param name="value">The address; 0 where it has no cells or does not fit.</param>
    /// <returns>Whether it fits into 64 bits.</returns>
    public bool TryGetChildAddress(out ulong value) => CellValue.TryRead(ChildAddressCells, out value);

    /// <summary>Reads the start in the parent's address space as a number.</summary>
    /// <param name="value">The address; 0 where it has no cells or does not fit.</param>
    /// <returns>Whether it fits into 64 bits.</returns>
    public bool TryGetParentAddress(out ulong value) => CellValue.TryRead(ParentAddressCells, out value);

    /// <summary>Reads the size as a number.</summary>
    /// <param name="value">The size in bytes; 0 where it has no cells or does not fit.</param>
    /// <returns>Whether it fits into 64 bits.</returns>
    public bool TryGetSize(out ulong value) => CellValue.TryRead(SizeCells, out value);
}
