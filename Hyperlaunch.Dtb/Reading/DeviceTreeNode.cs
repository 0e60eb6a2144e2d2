using System;

namespace Hyperlaunch.Dtb;

/// <summary>
/// A node of an open <see cref="DeviceTree"/>: its name, properties and children. Values are read by the methods in
/// <c>DeviceTreeNode.Values.cs</c>.
/// </summary>
public readonly ref partial struct DeviceTreeNode
{
    /// <summary>The parent offset of the root.</summary>
    internal const int NoParent = -1;

    internal readonly TreeBlocks Blocks;
    private readonly int token;
    private readonly int parentToken;
    private readonly int nameLength;

    internal DeviceTreeNode(scoped in TreeBlocks blocks, int token, int parentToken, int depth)
    {
        Blocks = blocks;
        this.token = token;
        this.parentToken = parentToken;
        Depth = depth;
        nameLength = blocks.NodeNameLength(token);
    }

    /// <summary>How many nodes are above this one: 0 for the root.</summary>
    public int Depth { get; }

    /// <summary>Where the node's BEGIN_NODE token is, in bytes from the start of the blob: what tells nodes apart.</summary>
    public int Offset => Blocks.StructureOffset + token;

    /// <summary>The <see cref="Offset"/> of the parent; -1 for the root.</summary>
    public int ParentOffset => IsRoot ? NoParent : Blocks.StructureOffset + parentToken;

    /// <summary>Whether this is the root node.</summary>
    public bool IsRoot => parentToken == NoParent;

    /// <summary>The whole name, with the unit address if there is one (2.2.1); empty for the root.</summary>
    public ReadOnlySpan<byte> Name => Blocks.Structure.Slice(token + FlattenedFormat.TokenSize, nameLength);

    /// <summary>The name up to the @ before the unit address (2.2.1).</summary>
    public ReadOnlySpan<byte> BaseName
    {
        get
        {
            int at = Name.IndexOf((byte)'@');
            return at < 0 ? Name : Name.Slice(0, at);
        }
    }

    /// <summary>The unit address: what follows the @ in the name (2.2.1); empty where there is none.</summary>
    public ReadOnlySpan<byte> UnitAddress
    {
        get
        {
            int at = Name.IndexOf((byte)'@');
            return at < 0 ? default : Name.Slice(at + 1);
        }
    }

    /// <summary>The properties, in the blob's order.</summary>
    public PropertyEnumerator Properties => new(Blocks, Content);

    /// <summary>The children, in the blob's order.</summary>
    public ChildEnumerator Children => new(this);

    /// <summary>All nodes below this one, each before its children, in the blob's order.</summary>
    public DescendantEnumerator Descendants => new(this, false);

    /// <summary>The BEGIN_NODE token, in bytes from the start of the structure block.</summary>
    internal int Token => token;

    /// <summary>Where the properties begin, in bytes from the start of the structure block.</summary>
    internal int Content => FlattenedFormat.AlignToken(token + FlattenedFormat.TokenSize + nameLength + 1);

    /// <summary>Finds a child by name: by its whole name, else, for a name without a unit address, the first that has
    /// this name before its unit address (2.2.3).</summary>
    /// <param name="name">The name, such as <c>"memory"u8</c> or <c>"memory@80000000"u8</c>.</param>
    /// <param name="child">The child, where this returns true.</param>
    /// <returns>Whether there is such a child.</returns>
    public bool TryFindChild(scoped ReadOnlySpan<byte> name, out DeviceTreeNode child)
    {
        // The caller may pass this very variable as the result, to go down in a loop: it is read before it is written.
        ChildEnumerator children = Children;
        bool byBaseName = name.IndexOf((byte)'@') < 0;
        bool found = false;
        child = default;
        foreach (DeviceTreeNode candidate in children)
        {
            if (candidate.Name.SequenceEqual(name))
            {
                child = candidate;
                return true;
            }

            if (byBaseName && !found && candidate.BaseName.SequenceEqual(name))
            {
                child = candidate;
                found = true;
            }
        }

        return found;
    }

    /// <summary>Finds a property by its whole name.</summary>
    /// <param name="name">The name, such as <c>"domid"u8</c>.</param>
    /// <param name="property">The property, where this returns true.</param>
    /// <returns>Whether there is such a property.</returns>
    public bool TryFindProperty(scoped ReadOnlySpan<byte> name, out DeviceTreeProperty property)
    {
        bool found = Blocks.TryFindProperty(Content, name, out int at);
        property = found ? new DeviceTreeProperty(Blocks, at) : default;
        return found;
    }

    /// <summary>Finds the child that is, or holds, the node at an offset from the start of the blob.</summary>
    internal bool TryFindChildAround(int offset, out DeviceTreeNode child)
    {
        ChildEnumerator children = Children;
        bool found = false;
        child = default;
        foreach (DeviceTreeNode candidate in children)
        {
            if (candidate.Offset > offset)
            {
                break;
            }

            child = candidate;
            found = true;
        }

        return found;
    }
}
