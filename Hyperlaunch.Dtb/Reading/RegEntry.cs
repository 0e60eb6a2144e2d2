using System;

namespace Hyperlaunch.Dtb;

/// <summary>An address and a size in a <c>reg</c> property: Devicetree Specification v0.4, 2.3.6.</summary>
public readonly ref struct RegEntry
{
    internal RegEntry(ReadOnlySpan<byte> address, ReadOnlySpan<byte> size)
    {
        AddressCells = address;
        SizeCells = size;
    }

    /// <summary>The address as it is: cells of four bytes, most significant first.</summary>
    public ReadOnlySpan<byte> AddressCells { get; }

    /// <summary>The size as it is: cells of four bytes, most significant first; none where the parent says so.</summary>
    public ReadOnlySpan<byte> SizeCells { get; }

    /// <summary>Reads the address as a number.</summary>
    /// <param name="value">The address; 0 where it has no cells or does not fit.</param>
    /// <returns>Whether it fits into 64 bits.</returns>
    public bool TryGetAddress(out ulong value) => CellValue.TryRead(AddressCells, out value);

    /// <summary>Reads the size as a number.</summary>
    /// <param name="value">The size in bytes; 0 where it has no cells or does not fit.</param>
    /// <returns>Whether it fits into 64 bits.</returns>
    public bool TryGetSize(out ulong value) => CellValue.TryRead(SizeCells, out value);
}
