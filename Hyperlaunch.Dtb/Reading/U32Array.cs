using System;

namespace Hyperlaunch.Dtb;

/// <summary>The 32-bit numbers of a property, by index and for <c>foreach</c>.</summary>
public ref struct U32Array
{
    private readonly ReadOnlySpan<byte> value;
    private int position;

    /// <summary><paramref name="value"/> has whole numbers only.</summary>
    internal U32Array(ReadOnlySpan<byte> value)
    {
        this.value = value;
        position = -1;
    }

    /// <summary>How many there are.</summary>
    public readonly int Count => value.Length / sizeof(uint);

    /// <summary>The number that <see cref="MoveNext"/> reached last.</summary>
    public readonly uint Current => this[position];

    /// <summary>One number.</summary>
    /// <param name="index">From 0, below <see cref="Count"/>.</param>
    public readonly uint this[int index] => FlattenedFormat.ReadU32(value, index * sizeof(uint));

    /// <summary>This enumerator, from where it stands.</summary>
    /// <returns>A copy.</returns>
    public readonly U32Array GetEnumerator() => this;

    /// <summary>Goes to the next number.</summary>
    /// <returns>Whether there is one.</returns>
    public bool MoveNext() => ++position < Count;
}
