using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Hyperlaunch.Tests.Dtb.Checking;

namespace Hyperlaunch.Tests.Dtb.Fuzzing;

/// <summary>Makes damaged trees: the same seed and number, the same bytes.</summary>
internal sealed class Mutator
{
    /// <summary>The largest blob that it makes, in bytes.</summary>
    public const int LargestBlob = 8192;

    private const int HeaderFields = 10;

    /// <summary>Tokens, and numbers at the edges of what is checked.</summary>
    private static readonly uint[] Words =
    [
        0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 18, 36, 40, 63, 64, 65, 0xFF, 0x100, 0xFFFF, 0x10000, 0x01000000, 0x03000000,
        0x7FFFFFF0, 0x7FFFFFFC, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFF4, 0xFFFFFFFC, 0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFF,
    ];

    private readonly List<byte[]> corpus = [];
    private readonly ulong seed;
    private ulong state;

    public Mutator(ulong seed)
    {
        this.seed = seed;
        corpus.Add(CanonicalTree.Build());
        corpus.Add(CanonicalTree.Describe(new BlobBuilder { Version = 16, Order = "trs" }).Build());
        corpus.Add(CanonicalTree.Describe(new BlobBuilder { NopsBeforeTokens = 1, Gap = 8, Order = "str" }).Build());
        corpus.Add(HostileBlobs.Nested(64));
        foreach ((_, _, byte[] blob) in HostileBlobs.All())
        {
            if (blob.Length >= 40)
            {
                corpus.Add(blob);
            }
        }
    }

    /// <summary>Fills a buffer with the case of a number. Returns the blob's length.</summary>
    public int Make(long number, Span<byte> buffer)
    {
        state = seed + ((ulong)number * 0xD1342543DE82EF95);
        // Most of the work starts from whole trees; the rest of the corpus breaks one rule already.
        byte[] origin = corpus[Next(2) == 0 ? Next(4) : Next(corpus.Count)];
        origin.CopyTo(buffer);
        int length = origin.Length;
        for (int changes = 1 + Next(4); changes > 0; changes--)
        {
            length = Change(buffer, length);
        }

        return length;
    }

    private int Change(Span<byte> buffer, int length)
    {
        int at = Next(length);
        switch (Next(10))
        {
            case 0:
                buffer[at] ^= (byte)(1 << Next(8));
                return length;
            case 1:
                buffer[at] = (byte)Next(256);
                return length;
            case 2:
                WriteWord(buffer[..length], at & ~3, Words[Next(Words.Length)]);
                return length;
            case 3:
                WriteWord(buffer[..length], at & ~3, (uint)Next(length + 8));
                return length;
            case 4:
                WriteWord(buffer[..length], Next(HeaderFields) * 4, Words[Next(Words.Length)]);
                return length;
            case 5:
                WriteWord(buffer[..length], Next(HeaderFields) * 4, (uint)Next(length + 8));
                return length;
            case 6:
                return Copy(buffer, length, at);
            case 7:
                return Remove(buffer, length, at & ~3);
            case 8:
                return Insert(buffer, length, at & ~3);
            default:
                // Cut, and sometimes say so.
                int cut = Math.Max(length - 1 - Next(64), 4);
                if (Next(2) == 0)
                {
                    WriteWord(buffer[..cut], 4, (uint)cut);
                }

                return cut;
        }
    }

    /// <summary>Copies a run of words over another place.</summary>
    private int Copy(Span<byte> buffer, int length, int from)
    {
        int count = Math.Min(4 * (1 + Next(16)), length - from);
        int to = Next(length - count + 1);
        buffer.Slice(from, count).CopyTo(buffer[to..]);
        return length;
    }

    /// <summary>Takes words out, and mends the sizes as if that were right.</summary>
    private int Remove(Span<byte> buffer, int length, int at)
    {
        int count = Math.Min(4 * (1 + Next(4)), length - at);
        if (at < 40 || length - count < 40)
        {
            return length;
        }

        buffer[(at + count)..length].CopyTo(buffer[at..]);
        Mend(buffer, at, -count);
        return length - count;
    }

    /// <summary>Puts words in, and mends the sizes as if that were right.</summary>
    private int Insert(Span<byte> buffer, int length, int at)
    {
        int count = 4 * (1 + Next(4));
        if (at < 40 || length + count > LargestBlob)
        {
            return length;
        }

        buffer[at..length].CopyTo(buffer[(at + count)..]);
        for (int i = 0; i < count; i += 4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(buffer[(at + i)..], Words[Next(Words.Length)]);
        }

        Mend(buffer, at, count);
        return length + count;
    }

    private static void Mend(Span<byte> blob, int at, int difference)
    {
        Adjust(blob, 4, difference);
        foreach ((int start, int size) in new[] { (8, 36), (12, 32), (16, 0) })
        {
            if (BinaryPrimitives.ReadUInt32BigEndian(blob[start..]) > at)
            {
                Adjust(blob, start, difference);
            }
            else if (size != 0 && BinaryPrimitives.ReadUInt32BigEndian(blob[start..])
                + BinaryPrimitives.ReadUInt32BigEndian(blob[size..]) > at)
            {
                Adjust(blob, size, difference);
            }
        }
    }

    private static void Adjust(Span<byte> blob, int field, int difference) =>
        BinaryPrimitives.WriteUInt32BigEndian(
            blob[field..], BinaryPrimitives.ReadUInt32BigEndian(blob[field..]) + (uint)difference);

    private static void WriteWord(Span<byte> blob, int at, uint value)
    {
        if (at + 4 <= blob.Length)
        {
            BinaryPrimitives.WriteUInt32BigEndian(blob[at..], value);
        }
    }

    /// <summary>A number below a limit: SplitMix64.</summary>
    private int Next(int limit)
    {
        state += 0x9E3779B97F4A7C15;
        ulong mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (int)((mixed ^ (mixed >> 31)) % (uint)limit);
    }
}
