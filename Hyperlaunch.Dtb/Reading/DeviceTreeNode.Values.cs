using System;

namespace Hyperlaunch.Dtb;

/// <summary>
/// The values of a node's properties, by name. Each answer tells a property that is absent from one that is malformed.
/// </summary>
public readonly ref partial struct DeviceTreeNode
{
    /// <summary>The cell counts that this node states for its children (2.3.5).</summary>
    public CellCounts Cells => CellCounts.Read(Blocks, Content);

    /// <summary>
    /// The cell counts that the parent states for this node (2.3.5): those of its <c>reg</c>. The root has the defaults.
    /// </summary>
    public CellCounts ParentCells => IsRoot ? CellCounts.Default : CellCounts.Read(Blocks, Blocks.AfterNodeName(parentToken));

    /// <summary>Whether the node has a property of this name, whatever its value.</summary>
    /// <param name="name">The whole name.</param>
    /// <returns>Whether it is there.</returns>
    public bool HasProperty(scoped ReadOnlySpan<byte> name) => Blocks.TryFindProperty(Content, name, out _);

    /// <summary>Reads a property's value as it is (2.2.4, <c>prop-encoded-array</c>).</summary>
    /// <param name="name">The whole name.</param>
    /// <param name="value">The value; empty unless present.</param>
    /// <returns>Present or absent.</returns>
    public PropertyStatus TryGetBytes(scoped ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        bool found = TryFindProperty(name, out DeviceTreeProperty property);
        value = found ? property.Value : default;
        return found ? PropertyStatus.Present(value.Length) : PropertyStatus.Absent;
    }

    /// <summary>Reads a 32-bit number (2.2.4, <c>u32</c>).</summary>
    /// <param name="name">The whole name.</param>
    /// <param name="value">The number; 0 unless present.</param>
    /// <returns>Present, absent, or malformed: not 4 bytes.</returns>
    public PropertyStatus TryGetU32(scoped ReadOnlySpan<byte> name, out uint value)
    {
        value = 0;
        return TryFindProperty(name, out DeviceTreeProperty property) ? property.TryReadU32(out value) : PropertyStatus.Absent;
    }

    /// <summary>Reads a 64-bit number (2.2.4, <c>u64</c>).</summary>
    /// <param name="name">The whole name.</param>
    /// <param name="value">The number; 0 unless present.</param>
    /// <returns>Present, absent, or malformed: not 8 bytes.</returns>
    public PropertyStatus TryGetU64(scoped ReadOnlySpan<byte> name, out ulong value)
    {
        value = 0;
        return TryFindProperty(name, out DeviceTreeProperty property) ? property.TryReadU64(out value) : PropertyStatus.Absent;
    }

    /// <summary>Reads a string (2.2.4, <c>string</c>).</summary>
    /// <param name="name">The whole name.</param>
    /// <param name="value">The string without its NUL; empty unless present.</param>
    /// <returns>Present, absent, or malformed: no NUL at the end, or one before it.</returns>
    public PropertyStatus TryGetString(scoped ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        return TryFindProperty(name, out DeviceTreeProperty property) ? property.TryReadString(out value) : PropertyStatus.Absent;
    }

    /// <summary>Reads one or more strings (2.2.4, <c>stringlist</c>).</summary>
    /// <param name="name">The whole name.</param>
    /// <param name="value">The strings; none unless present.</param>
    /// <returns>Present, absent, or malformed: no NUL at the end.</returns>
    public PropertyStatus TryGetStrings(scoped ReadOnlySpan<byte> name, out StringList value)
    {
        value = default;
        return TryFindProperty(name, out DeviceTreeProperty property)
            ? property.TryReadStrings(out value) : PropertyStatus.Absent;
    }

    /// <summary>Reads 32-bit numbers, none or more.</summary>
    /// <param name="name">The whole name.</param>
    /// <param name="value">The numbers; none unless present.</param>
    /// <returns>Present, absent, or malformed: not a multiple of 4 bytes.</returns>
    public PropertyStatus TryGetU32Array(scoped ReadOnlySpan<byte> name, out U32Array value)
    {
        value = default;
        return TryFindProperty(name, out DeviceTreeProperty property)
            ? property.TryReadU32Array(out value) : PropertyStatus.Absent;
    }

    /// <summary>Reads the node's own phandle (2.3.3), under the name <c>phandle</c> or the older <c>linux,phandle</c>.</summary>
    /// <param name="phandle">The phandle; 0 unless present.</param>
    /// <returns>Present, absent, or malformed: not 4 bytes.</returns>
    public PropertyStatus TryGetPhandle(out uint phandle)
    {
        PropertyStatus status = TryGetU32("phandle"u8, out phandle);
        return status.IsAbsent ? TryGetU32("linux,phandle"u8, out phandle) : status;
    }

    /// <summary>Reads <c>reg</c> (2.3.6) by the parent's cell counts.</summary>
    /// <param name="value">Pairs of address and size; none unless present.</param>
    /// <returns>Present, absent, or malformed: not a multiple of a pair, or the parent's cell counts cannot be used.</returns>
    public PropertyStatus TryGetReg(out RegList value) => TryGetReg("reg"u8, out value);

    /// <summary>Reads a property that is encoded as <c>reg</c> is (2.3.6), by the parent's cell counts.</summary>
    /// <param name="name">The whole name.</param>
    /// <param name="value">Pairs of address and size; none unless present.</param>
    /// <returns>Present, absent, or malformed: not a multiple of a pair, or the parent's cell counts cannot be used.</returns>
    public PropertyStatus TryGetReg(scoped ReadOnlySpan<byte> name, out RegList value)
    {
        value = default;
        return TryFindProperty(name, out DeviceTreeProperty property)
            ? property.TryReadReg(ParentCells, out value) : PropertyStatus.Absent;
    }

    /// <summary>Reads <c>ranges</c> (2.3.8) by this node's and the parent's cell counts.</summary>
    /// <param name="value">The ranges; none unless present. Present and none: both address spaces are the same.</param>
    /// <returns>Present, absent, or malformed: not a multiple of a range, or the cell counts cannot be used.</returns>
    public PropertyStatus TryGetRanges(out RangesList value) => TryGetRanges("ranges"u8, out value);

    /// <summary>Reads a property that is encoded as <c>ranges</c> is, such as <c>dma-ranges</c> (2.3.9), by this node's and the
    /// parent's cell counts.</summary>
    /// <param name="name">The whole name.</param>
    /// <param name="value">The ranges; none unless present. Present and none: both address spaces are the same.</param>
    /// <returns>Present, absent, or malformed: not a multiple of a range, or the cell counts cannot be used.</returns>
    public PropertyStatus TryGetRanges(scoped ReadOnlySpan<byte> name, out RangesList value)
    {
        value = default;
        return TryFindProperty(name, out DeviceTreeProperty property)
            ? property.TryReadRanges(Cells, ParentCells, out value) : PropertyStatus.Absent;
    }

    /// <summary>Whether <c>compatible</c> lists a string (2.3.1).</summary>
    /// <param name="compatible">The string; it must match whole.</param>
    /// <returns>Whether it is listed; false where the property is absent or malformed.</returns>
    public bool IsCompatible(scoped ReadOnlySpan<byte> compatible) =>
        TryGetStrings("compatible"u8, out StringList strings).IsPresent && strings.Contains(compatible);
}
