using System;

namespace Hyperlaunch.Dtb;

/// <summary>A property of a node of an open <see cref="DeviceTree"/>: its name, and its value as bytes or by type.</summary>
public readonly ref struct DeviceTreeProperty
{
    private readonly ReadOnlySpan<byte> nameAndOn;

    internal DeviceTreeProperty(scoped in TreeBlocks blocks, int token)
    {
        nameAndOn = blocks.NameAndOn(token);
        Value = blocks.Value(token);
        Offset = blocks.StructureOffset + token;
    }

    /// <summary>The value as it is (2.2.4, <c>prop-encoded-array</c>).</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>Where the property's token is, in bytes from the start of the blob.</summary>
    public int Offset { get; }

    /// <summary>The whole name.</summary>
    public ReadOnlySpan<byte> Name => nameAndOn.Slice(0, nameAndOn.IndexOf((byte)0));

    /// <summary>Whether this is the property's whole name: quicker than comparing <see cref="Name"/>.</summary>
    /// <param name="name">A name.</param>
    /// <returns>Whether it is the same.</returns>
    public bool HasName(scoped ReadOnlySpan<byte> name) =>
        nameAndOn.Length > name.Length && nameAndOn[name.Length] == 0 && nameAndOn.StartsWith(name);

    /// <summary>Reads a 32-bit number (2.2.4, <c>u32</c>).</summary>
    /// <param name="value">The number; 0 unless present.</param>
    /// <returns>Present or malformed: not 4 bytes.</returns>
    public PropertyStatus TryReadU32(out uint value)
    {
        bool fits = Value.Length == sizeof(uint);
        value = fits ? FlattenedFormat.ReadU32(Value, 0) : 0;
        return fits ? PropertyStatus.Present(Value.Length)
            : PropertyStatus.Malformed(PropertyStatusKind.WrongLength, Value.Length, sizeof(uint));
    }

    /// <summary>Reads a 64-bit number (2.2.4, <c>u64</c>).</summary>
    /// <param name="value">The number; 0 unless present.</param>
    /// <returns>Present or malformed: not 8 bytes.</returns>
    public PropertyStatus TryReadU64(out ulong value)
    {
        bool fits = Value.Length == sizeof(ulong);
        value = fits ? FlattenedFormat.ReadU64(Value, 0) : 0;
        return fits ? PropertyStatus.Present(Value.Length)
            : PropertyStatus.Malformed(PropertyStatusKind.WrongLength, Value.Length, sizeof(ulong));
    }

    /// <summary>
    /// Reads a phandle (2.2.4, <c>phandle</c>). Whether a node has it, <see cref="DeviceTree.TryFindPhandle"/> says.
    /// </summary>
    /// <param name="value">The phandle; 0 unless present.</param>
    /// <returns>Present or malformed: not 4 bytes.</returns>
    public PropertyStatus TryReadPhandle(out uint value) => TryReadU32(out value);

    /// <summary>Reads a string (2.2.4, <c>string</c>).</summary>
    /// <param name="value">The string without its NUL; empty unless present.</param>
    /// <returns>Present or malformed: no NUL at the end, or one before it.</returns>
    public PropertyStatus TryReadString(out ReadOnlySpan<byte> value)
    {
        value = default;
        int end = Value.IndexOf((byte)0);
        if (end < 0)
        {
            return PropertyStatus.Malformed(PropertyStatusKind.Unterminated, Value.Length, Value.Length + 1);
        }

        if (end != Value.Length - 1)
        {
            return PropertyStatus.Malformed(PropertyStatusKind.SeveralStrings, Value.Length, end + 1);
        }

        value = Value.Slice(0, end);
        return PropertyStatus.Present(Value.Length);
    }

    /// <summary>Reads one or more strings (2.2.4, <c>stringlist</c>).</summary>
    /// <param name="value">The strings; none unless present.</param>
    /// <returns>Present or malformed: no NUL at the end.</returns>
    public PropertyStatus TryReadStrings(out StringList value)
    {
        bool terminated = Value.Length > 0 && Value[Value.Length - 1] == 0;
        value = terminated ? new StringList(Value) : default;
        return terminated ? PropertyStatus.Present(Value.Length)
            : PropertyStatus.Malformed(PropertyStatusKind.Unterminated, Value.Length, Value.Length + 1);
    }

    /// <summary>Reads 32-bit numbers, none or more.</summary>
    /// <param name="value">The numbers; none unless present.</param>
    /// <returns>Present or malformed: not a multiple of 4 bytes.</returns>
    public PropertyStatus TryReadU32Array(out U32Array value)
    {
        bool whole = (Value.Length & (sizeof(uint) - 1)) == 0;
        value = whole ? new U32Array(Value) : default;
        return whole ? PropertyStatus.Present(Value.Length)
            : PropertyStatus.Malformed(PropertyStatusKind.NotAMultiple, Value.Length, sizeof(uint));
    }

    /// <summary>Reads pairs of address and size (2.3.6, <c>reg</c>).</summary>
    /// <param name="cells">The cell counts of the node's parent.</param>
    /// <param name="value">The pairs; none unless present.</param>
    /// <returns>Present or malformed: not a multiple of a pair, or the cell counts cannot be used.</returns>
    public PropertyStatus TryReadReg(CellCounts cells, out RegList value)
    {
        PropertyStatus status = CheckMultiple(cells.IsValid, cells.Address + cells.Size);
        value = status.IsPresent ? new RegList(Value, cells) : default;
        return status;
    }

    /// <summary>Reads triples of child address, parent address and size (2.3.8, <c>ranges</c>).</summary>
    /// <param name="cells">The cell counts of the node itself.</param>
    /// <param name="parentCells">The cell counts of the node's parent.</param>
    /// <param name="value">The ranges; none unless present.</param>
    /// <returns>Present or malformed: not a multiple of a range, or the cell counts cannot be used.</returns>
    public PropertyStatus TryReadRanges(CellCounts cells, CellCounts parentCells, out RangesList value)
    {
        PropertyStatus status = CheckMultiple(
            cells.IsValid && parentCells.IsValid, cells.Address + parentCells.Address + cells.Size);
        value = status.IsPresent ? new RangesList(Value, cells, parentCells) : default;
        return status;
    }

    private PropertyStatus CheckMultiple(bool countsAreValid, int cellsPerEntry)
    {
        int entry = cellsPerEntry * FlattenedFormat.CellSize;
        if (!countsAreValid || (entry == 0 && Value.Length > 0))
        {
            return PropertyStatus.Malformed(PropertyStatusKind.BadCellCounts, Value.Length, entry);
        }

        return Value.Length > 0 && Value.Length % entry != 0
            ? PropertyStatus.Malformed(PropertyStatusKind.NotAMultiple, Value.Length, entry)
            : PropertyStatus.Present(Value.Length);
    }
}
