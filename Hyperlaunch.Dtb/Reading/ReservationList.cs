using System;

namespace Hyperlaunch.Dtb;

/// <summary>The memory reservations of a blob, by index and for <c>foreach</c>: Devicetree Specification v0.4, 5.3.</summary>
public ref struct ReservationList
{
    private readonly ReadOnlySpan<byte> entries;
    private int position;

    internal ReservationList(ReadOnlySpan<byte> entries)
    {
        this.entries = entries;
        position = -1;
    }

    /// <summary>How many there are, without the entry of zeros that ends the block.</summary>
    public readonly int Count => entries.Length / FlattenedFormat.ReservationSize;

    /// <summary>The reservation that <see cref="MoveNext"/> reached last.</summary>
    public readonly Reservation Current => this[position];

    /// <summary>One reservation.</summary>
    /// <param name="index">From 0, below <see cref="Count"/>.</param>
    public readonly Reservation this[int index]
    {
        get
        {
            ReadOnlySpan<byte> entry = entries.Slice(index * FlattenedFormat.ReservationSize, FlattenedFormat.ReservationSize);
            return new Reservation(FlattenedFormat.ReadU64(entry, 0), FlattenedFormat.ReadU64(entry, sizeof(ulong)));
        }
    }

    /// <summary>This enumerator, from where it stands.</summary>
    /// <returns>A copy.</returns>
    public readonly ReservationList GetEnumerator() => this;

    /// <summary>Goes to the next reservation.</summary>
    /// <returns>Whether there is one.</returns>
    public bool MoveNext() => ++position < Count;
}
