using System;
using System.Buffers.Binary;

namespace Hyperlaunch.Dtb;

/// <summary>What names may be made of: Devicetree Specification v0.4, 2.2.1 and 2.2.4.</summary>
internal static class NameRules
{
    /// <summary>The longest name of a property, in bytes. The specification has 31 (2.2.4), which real trees exceed.</summary>
    internal const int LongestPropertyName = 255;

    private const byte InNodeName = 1;
    private const byte InPropertyName = 2;

    /// <summary>An odd multiplier with well mixed bits: the golden ratio in 64 bits.</summary>
    private const ulong HashMultiplier = 0x9E3779B97F4A7C15;

    /// <summary>
    /// What each of the 128 characters may stand in. Node names: digits, letters and <c>, . _ + -</c> (table 2.1).
    /// Property names: these and <c>? #</c> (table 2.2).
    /// </summary>
    private static ReadOnlySpan<byte> Classes =>
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 3, 3, 3, 0,
        3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 0, 0, 0, 0, 0, 2,
        0, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
        3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 0, 0, 0, 0, 3,
        0, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
        3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 0, 0, 0, 0, 0,
    ];

    /// <summary>What is wrong with the name of a node other than the root.</summary>
    internal static DtbErrorKind CheckNodeName(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty)
        {
            return DtbErrorKind.EmptyNodeName;
        }

        bool legal = name[0] != (byte)'@';
        bool inUnitAddress = false;
        foreach (byte character in name)
        {
            if (character == (byte)'@' && !inUnitAddress)
            {
                inUnitAddress = true;
            }
            else
            {
                legal &= IsIn(character, InNodeName);
            }
        }

        return legal ? DtbErrorKind.None : DtbErrorKind.IllegalNodeName;
    }

    /// <summary>What is wrong with the name of a property.</summary>
    internal static DtbErrorKind CheckPropertyName(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty)
        {
            return DtbErrorKind.EmptyPropertyName;
        }

        if (name.Length > LongestPropertyName)
        {
            return DtbErrorKind.PropertyNameTooLong;
        }

        bool legal = true;
        foreach (byte character in name)
        {
            legal &= IsIn(character, InPropertyName);
        }

        return legal ? DtbErrorKind.None : DtbErrorKind.IllegalPropertyName;
    }

    /// <summary>A number that equal names share, and others seldom do.</summary>
    internal static uint Hash(ReadOnlySpan<byte> name)
    {
        ulong hash = (uint)name.Length;
        while (name.Length >= sizeof(ulong))
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(name));
            name = name.Slice(sizeof(ulong));
        }

        ulong tail = 0;
        for (int i = 0; i < name.Length; i++)
        {
            tail = (tail << 8) | name[i];
        }

        hash = Mix(hash ^ tail);
        return (uint)(hash ^ (hash >> 32));
    }

    private static ulong Mix(ulong value)
    {
        value *= HashMultiplier;
        return value ^ (value >> 32);
    }

    private static bool IsIn(byte character, byte kind) => character < Classes.Length && (Classes[character] & kind) != 0;
}
