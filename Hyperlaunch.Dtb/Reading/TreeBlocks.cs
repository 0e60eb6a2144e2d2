using System;
using System.Runtime.CompilerServices;

namespace Hyperlaunch.Dtb;

/// <summary>
/// The structure and strings blocks of a checked blob. Holding one proves that <see cref="StructureCheck"/> has passed:
/// offsets that come from its methods are tokens of the structure block and need no check. Offsets here are bytes from
/// the start of the structure block.
/// </summary>
internal readonly ref struct TreeBlocks
{
    internal readonly ReadOnlySpan<byte> Structure;
    internal readonly ReadOnlySpan<byte> Strings;

    /// <summary>Where the structure block starts in the blob: offsets that people see count from the blob's start.</summary>
    internal readonly int StructureOffset;

    internal TreeBlocks(ReadOnlySpan<byte> blob, scoped in DtbLayout layout)
    {
        Structure = blob.Slice(layout.StructureOffset, layout.StructureSize);
        Strings = blob.Slice(layout.StringsOffset, layout.StringsSize);
        StructureOffset = layout.StructureOffset;
    }

    /// <summary>The token at an offset.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal uint Token(int at) => FlattenedFormat.ReadU32(Structure, at);

    /// <summary>The offset after the property at <paramref name="at"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int AfterProperty(int at) => FlattenedFormat.AlignToken(
        at + FlattenedFormat.PropertyHeaderSize
        + (int)FlattenedFormat.ReadU32(Structure, at + FlattenedFormat.PropertyLengthField));

    /// <summary>The length of the name of the node at <paramref name="node"/>.</summary>
    internal int NodeNameLength(int node) => Structure.Slice(node + FlattenedFormat.TokenSize).IndexOf((byte)0);

    /// <summary>The offset after the BEGIN_NODE token and the name of the node at <paramref name="node"/>.</summary>
    internal int AfterNodeName(int node) =>
        FlattenedFormat.AlignToken(node + FlattenedFormat.TokenSize + NodeNameLength(node) + 1);

    /// <summary>The next token at or after <paramref name="at"/> that is not a NOP.</summary>
    internal int SkipNops(int at)
    {
        while (Token(at) == FlattenedFormat.Nop)
        {
            at += FlattenedFormat.TokenSize;
        }

        return at;
    }

    /// <summary>
    /// The first BEGIN_NODE or END_NODE token at or after <paramref name="at"/>: properties and NOPs are skipped.
    /// </summary>
    internal int SkipProperties(int at)
    {
        for (; ; )
        {
            uint token = Token(at);
            if (token == FlattenedFormat.Property)
            {
                at = AfterProperty(at);
            }
            else if (token == FlattenedFormat.Nop)
            {
                at += FlattenedFormat.TokenSize;
            }
            else
            {
                return at;
            }
        }
    }

    /// <summary>The offset after the END_NODE token of the node whose contents start at <paramref name="content"/>.</summary>
    internal int AfterNode(int content)
    {
        int at = content;
        int open = 1;
        while (open > 0)
        {
            at = SkipProperties(at);
            if (Token(at) == FlattenedFormat.BeginNode)
            {
                open++;
                at = AfterNodeName(at);
            }
            else
            {
                open--;
                at += FlattenedFormat.TokenSize;
            }
        }

        return at;
    }

    /// <summary>The value of the property at <paramref name="at"/>.</summary>
    internal ReadOnlySpan<byte> Value(int at) => Structure.Slice(
        at + FlattenedFormat.PropertyHeaderSize,
        (int)FlattenedFormat.ReadU32(Structure, at + FlattenedFormat.PropertyLengthField));

    /// <summary>The strings block from the name of the property at <paramref name="at"/> on.</summary>
    internal ReadOnlySpan<byte> NameAndOn(int at) =>
        Strings.Slice((int)NameOffset(at));

    /// <summary>The name of the node at <paramref name="node"/>.</summary>
    internal ReadOnlySpan<byte> NodeName(int node) => Structure.Slice(node + FlattenedFormat.TokenSize, NodeNameLength(node));

    /// <summary>Where in the strings block the name of the property at <paramref name="at"/> is.</summary>
    internal uint NameOffset(int at) => FlattenedFormat.ReadU32(Structure, at + FlattenedFormat.PropertyNameField);

    /// <summary>The name of the property at <paramref name="at"/>, cut where it is longer than a name may be: names can share
    /// their bytes, so that all of them together may be far longer than the blob.</summary>
    internal ReadOnlySpan<byte> ShortPropertyName(int at)
    {
        ReadOnlySpan<byte> name = NameAndOn(at);
        name = name.Slice(0, Math.Min(name.Length, NameRules.LongestPropertyName + 1));
        int end = name.IndexOf((byte)0);
        return end < 0 ? name : name.Slice(0, end);
    }

    /// <summary>
    /// Whether two properties have one name, wherever in the strings block it is; neither is too long for a name.
    /// </summary>
    internal bool HaveSameName(int at, int other) =>
        NameOffset(at) == NameOffset(other) || ShortPropertyName(at).SequenceEqual(ShortPropertyName(other));

    /// <summary>Whether the property at <paramref name="at"/> has this name, whole.</summary>
    internal bool HasName(int at, scoped ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> stored = NameAndOn(at);
        return stored.Length > name.Length && stored[name.Length] == 0 && stored.StartsWith(name);
    }

    /// <summary>Finds a property of the node whose contents start at <paramref name="content"/>.</summary>
    internal bool TryFindProperty(int content, scoped ReadOnlySpan<byte> name, out int property)
    {
        for (property = SkipNops(content); Token(property) == FlattenedFormat.Property;
            property = SkipNops(AfterProperty(property)))
        {
            if (HasName(property, name))
            {
                return true;
            }
        }

        return false;
    }
}
