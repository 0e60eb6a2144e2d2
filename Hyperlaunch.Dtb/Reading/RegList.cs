using System;

namespace Hyperlaunch.Dtb;

/// <summary>
/// The pairs of address and size of a <c>reg</c> property, by index and for <c>foreach</c>: Devicetree Specification v0.4, 2.3.6.
/// </summary>
public ref struct RegList
{
    private readonly ReadOnlySpan<byte> value;
    private readonly int addressSize;
    private readonly int entrySize;
    private int position;

    /// <summary><paramref name="value"/> has whole pairs only.</summary>
    internal RegList(ReadOnlySpan<byte> value, CellCounts cells)
    {
        this.value = value;
        addressSize = cells.Address * FlattenedFormat.CellSize;
        entrySize = addressSize + (cells.Size * FlattenedFormat.CellSize);
        position = -1;
    }

    /// <summary>How many pairs there are.</summary>
    public readonly int Count => entrySize == 0 ? 0 : value.Length / entrySize;

    /// <summary>The pair that <see cref="MoveNext"/> reached last.</summary>
    public readonly RegEntry Current => this[position];

    /// <summary>One pair.</summary>
    /// <param name="index">From 0, below <see cref="Count"/>.</param>
    public readonly RegEntry this[int index]
    {
        get
        {
            ReadOnlySpan<byte> entry = value.Slice(index * entrySize, entrySize);
            return new RegEntry(entry.Slice(0, addressSize), entry.Slice(addressSize));
        }
    }

    /// <summary>This enumerator, from where it stands.</summary>
    /// <returns>A copy.</returns>
    public readonly RegList GetEnumerator() => this;

    /// <summary>Goes to the next pair.</summary>
    /// <returns>Whether there is one.</returns>
    public bool MoveNext() => ++position < Count;
}
