using System;
using Hyperlaunch.Dtb;

namespace Hyperlaunch.Tests.Dtb;

/// <summary>Reads all that a tree has in every way there is. That nothing throws is the point.</summary>
internal static class Everything
{
    /// <summary>A number that depends on every byte read. Allocates nothing.</summary>
    public static ulong Read(scoped in DeviceTree tree)
    {
        ulong sum = tree.Version + tree.LastCompatibleVersion + tree.BootCpuId;
        foreach (Reservation reservation in tree.Reservations)
        {
            sum = Add(Add(sum, reservation.Address), reservation.Size);
        }

        Span<byte> path = stackalloc byte[512];
        int nodes = 0;
        foreach (DeviceTreeNode node in tree.Nodes)
        {
            sum = Read(node, sum);
            // Looking up takes time with the square of the tree; a few nodes show as much as all.
            if (nodes++ < 16)
            {
                sum = LookUp(tree, node, path, sum);
            }
        }

        return sum;
    }

    private static ulong Read(scoped in DeviceTreeNode node, ulong sum)
    {
        sum = Add(sum, node.Name);
        sum = Add(sum, node.BaseName);
        sum = Add(sum, node.UnitAddress);
        sum = Add(sum, (ulong)node.Offset + (ulong)(node.ParentOffset + 1));
        CellCounts cells = node.Cells;
        CellCounts parentCells = node.ParentCells;
        foreach (DeviceTreeProperty property in node.Properties)
        {
            sum = Add(Add(sum, property.Name), property.Value);
            if (!property.HasName(property.Name))
            {
                throw new InvalidOperationException("A property denies its name.");
            }

            property.TryReadU32(out uint u32);
            property.TryReadU64(out ulong u64);
            property.TryReadPhandle(out uint phandle);
            property.TryReadString(out ReadOnlySpan<byte> text);
            sum = Add(Add(sum, u32 + u64 + phandle), text);
            property.TryReadStrings(out StringList strings);
            foreach (ReadOnlySpan<byte> one in strings)
            {
                sum = Add(sum, one);
            }

            property.TryReadU32Array(out U32Array array);
            foreach (uint one in array)
            {
                sum = Add(sum, one);
            }

            property.TryReadReg(parentCells, out RegList reg);
            foreach (RegEntry entry in reg)
            {
                entry.TryGetAddress(out ulong address);
                entry.TryGetSize(out ulong size);
                sum = Add(Add(sum, address), size);
            }

            property.TryReadRanges(cells, parentCells, out RangesList ranges);
            foreach (RangesEntry entry in ranges)
            {
                entry.TryGetChildAddress(out ulong child);
                entry.TryGetParentAddress(out ulong parent);
                entry.TryGetSize(out ulong size);
                sum = Add(Add(Add(sum, child), parent), size);
            }
        }

        return sum;
    }

    private static ulong LookUp(scoped in DeviceTree tree, scoped in DeviceTreeNode node, Span<byte> path, ulong sum)
    {
        if (!tree.TryWritePath(node, path, out int written))
        {
            written = 0;
        }

        tree.TryFindNode(path[..written], out _);
        tree.TryFindAlias(node.Name, out _);
        if (tree.TryFindParent(node, out DeviceTreeNode parent) && !parent.TryFindChild(node.Name, out _))
        {
            throw new InvalidOperationException("A parent denies its child.");
        }

        if (node.TryGetPhandle(out uint phandle).IsPresent && phandle is not 0 and not uint.MaxValue
            && !tree.TryFindPhandle(phandle, out _))
        {
            throw new InvalidOperationException("A phandle that is there is not found.");
        }

        int count = 0;
        foreach (DeviceTreeNode child in node.Children)
        {
            sum = Add(sum, child.Name);
            count++;
        }

        foreach (DeviceTreeNode below in node.Descendants)
        {
            count -= below.Depth == node.Depth + 1 ? 1 : 0;
        }

        if (count != 0)
        {
            throw new InvalidOperationException("Children and descendants differ.");
        }

        if (node.TryGetStrings("compatible"u8, out StringList compatible).IsPresent && compatible.MoveNext()
            && !(tree.FindCompatible(compatible.Current).MoveNext() && node.IsCompatible(compatible.Current)))
        {
            throw new InvalidOperationException("A compatible string that is there is not found.");
        }

        node.TryGetReg(out _);
        node.TryGetRanges(out _);
        return sum;
    }

    private static ulong Add(ulong sum, ulong value) => ((sum << 5) | (sum >> 59)) ^ value;

    private static ulong Add(ulong sum, ReadOnlySpan<byte> bytes)
    {
        foreach (byte one in bytes)
        {
            sum = Add(sum, one);
        }

        return sum;
    }
}
