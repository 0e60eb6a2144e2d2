using System;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Modules.Images;

/// <summary>
/// An ELF kernel with a PVH entry note (System V ABI, chapters 4 and 5; xen/include/public/elfnote.h for the notes' meaning).
/// Holding one that was parsed proves that every segment's bytes lie inside its bytes, that no two segments overlap in memory,
/// that all of them lie below 4 GiB, and that the entry is in one of them.
/// </summary>
public readonly ref struct ElfImage
{
    private const ulong DefaultAlignment = PageSizes.Chunk;

    private readonly ElfFile _file;

    private ElfImage(ElfFile file, ulong start, ulong end, ulong largestAlignment)
    {
        _file = file;
        Start = start;
        End = end;
        Entry = 0;
        IsRelocatable = false;
        Alignment = largestAlignment;
        LowestAddress = 0;
        HighestAddress = PageSizes.FourGigabytes - 1;
    }

    private ElfImage(ElfImage segments, ElfPvhNotes notes)
    {
        this = segments;
        Entry = notes.Entry;
        IsRelocatable = notes.HasRelocation;
        Alignment = notes.Alignment != 0 ? notes.Alignment
            : segments.Alignment >= PageSizes.Page ? segments.Alignment : DefaultAlignment;
        LowestAddress = notes.LowestAddress;
        HighestAddress = notes.HighestAddress;
    }

    /// <summary>The lowest physical address of a segment.</summary>
    public ulong Start { get; }

    /// <summary>The address after the highest one of a segment, at most 4 GiB.</summary>
    public ulong End { get; }

    /// <summary>The physical address of the 32-bit entry, for the image loaded at <see cref="Start"/> (note 18).</summary>
    public ulong Entry { get; }

    /// <summary>Whether it may be loaded elsewhere (note 19).</summary>
    public bool IsRelocatable { get; }

    /// <summary>What the distance from <see cref="Start"/> must be a multiple of, a power of two.</summary>
    public ulong Alignment { get; }

    /// <summary>The lowest address that a relocated image may have.</summary>
    public ulong LowestAddress { get; }

    /// <summary>The highest address that a byte of a relocated image may have.</summary>
    public ulong HighestAddress { get; }

    /// <summary>How many program headers there are; not all of them are loaded.</summary>
    public int HeaderCount => _file.HeaderCount;

    /// <summary>Bytes that it takes in memory beyond its own size.</summary>
    public ulong Headroom => SafeSize.Subtract(End - Start, _file.Length);

    /// <summary>Whether the bytes have the ELF magic number, whatever else is wrong with them.</summary>
    public static bool IsOne(ReadOnlySpan<byte> bytes) => ElfFile.HasMagic(bytes);

    /// <summary>Checks a file.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="image">What it asks for.</param>
    /// <param name="problem">When it is no such kernel, why.</param>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out ElfImage image, out ImageProblem problem)
    {
        image = default;
        if (!ElfFile.TryParse(bytes, out ElfFile file, out problem)
            || !TryCheckSegments(file, out ElfImage segments, out problem)
            || !ElfPvhNotes.TryFind(file, out ElfPvhNotes notes, out problem))
        {
            return false;
        }

        var candidate = new ElfImage(segments, notes);
        if (!candidate.IsEntryLoaded())
        {
            problem = new ImageProblem(ImageProblemKind.ElfEntry, notes.EntryOffset, notes.Entry);
            return false;
        }

        if (candidate.IsRelocatable && candidate.LowestAddress > candidate.HighestAddress)
        {
            problem = new ImageProblem(
                ImageProblemKind.ElfRelocation, notes.RelocationOffset, notes.Alignment, notes.HighestAddress);
            return false;
        }

        image = candidate;
        return true;
    }

    /// <summary>Gives the segment of a program header.</summary>
    /// <param name="header">From 0 to <see cref="HeaderCount"/> - 1.</param>
    /// <param name="segment">The segment.</param>
    /// <returns>False when this header describes nothing to be loaded.</returns>
    public bool TryGetSegment(int header, out ElfSegment segment)
    {
        segment = default;
        ElfProgramHeader described = _file.GetHeader(header);
        if (!described.IsLoaded)
        {
            return false;
        }

        segment = new ElfSegment(
            described.Address, described.MemorySize, _file.Bytes.Slice((int)described.Offset, (int)described.FileSize));
        return true;
    }

    private static bool TryCheckSegments(ElfFile file, out ElfImage segments, out ImageProblem problem)
    {
        segments = default;
        problem = default;
        ulong start = ulong.MaxValue;
        ulong end = 0;
        ulong alignment = 0;
        for (int i = 0; i < file.HeaderCount; i++)
        {
            ElfProgramHeader header = file.GetHeader(i);
            if (!header.IsLoaded)
            {
                continue;
            }

            problem = FindSegmentProblem(file, i, header);
            if (problem.Kind != ImageProblemKind.None)
            {
                return false;
            }

            start = Math.Min(start, header.Address);
            end = Math.Max(end, header.Address + header.MemorySize);
            alignment = SafeSize.IsPowerOfTwo(header.Alignment) ? Math.Max(alignment, header.Alignment) : alignment;
        }

        if (end <= start)
        {
            problem = new ImageProblem(ImageProblemKind.ElfNoSegment);
            return false;
        }

        segments = new ElfImage(file, start, end, alignment);
        return true;
    }

    private static ImageProblem FindSegmentProblem(ElfFile file, int index, ElfProgramHeader header)
    {
        ulong offset = file.OffsetOfHeader(index);
        if (!SafeSize.Fits(header.Offset, header.FileSize, file.Length))
        {
            return new ImageProblem(
                ImageProblemKind.ElfSegmentBounds, offset, SafeSize.Add(header.Offset, header.FileSize), file.Length);
        }

        if (header.FileSize > header.MemorySize)
        {
            return new ImageProblem(ImageProblemKind.ElfSegmentSize, offset, header.FileSize, header.MemorySize);
        }

        if (!SafeSize.Fits(header.Address, header.MemorySize, PageSizes.FourGigabytes))
        {
            return new ImageProblem(ImageProblemKind.ElfSegmentAddress, offset, header.Address, header.MemorySize);
        }

        for (int i = 0; i < index; i++)
        {
            ElfProgramHeader other = file.GetHeader(i);
            if (other.IsLoaded && header.Address < other.Address + other.MemorySize
                && other.Address < header.Address + header.MemorySize)
            {
                return new ImageProblem(ImageProblemKind.ElfSegmentOverlap, offset, header.Address, other.Address);
            }
        }

        return default;
    }

    private bool IsEntryLoaded()
    {
        for (int i = 0; i < _file.HeaderCount; i++)
        {
            ElfProgramHeader header = _file.GetHeader(i);
            if (header.IsLoaded && Entry >= header.Address && Entry - header.Address < header.FileSize)
            {
                return true;
            }
        }

        return false;
    }
}
