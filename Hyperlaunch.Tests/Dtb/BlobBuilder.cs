using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;

namespace Hyperlaunch.Tests.Dtb;

/// <summary>Lays out flattened device trees token by token, right or wrong: it checks nothing.</summary>
internal sealed class BlobBuilder
{
    private readonly List<byte> structure = [];
    private readonly List<byte> strings = [];
    private readonly Dictionary<string, uint> offsets = [];
    private readonly List<(ulong Address, ulong Size)> reservations = [];

    public uint Version { get; set; } = 17;

    public uint LastCompatibleVersion { get; set; } = 16;

    public uint BootCpu { get; set; }

    /// <summary>The order of the blocks: r(eservations), s(tructure), t(ext, the strings).</summary>
    public string Order { get; set; } = "rst";

    /// <summary>Zero bytes between blocks and at the end, a multiple of 8 unless misalignment is wanted.</summary>
    public int Gap { get; set; }

    /// <summary>NOP tokens before each token but END.</summary>
    public int NopsBeforeTokens { get; set; }

    public static byte[] Cells(params uint[] cells)
    {
        byte[] bytes = new byte[cells.Length * 4];
        for (int i = 0; i < cells.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(i * 4), cells[i]);
        }

        return bytes;
    }

    public static byte[] Text(params string[] strings)
        => Encoding.Latin1.GetBytes(string.Concat(Array.ConvertAll(strings, s => s + "\0")));

    /// <summary>Changes one big-endian word of a blob.</summary>
    public static byte[] Patch(byte[] blob, int offset, uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(blob.AsSpan(offset), value);
        return blob;
    }

    public BlobBuilder Reserve(ulong address, ulong size)
    {
        reservations.Add((address, size));
        return this;
    }

    public BlobBuilder Begin(string name)
    {
        Nops();
        return Word(1).Raw(Text(name)).Align();
    }

    public BlobBuilder End()
    {
        Nops();
        return Word(2);
    }

    public BlobBuilder Property(string name, params byte[] value)
    {
        if (!offsets.TryGetValue(name, out uint offset))
        {
            offset = Intern(name);
            offsets.Add(name, offset);
        }

        return Property(offset, value);
    }

    public BlobBuilder Property(uint nameOffset, params byte[] value)
    {
        Nops();
        return Word(3).Word((uint)value.Length).Word(nameOffset).Raw(value).Align();
    }

    /// <summary>Adds a name to the strings block, again if it is there.</summary>
    public uint Intern(string name)
    {
        uint offset = (uint)strings.Count;
        strings.AddRange(Text(name));
        return offset;
    }

    /// <summary>Adds bytes to the strings block.</summary>
    public BlobBuilder RawStrings(params byte[] bytes)
    {
        strings.AddRange(bytes);
        return this;
    }

    public BlobBuilder Word(uint token) => Raw(Cells(token));

    public BlobBuilder Raw(params byte[] bytes)
    {
        structure.AddRange(bytes);
        return this;
    }

    /// <summary>The blob, with an END token unless told otherwise.</summary>
    public byte[] Build(bool end = true)
    {
        if (end)
        {
            Word(9);
        }

        int headerSize = Version >= 17 ? 40 : 36;
        List<byte> blob = [];
        blob.AddRange(new byte[headerSize]);
        Dictionary<char, uint> start = [];
        foreach (char block in Order)
        {
            PadTo(blob, block == 'r' ? 8 : block == 's' ? 4 : 1);
            blob.AddRange(new byte[Gap]);
            start[block] = (uint)blob.Count;
            blob.AddRange(block switch
            {
                'r' => ReservationBlock(),
                's' => structure.ToArray(),
                _ => strings.ToArray(),
            });
        }

        blob.AddRange(new byte[Gap]);
        byte[] bytes = blob.ToArray();
        uint[] header =
        [
            0xD00DFEED, (uint)bytes.Length, start['s'], start['t'], start['r'], Version, LastCompatibleVersion, BootCpu,
            (uint)strings.Count, (uint)structure.Count,
        ];
        Cells(header).AsSpan(0, headerSize).CopyTo(bytes);
        return bytes;
    }

    private byte[] ReservationBlock()
    {
        byte[] block = new byte[(reservations.Count + 1) * 16];
        for (int i = 0; i < reservations.Count; i++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(block.AsSpan(i * 16), reservations[i].Address);
            BinaryPrimitives.WriteUInt64BigEndian(block.AsSpan((i * 16) + 8), reservations[i].Size);
        }

        return block;
    }

    private BlobBuilder Align()
    {
        PadTo(structure, 4);
        return this;
    }

    private void Nops()
    {
        for (int i = 0; i < NopsBeforeTokens; i++)
        {
            Word(4);
        }
    }

    private static void PadTo(List<byte> stream, int alignment)
    {
        while (stream.Count % alignment != 0)
        {
            stream.Add(0);
        }
    }
}
