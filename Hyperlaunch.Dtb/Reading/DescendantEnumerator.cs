namespace Hyperlaunch.Dtb;

/// <summary>A node and the nodes below it, or the latter only, each before its children, for <c>foreach</c>.</summary>
public unsafe ref struct DescendantEnumerator
{
    private readonly TreeBlocks blocks;
    private readonly int topDepth;
    private DeviceTreeNode current;
    private int next;
    private int depth;
    private bool topIsNext;

    /// <summary>The BEGIN_NODE tokens of the open nodes, by depth: the parents of what comes next.</summary>
    private fixed int open[DeviceTree.MaxDepth];

    internal DescendantEnumerator(scoped in DeviceTreeNode top, bool withTop)
    {
        blocks = top.Blocks;
        topDepth = top.Depth;
        current = top;
        topIsNext = withTop;
        next = top.Content;
        depth = topDepth;
        // Sound: StructureCheck refuses nodes whose depth is not below MaxDepth.
        open[depth] = top.Token;
    }

    /// <summary>The node that <see cref="MoveNext"/> reached last.</summary>
    public readonly DeviceTreeNode Current => current;

    /// <summary>This enumerator, from where it stands.</summary>
    /// <returns>A copy.</returns>
    public readonly DescendantEnumerator GetEnumerator() => this;

    /// <summary>Goes to the next node.</summary>
    /// <returns>Whether there is one.</returns>
    public bool MoveNext()
    {
        if (topIsNext)
        {
            topIsNext = false;
            return true;
        }

        if (depth < topDepth)
        {
            return false;
        }

        int at = blocks.SkipProperties(next);
        while (blocks.Token(at) == FlattenedFormat.EndNode)
        {
            depth--;
            if (depth < topDepth)
            {
                return false;
            }

            at += FlattenedFormat.TokenSize;
            at = blocks.SkipProperties(at);
        }

        // Sound: StructureCheck refuses nodes whose depth is not below MaxDepth.
        current = new DeviceTreeNode(blocks, at, open[depth], depth + 1);
        depth++;
        open[depth] = at;
        next = current.Content;
        return true;
    }
}
