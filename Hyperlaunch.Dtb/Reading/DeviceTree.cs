using System;

namespace Hyperlaunch.Dtb;

/// <summary>
/// A flattened device tree, as described by the Devicetree Specification v0.4, chapter 5, that has been checked as a
/// whole. Having one that <see cref="TryOpen(ReadOnlySpan{byte}, out DeviceTree, out DtbError)"/> filled proves that
/// every node, name and value in it lies within the blob, so nothing that reads it can fail later. It reads the
/// caller's bytes in place, copies and allocates nothing, and must not be used after those bytes change.
/// </summary>
public readonly ref struct DeviceTree
{
    /// <summary>How deep nodes may be nested; the root counts as one.</summary>
    public const int MaxDepth = 64;

    private readonly ReadOnlySpan<byte> blob;
    private readonly DtbLayout layout;

    private DeviceTree(ReadOnlySpan<byte> blob, scoped in DtbLayout layout)
    {
        this.blob = blob;
        this.layout = layout;
    }

    /// <summary>The blob, cut to the total size that its header states.</summary>
    public ReadOnlySpan<byte> Blob => blob;

    /// <summary>The version of the format (5.2, <c>version</c>): 16 or more.</summary>
    public uint Version => layout.Version;

    /// <summary>The oldest version whose reader can read this blob (5.2, <c>last_comp_version</c>): at most 17.</summary>
    public uint LastCompatibleVersion => layout.LastCompatibleVersion;

    /// <summary>The physical id of the CPU that boots (5.2, <c>boot_cpuid_phys</c>).</summary>
    public uint BootCpuId => layout.BootCpu;

    /// <summary>The memory that the blob reserves (5.3), in its order.</summary>
    public ReservationList Reservations =>
        new(blob.Slice(layout.ReservationsOffset, layout.ReservationCount * FlattenedFormat.ReservationSize));

    /// <summary>The root node.</summary>
    public DeviceTreeNode Root => new(new TreeBlocks(blob, layout), layout.RootOffset, DeviceTreeNode.NoParent, 0);

    /// <summary>The root node and all nodes below it, each before its children, in the blob's order.</summary>
    public DescendantEnumerator Nodes => new(Root, true);

    /// <summary>Whether a blob begins as a flattened device tree does. It says nothing of the rest.</summary>
    /// <param name="blob">Any bytes.</param>
    /// <returns>Whether the first word is 0xd00dfeed.</returns>
    public static bool HasMagic(ReadOnlySpan<byte> blob) =>
        blob.Length >= FlattenedFormat.TokenSize
        && FlattenedFormat.ReadU32(blob, FlattenedFormat.MagicField) == FlattenedFormat.Magic;

    /// <summary>Checks a blob as a whole and opens it; it must be without fault.</summary>
    /// <param name="blob">The blob; bytes beyond its total size are ignored.</param>
    /// <param name="tree">The tree, where this returns true.</param>
    /// <param name="error">What is wrong first, where this returns false.</param>
    /// <returns>Whether the tree may be used.</returns>
    public static bool TryOpen(ReadOnlySpan<byte> blob, out DeviceTree tree, out DtbError error) =>
        TryOpen(blob, DtbStrictness.Strict, out tree, out error);

    /// <summary>Checks a blob as a whole and opens it.</summary>
    /// <param name="blob">The blob; bytes beyond its total size are ignored.</param>
    /// <param name="strictness">Whether defects that do not hinder reading refuse the blob.</param>
    /// <param name="tree">The tree, where this returns true.</param>
    /// <param name="error">What is wrong first, where this returns false.</param>
    /// <returns>Whether the tree may be used.</returns>
    public static bool TryOpen(ReadOnlySpan<byte> blob, DtbStrictness strictness, out DeviceTree tree, out DtbError error)
    {
        Findings findings = Findings.OnlyFirst(strictness);
        bool readable = DtbChecker.Run(blob, ref findings, out DtbLayout layout);
        error = findings.First;
        tree = readable ? new DeviceTree(blob.Slice(0, layout.TotalSize), layout) : default;
        return readable;
    }

    /// <summary>
    /// Finds a node by its path (2.2.3). A name in the path with a unit address must be a node's whole name; one without
    /// also finds a node that has a unit address, the first of them, if none has exactly that name. A path that does not
    /// begin with a slash begins with an alias (3.3).
    /// </summary>
    /// <param name="path">The path, such as <c>"/chosen/hypervisor"u8</c> or <c>"serial0"u8</c>. Slashes that follow
    /// one another count as one, and one at the end counts for nothing.</param>
    /// <param name="node">The node, where this returns true.</param>
    /// <returns>Whether there is such a node.</returns>
    public bool TryFindNode(scoped ReadOnlySpan<byte> path, out DeviceTreeNode node)
    {
        if (path.Length > 0 && path[0] == (byte)'/')
        {
            return TryDescend(Root, path, out node);
        }

        int slash = path.IndexOf((byte)'/');
        ReadOnlySpan<byte> alias = slash < 0 ? path : path.Slice(0, slash);
        if (!TryFindAlias(alias, out node))
        {
            return false;
        }

        return slash < 0 || TryDescend(node, path.Slice(slash), out node);
    }

    /// <summary>Finds the node that a property of <c>/aliases</c> names (3.3).</summary>
    /// <param name="alias">The alias, such as <c>"serial0"u8</c>.</param>
    /// <param name="node">The node, where this returns true.</param>
    /// <returns>Whether the alias exists, is a string with an absolute path, and the node exists.</returns>
    public bool TryFindAlias(scoped ReadOnlySpan<byte> alias, out DeviceTreeNode node)
    {
        node = default;
        return alias.Length > 0
            && Root.TryFindChild("aliases"u8, out DeviceTreeNode aliases)
            && aliases.TryGetString(alias, out ReadOnlySpan<byte> path).IsPresent
            && path.Length > 0 && path[0] == (byte)'/'
            && TryDescend(Root, path, out node);
    }

    /// <summary>
    /// Finds the node that has a phandle (2.3.3), under the name <c>phandle</c> or the older <c>linux,phandle</c>.
    /// </summary>
    /// <param name="phandle">The phandle.</param>
    /// <param name="node">The node, where this returns true.</param>
    /// <returns>Whether there is such a node. 0 and 0xffffffff stand for no node.</returns>
    public bool TryFindPhandle(uint phandle, out DeviceTreeNode node)
    {
        if (phandle != 0 && phandle != uint.MaxValue)
        {
            foreach (DeviceTreeNode candidate in Nodes)
            {
                if (candidate.TryGetPhandle(out uint found).IsPresent && found == phandle)
                {
                    node = candidate;
                    return true;
                }
            }
        }

        node = default;
        return false;
    }

    /// <summary>The nodes whose <c>compatible</c> property lists a string (2.3.1).</summary>
    /// <param name="compatible">The string, such as <c>"xen,domain"u8</c>; it must match whole.</param>
    /// <returns>An enumerator for <c>foreach</c>, in the blob's order.</returns>
    public CompatibleEnumerator FindCompatible(ReadOnlySpan<byte> compatible) => new(Nodes, compatible);

    /// <summary>Finds the parent of a node of this tree, by a walk from the root.</summary>
    /// <param name="node">A node of this tree.</param>
    /// <param name="parent">The parent, where this returns true.</param>
    /// <returns>Whether the node has a parent: the root has none.</returns>
    public bool TryFindParent(scoped in DeviceTreeNode node, out DeviceTreeNode parent)
    {
        // The caller may pass one variable as both, to go up in a loop: it is read before it is written.
        int offset = node.ParentOffset;
        parent = default;
        foreach (DeviceTreeNode candidate in Nodes)
        {
            if (candidate.Offset == offset)
            {
                parent = candidate;
                return true;
            }
        }

        return false;
    }

    /// <summary>Writes the absolute path of a node of this tree (2.2.3).</summary>
    /// <param name="node">A node of this tree.</param>
    /// <param name="destination">Receives the path, without a NUL.</param>
    /// <param name="written">How many bytes the path has, where this returns true.</param>
    /// <returns>Whether the path fitted and the node is of this tree.</returns>
    public bool TryWritePath(scoped in DeviceTreeNode node, Span<byte> destination, out int written)
    {
        written = 0;
        if (destination.IsEmpty)
        {
            return false;
        }

        destination[0] = (byte)'/';
        DeviceTreeNode at = Root;
        int length = 0;
        while (at.Offset != node.Offset)
        {
            if (!at.TryFindChildAround(node.Offset, out DeviceTreeNode next) || destination.Length - length <= next.Name.Length)
            {
                return false;
            }

            at = next;
            destination[length++] = (byte)'/';
            at.Name.CopyTo(destination.Slice(length));
            length += at.Name.Length;
        }

        written = Math.Max(length, 1);
        return true;
    }

    /// <summary>Follows the names of a path from a node. Empty names count for nothing.</summary>
    private static bool TryDescend(DeviceTreeNode from, scoped ReadOnlySpan<byte> path, out DeviceTreeNode node)
    {
        node = from;
        while (path.Length > 0)
        {
            int slash = path.IndexOf((byte)'/');
            ReadOnlySpan<byte> name = slash < 0 ? path : path.Slice(0, slash);
            path = slash < 0 ? default : path.Slice(slash + 1);
            if (name.Length > 0 && !node.TryFindChild(name, out node))
            {
                return false;
            }
        }

        return true;
    }
}
