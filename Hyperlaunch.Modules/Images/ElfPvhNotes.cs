using System;
using System.Buffers.Binary;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Modules.Images;

/// <summary>
/// What an ELF kernel's Xen notes say about its PVH entry (System V ABI, chapter 5, "Note Section"). The program headers' notes
/// are searched first; stripped tools leave them out at times, and then the sections' notes are.
/// </summary>
internal struct ElfPvhNotes
{
    /// <summary>The most notes that are looked at.</summary>
    public const int MaximumNotes = 256;

    /// <summary>The most section headers that are looked at.</summary>
    public const int MaximumSections = 1024;

    private const uint TypeEntry = 18;
    private const uint TypeRelocation = 19;
    private const int NoteHeaderSize = 12;
    private const ulong NoteAlignment = 4;
    private const ulong DefaultHighest = 0xFFFF_FFFF;

    private int _seen;

    /// <summary>The physical address of the entry.</summary>
    public ulong Entry { get; private set; }

    /// <summary>Where the entry's note has its value in the file; 0 when there is no such note.</summary>
    public ulong EntryOffset { get; private set; }

    /// <summary>Whether the image may be loaded elsewhere.</summary>
    public bool HasRelocation { get; private set; }

    /// <summary>Where the relocation note has its values in the file.</summary>
    public ulong RelocationOffset { get; private set; }

    /// <summary>The alignment that the relocation note gives; 0 when it gives none.</summary>
    public ulong Alignment { get; private set; }

    /// <summary>The lowest address that a relocated image may have.</summary>
    public ulong LowestAddress { get; private set; }

    /// <summary>The highest address that a byte of a relocated image may have.</summary>
    public ulong HighestAddress { get; private set; }

    /// <summary>Searches a file's notes.</summary>
    public static bool TryFind(ElfFile file, out ElfPvhNotes notes, out ImageProblem problem)
    {
        notes = default;
        notes.HighestAddress = DefaultHighest;
        problem = default;
        for (int i = 0; i < file.HeaderCount; i++)
        {
            ElfProgramHeader header = file.GetHeader(i);
            if (header.IsNote && SafeSize.Fits(header.Offset, header.FileSize, file.Length)
                && !notes.TryScan(file.Bytes.Slice((int)header.Offset, (int)header.FileSize), header.Offset, out problem))
            {
                return false;
            }
        }

        int sections = notes.EntryOffset != 0 ? 0 : Math.Min(file.SectionCount, MaximumSections);
        for (int i = 0; i < sections; i++)
        {
            if (file.TryGetNoteSection(i, out ulong offset, out ReadOnlySpan<byte> section)
                && !notes.TryScan(section, offset, out problem))
            {
                return false;
            }
        }

        if (notes.EntryOffset == 0)
        {
            problem = new ImageProblem(ImageProblemKind.ElfNoPvhNote);
            return false;
        }

        return true;
    }

    /// <summary>
    /// Walks one run of notes. A note that runs past the end ends the walk; a Xen note of a wrong size is a problem.
    /// </summary>
    private bool TryScan(ReadOnlySpan<byte> bytes, ulong fileOffset, out ImageProblem problem)
    {
        problem = default;
        ulong position = 0;
        while (_seen < MaximumNotes && SafeSize.Fits(position, NoteHeaderSize, (ulong)bytes.Length))
        {
            _seen++;
            ReadOnlySpan<byte> header = bytes.Slice((int)position);
            uint nameSize = BinaryPrimitives.ReadUInt32LittleEndian(header);
            uint valueSize = BinaryPrimitives.ReadUInt32LittleEndian(header.Slice(4));
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(header.Slice(8));
            ulong name = position + NoteHeaderSize;
            ulong value = SafeSize.AlignUp(name + nameSize, NoteAlignment);
            if (!SafeSize.Fits(value, valueSize, (ulong)bytes.Length))
            {
                return true;
            }

            bool isXen = bytes.Slice((int)name, (int)nameSize).SequenceEqual("Xen\0"u8);
            ReadOnlySpan<byte> content = bytes.Slice((int)value, (int)valueSize);
            if (isXen && type == TypeEntry && EntryOffset == 0 && !TryTakeEntry(content, fileOffset + value, out problem))
            {
                return false;
            }

            if (isXen && type == TypeRelocation && !HasRelocation && !TryTakeRelocation(content, fileOffset + value, out problem))
            {
                return false;
            }

            position = SafeSize.AlignUp(value + valueSize, NoteAlignment);
        }

        return true;
    }

    private bool TryTakeEntry(ReadOnlySpan<byte> content, ulong offset, out ImageProblem problem)
    {
        problem = default;
        if (content.Length != sizeof(uint) && content.Length != sizeof(ulong))
        {
            problem = new ImageProblem(ImageProblemKind.ElfPvhNoteSize, offset, (ulong)content.Length, sizeof(uint));
            return false;
        }

        Entry = content.Length == sizeof(uint)
            ? BinaryPrimitives.ReadUInt32LittleEndian(content)
            : BinaryPrimitives.ReadUInt64LittleEndian(content);
        EntryOffset = offset;
        return true;
    }

    /// <summary>Up to three numbers: alignment, lowest address, highest address.</summary>
    private bool TryTakeRelocation(ReadOnlySpan<byte> content, ulong offset, out ImageProblem problem)
    {
        problem = default;
        HasRelocation = true;
        RelocationOffset = offset;
        Alignment = content.Length >= sizeof(uint) ? BinaryPrimitives.ReadUInt32LittleEndian(content) : 0;
        LowestAddress = content.Length >= 2 * sizeof(uint) ? BinaryPrimitives.ReadUInt32LittleEndian(content.Slice(4)) : 0;
        HighestAddress = content.Length >= 3 * sizeof(uint)
            ? BinaryPrimitives.ReadUInt32LittleEndian(content.Slice(8))
            : DefaultHighest;
        bool isRight = Alignment == 0 || (SafeSize.IsPowerOfTwo(Alignment) && Alignment >= PageSizes.Page);
        if (!isRight)
        {
            problem = new ImageProblem(ImageProblemKind.ElfRelocation, offset, Alignment, HighestAddress);
        }

        return isRight;
    }
}
