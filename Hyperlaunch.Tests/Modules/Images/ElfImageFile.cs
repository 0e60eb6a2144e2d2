using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;

namespace Hyperlaunch.Tests.Modules.Images;

/// <summary>Writes ELF kernels of both classes, right ones and wrong ones.</summary>
internal sealed class ElfImageFile(bool is64 = true)
{
    private readonly List<(uint Type, ulong Address, byte[] Content, ulong MemorySize, ulong Align)> _segments = [];
    private readonly List<byte[]> _noteSections = [];

    public int ProgramHeaders => is64 ? 64 : 52;

    public int ProgramHeaderSize => is64 ? 56 : 32;

    public static ElfImageFile Kernel(bool is64 = true, uint entry = 0x100_0100)
        => new ElfImageFile(is64)
            .Load(0x100_0000, Pattern(0x3000, 3), 0x3000)
            .Load(0x110_0000, Pattern(0x1234, 5), 0x8000)
            .Notes(Note("GNU", 3, [1, 2, 3, 4, 5]), Note("Xen", 6, Encoding.ASCII.GetBytes("linux\0")), Entry(entry));

    public static byte[] Pattern(int length, int seed)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
        {
            bytes[i] = (byte)((i * seed) + 1);
        }

        return bytes;
    }

    public static byte[] Entry(uint address) => Note("Xen", 18, BitConverter.GetBytes(address));

    public static byte[] Relocation(params uint[] values)
    {
        byte[] content = new byte[values.Length * 4];
        Buffer.BlockCopy(values, 0, content, 0, content.Length);
        return Note("Xen", 19, content);
    }

    public static byte[] Note(string name, uint type, byte[] content)
    {
        int nameSize = name.Length + 1;
        int contentStart = 12 + ((nameSize + 3) & ~3);
        byte[] note = new byte[contentStart + ((content.Length + 3) & ~3)];
        BinaryPrimitives.WriteInt32LittleEndian(note, nameSize);
        BinaryPrimitives.WriteInt32LittleEndian(note.AsSpan(4), content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(note.AsSpan(8), type);
        Encoding.ASCII.GetBytes(name, note.AsSpan(12));
        content.CopyTo(note, contentStart);
        return note;
    }

    public ElfImageFile Load(ulong address, byte[] content, ulong memorySize, ulong align = 0x20_0000)
        => Segment(1, address, content, memorySize, align);

    public ElfImageFile Notes(params byte[][] notes)
    {
        byte[] all = Concat(notes);
        return Segment(4, 0, all, (ulong)all.Length, 4);
    }

    public ElfImageFile NoteSection(params byte[][] notes)
    {
        _noteSections.Add(Concat(notes));
        return this;
    }

    public byte[] Build()
    {
        int sectionHeaderSize = is64 ? 64 : 40;
        var bytes = new List<byte>(new byte[ProgramHeaders + (_segments.Count * ProgramHeaderSize)]);
        var offsets = new List<int>();
        foreach ((_, _, byte[] content, _, _) in _segments)
        {
            offsets.Add(bytes.Count);
            bytes.AddRange(content);
        }

        var sectionOffsets = new List<int>();
        foreach (byte[] section in _noteSections)
        {
            sectionOffsets.Add(bytes.Count);
            bytes.AddRange(section);
        }

        int sectionTable = bytes.Count;
        bytes.AddRange(new byte[_noteSections.Count * sectionHeaderSize]);
        byte[] file = [.. bytes];
        WriteHeader(file, sectionTable, sectionHeaderSize);
        for (int i = 0; i < _segments.Count; i++)
        {
            WriteProgramHeader(file.AsSpan(ProgramHeaders + (i * ProgramHeaderSize)), _segments[i], (ulong)offsets[i]);
        }

        for (int i = 0; i < _noteSections.Count; i++)
        {
            Span<byte> header = file.AsSpan(sectionTable + (i * sectionHeaderSize));
            BinaryPrimitives.WriteUInt32LittleEndian(header[4..], 7);
            WriteWord(header, is64 ? 24 : 16, (ulong)sectionOffsets[i]);
            WriteWord(header, is64 ? 32 : 20, (ulong)_noteSections[i].Length);
        }

        return file;
    }

    private static byte[] Concat(byte[][] parts)
    {
        var all = new List<byte>();
        Array.ForEach(parts, all.AddRange);
        return [.. all];
    }

    private ElfImageFile Segment(uint type, ulong address, byte[] content, ulong memorySize, ulong align)
    {
        _segments.Add((type, address, content, memorySize, align));
        return this;
    }

    private void WriteHeader(Span<byte> file, int sectionTable, int sectionHeaderSize)
    {
        "\u007FELF"u8.CopyTo(file);
        file[4] = (byte)(is64 ? 2 : 1);
        file[5] = 1;
        file[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(file[16..], 2);
        BinaryPrimitives.WriteUInt16LittleEndian(file[18..], (ushort)(is64 ? 62 : 3));
        WriteWord(file, is64 ? 32 : 28, (ulong)ProgramHeaders);
        WriteWord(file, is64 ? 40 : 32, (ulong)sectionTable);
        BinaryPrimitives.WriteUInt16LittleEndian(file[(is64 ? 54 : 42)..], (ushort)ProgramHeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(file[(is64 ? 56 : 44)..], (ushort)_segments.Count);
        BinaryPrimitives.WriteUInt16LittleEndian(file[(is64 ? 58 : 46)..], (ushort)sectionHeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(file[(is64 ? 60 : 48)..], (ushort)_noteSections.Count);
    }

    private void WriteProgramHeader(
        Span<byte> header, (uint Type, ulong Address, byte[] Content, ulong MemorySize, ulong Align) segment, ulong offset)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, segment.Type);
        WriteWord(header, is64 ? 8 : 4, offset);
        WriteWord(header, is64 ? 16 : 8, segment.Address + 0xC000_0000);
        WriteWord(header, is64 ? 24 : 12, segment.Address);
        WriteWord(header, is64 ? 32 : 16, (ulong)segment.Content.Length);
        WriteWord(header, is64 ? 40 : 20, segment.MemorySize);
        WriteWord(header, is64 ? 48 : 28, segment.Align);
    }

    private void WriteWord(Span<byte> bytes, int offset, ulong value)
    {
        if (is64)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[offset..], value);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[offset..], (uint)value);
        }
    }
}
