using System;

namespace Hyperlaunch.Dtb;

/// <summary>
/// The ranges of a <c>ranges</c> property, by index and for <c>foreach</c>: Devicetree Specification v0.4, 2.3.8.
/// </summary>
public ref struct RangesList
{
    private readonly ReadOnlySpan<byte> value;
    private readonly int childSize;
    private readonly int parentSize;
    private readonly int entrySize;
    private int position;

    /// <summary><paramref name="value"/> has whole ranges only.</summary>
    internal RangesList(ReadOnlySpan<byte> value, CellCounts cells, CellCounts parentCells)
    {
        this.value = value;
        childSize = cells.Address * FlattenedFormat.CellSize;
        parentSize = parentCells.Address * FlattenedFormat.CellSize;
        entrySize = childSize + parentSize + (cells.Size * FlattenedFormat.CellSize);
        position = -1;
    }

    /// <summary>How many ranges there are.</summary>
    public readonly int Count => entrySize == 0 ? 0 : value.Length / entrySize;

    /// <summary>The range that <see cref="MoveNext"/> reached last.</summary>
    public readonly RangesEntry Current => this[position];

    /// <summary>One range.</summary>
    /// <param name="index">From 0, below <see cref="Count"/>.</param>
    public readonly RangesEntry this[int index]
    {
        get
        {
            ReadOnlySpan<byte> entry = value.Slice(index * entrySize, entrySize);
            return new RangesEntry(
                entry.Slice(0, childSize), entry.Slice(childSize, parentSize), entry.Slice(childSize + parentSize));
        }
    }

    /// <summary>This enumerator, from where it stands.</summary>
    /// <returns>A copy.</returns>
    public readonly RangesList GetEnumerator() => this;

    /// <summary>Goes to the next range.</summary>
    /// <returns>Whether there is one.</returns>
    public bool MoveNext() => ++position < Count;
}
