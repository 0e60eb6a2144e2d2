namespace Hyperlaunch.Dtb;

/// <summary>The properties of a node, in the blob's order, for <c>foreach</c>.</summary>
public ref struct PropertyEnumerator
{
    private readonly TreeBlocks blocks;
    private int current;
    private int next;

    internal PropertyEnumerator(scoped in TreeBlocks blocks, int content)
    {
        this.blocks = blocks;
        current = content;
        next = content;
    }

    /// <summary>The property that <see cref="MoveNext"/> reached last.</summary>
    public readonly DeviceTreeProperty Current => new(blocks, current);

    /// <summary>This enumerator, from where it stands.</summary>
    /// <returns>A copy.</returns>
    public readonly PropertyEnumerator GetEnumerator() => this;

    /// <summary>Goes to the next property.</summary>
    /// <returns>Whether there is one.</returns>
    public bool MoveNext()
    {
        int at = blocks.SkipNops(next);
        next = at;
        if (blocks.Token(at) != FlattenedFormat.Property)
        {
            return false;
        }

        current = at;
        next = blocks.AfterProperty(at);
        return true;
    }
}
