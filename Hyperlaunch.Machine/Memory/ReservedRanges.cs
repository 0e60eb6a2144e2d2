using System;

namespace Hyperlaunch.Machine.Memory;

/// <summary>
/// The ranges of memory that hold something and must not be given to anyone: sorted, disjoint, in a table of fixed size.
/// Everything that the boot loader put anywhere is entered before the first allocation.
/// </summary>
public sealed class ReservedRanges
{
    /// <summary>
    /// The first MiB: the real-mode vectors, the firmware's data areas, the screen, and the pages that other CPUs start in.
    /// </summary>
    public static readonly MemoryRange LowMemory = MemoryRange.FromLength(0, 0x10_0000);

    private readonly MemoryRange[] _ranges;
    private int _count;

    /// <summary>Makes an empty table.</summary>
    /// <param name="capacity">How many separate ranges it can hold.</param>
    public ReservedRanges(int capacity)
    {
        _ranges = new MemoryRange[capacity];
    }

    /// <summary>The ranges, sorted by address and disjoint.</summary>
    public ReadOnlySpan<MemoryRange> Ranges => _ranges.AsSpan(0, _count);

    /// <summary>Adds a range, rounded outwards to pages and joined with the ranges that it touches.</summary>
    /// <returns>False when the table is full.</returns>
    public bool TryAdd(MemoryRange range)
    {
        ulong start = SafeSize.AlignDown(range.Start, PageSizes.Page);
        ulong end = SafeSize.AlignUp(range.End, PageSizes.Page);
        if (range.IsEmpty || start >= end)
        {
            return true;
        }

        int first = 0;
        while (first < _count && _ranges[first].End < start)
        {
            first++;
        }

        int after = first;
        while (after < _count && _ranges[after].Start <= end)
        {
            start = Math.Min(start, _ranges[after].Start);
            end = Math.Max(end, _ranges[after].End);
            after++;
        }

        if (after == first && _count == _ranges.Length)
        {
            return false;
        }

        Array.Copy(_ranges, after, _ranges, first + 1, _count - after);
        _ranges[first] = MemoryRange.FromEnd(start, end);
        _count += first + 1 - after;
        return true;
    }
}
