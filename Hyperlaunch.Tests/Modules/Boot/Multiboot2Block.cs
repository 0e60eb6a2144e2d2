using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;

namespace Hyperlaunch.Tests.Modules.Boot;

/// <summary>Writes Multiboot2 information blocks, right ones and wrong ones.</summary>
internal sealed class Multiboot2Block
{
    private readonly List<byte> _bytes = [0, 0, 0, 0, 0, 0, 0, 0];

    public int NextOffset => _bytes.Count;

    public static Multiboot2Block WithMemory() => new Multiboot2Block().Map((0x10_0000, 0x1000_0000, 1));

    public Multiboot2Block Tag(uint type, ReadOnlySpan<byte> content, int sizeError = 0)
    {
        Add32(type);
        Add32((uint)(content.Length + 8 + sizeError));
        _bytes.AddRange(content);
        while (_bytes.Count % 8 != 0)
        {
            _bytes.Add(0xEE);
        }

        return this;
    }

    public Multiboot2Block Text(uint type, string text) => Tag(type, Encoding.Latin1.GetBytes(text + "\0"));

    public Multiboot2Block Module(uint start, uint end, string text)
    {
        byte[] content = new byte[8 + text.Length + 1];
        BinaryPrimitives.WriteUInt32LittleEndian(content, start);
        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(4), end);
        Encoding.Latin1.GetBytes(text, content.AsSpan(8));
        return Tag(3, content);
    }

    public Multiboot2Block Map(params (ulong Start, ulong Length, uint Type)[] entries) => Map(24, entries);

    public Multiboot2Block Map(int entrySize, params (ulong Start, ulong Length, uint Type)[] entries)
    {
        byte[] content = new byte[8 + (entries.Length * Math.Max(entrySize, 24))];
        BinaryPrimitives.WriteUInt32LittleEndian(content, (uint)entrySize);
        for (int i = 0; i < entries.Length; i++)
        {
            Span<byte> entry = content.AsSpan(8 + (i * Math.Max(entrySize, 24)));
            BinaryPrimitives.WriteUInt64LittleEndian(entry, entries[i].Start);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], entries[i].Length);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[16..], entries[i].Type);
        }

        return Tag(6, content);
    }

    public Multiboot2Block BasicMemory(uint lower, uint upper)
    {
        byte[] content = new byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(content, lower);
        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(4), upper);
        return Tag(4, content);
    }

    public Multiboot2Block Screen(ulong address, uint pitch, uint width, uint height, byte depth, byte type)
    {
        byte[] content = new byte[24];
        BinaryPrimitives.WriteUInt64LittleEndian(content, address);
        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(8), pitch);
        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(12), width);
        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(16), height);
        content[20] = depth;
        content[21] = type;
        return Tag(8, content);
    }

    public byte[] End()
    {
        Tag(0, []);
        return WithoutEnd();
    }

    public byte[] WithoutEnd()
    {
        byte[] block = [.. _bytes];
        BinaryPrimitives.WriteUInt32LittleEndian(block, (uint)block.Length);
        return block;
    }

    private void Add32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _bytes.AddRange(bytes);
    }
}
