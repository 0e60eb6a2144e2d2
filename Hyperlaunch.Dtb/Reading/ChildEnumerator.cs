namespace Hyperlaunch.Dtb;

/// <summary>The children of a node, in the blob's order, for <c>foreach</c>.</summary>
public ref struct ChildEnumerator
{
    private readonly DeviceTreeNode parent;
    private DeviceTreeNode current;
    private bool started;

    internal ChildEnumerator(scoped in DeviceTreeNode parent)
    {
        this.parent = parent;
        current = parent;
        started = false;
    }

    /// <summary>The child that <see cref="MoveNext"/> reached last.</summary>
    public readonly DeviceTreeNode Current => current;

    /// <summary>This enumerator, from where it stands.</summary>
    /// <returns>A copy.</returns>
    public readonly ChildEnumerator GetEnumerator() => this;

    /// <summary>Goes to the next child.</summary>
    /// <returns>Whether there is one.</returns>
    public bool MoveNext()
    {
        int after = started ? parent.Blocks.AfterNode(current.Content) : parent.Content;
        int at = parent.Blocks.SkipProperties(after);
        if (parent.Blocks.Token(at) != FlattenedFormat.BeginNode)
        {
            return false;
        }

        started = true;
        current = new DeviceTreeNode(parent.Blocks, at, parent.Token, parent.Depth + 1);
        return true;
    }
}
