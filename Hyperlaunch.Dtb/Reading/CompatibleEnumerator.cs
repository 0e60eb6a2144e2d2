using System;

namespace Hyperlaunch.Dtb;

/// <summary>The nodes whose <c>compatible</c> lists a string, in the blob's order, for <c>foreach</c>.</summary>
public ref struct CompatibleEnumerator
{
    private readonly ReadOnlySpan<byte> compatible;
    private DescendantEnumerator nodes;

    internal CompatibleEnumerator(DescendantEnumerator nodes, ReadOnlySpan<byte> compatible)
    {
        this.nodes = nodes;
        this.compatible = compatible;
    }

    /// <summary>The node that <see cref="MoveNext"/> reached last.</summary>
    public readonly DeviceTreeNode Current => nodes.Current;

    /// <summary>This enumerator, from where it stands.</summary>
    /// <returns>A copy.</returns>
    public readonly CompatibleEnumerator GetEnumerator() => this;

    /// <summary>Goes to the next node.</summary>
    /// <returns>Whether there is one.</returns>
    public bool MoveNext()
    {
        while (nodes.MoveNext())
        {
            if (nodes.Current.IsCompatible(compatible))
            {
                return true;
            }
        }

        return false;
    }
}
