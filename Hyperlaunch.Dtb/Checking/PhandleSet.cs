using System;

namespace Hyperlaunch.Dtb;

/// <summary>
/// The phandles of a tree, one bit each: Devicetree Specification v0.4, 2.3.3. Compilers number them from 1, so
/// those below <see cref="Limit"/> are all that there are in practice.
/// </summary>
internal readonly ref struct PhandleSet
{
    /// <summary>Phandles from here on are not in the set.</summary>
    internal const uint Limit = 65536;

    /// <summary>The memory it needs, in words of 32 bits.</summary>
    internal const int Words = (int)Limit / BitsPerWord;

    private const int BitsPerWord = 32;

    private readonly Span<uint> bits;

    /// <param name="bits"><see cref="Words"/> zeros.</param>
    internal PhandleSet(Span<uint> bits)
    {
        this.bits = bits;
    }

    /// <summary>The property that holds a node's phandle (2.3.3).</summary>
    internal static ReadOnlySpan<byte> Name => "phandle"u8;

    /// <summary>What it was called before, which readers must know (2.3.3).</summary>
    internal static ReadOnlySpan<byte> OldName => "linux,phandle"u8;

    /// <summary>Whether a property is a node's phandle under either name.</summary>
    internal static bool IsPhandle(scoped in TreeBlocks blocks, int property) =>
        blocks.HasName(property, Name) || blocks.HasName(property, OldName);

    /// <summary>Reads a phandle. Returns whether it is one that a node may have.</summary>
    internal static bool TryRead(scoped in TreeBlocks blocks, int property, out uint phandle)
    {
        ReadOnlySpan<byte> value = blocks.Value(property);
        phandle = value.Length == FlattenedFormat.CellSize ? FlattenedFormat.ReadU32(value, 0) : 0;
        return phandle != 0 && phandle != uint.MaxValue;
    }

    /// <summary>Adds a phandle below <see cref="Limit"/>. Returns whether it was not there before.</summary>
    internal bool Add(uint phandle)
    {
        ref uint word = ref bits[(int)(phandle / BitsPerWord)];
        uint bit = 1u << (int)(phandle & (BitsPerWord - 1));
        bool isNew = (word & bit) == 0;
        word |= bit;
        return isNew;
    }
}
