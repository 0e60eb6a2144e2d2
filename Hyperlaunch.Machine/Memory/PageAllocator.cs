using System;

namespace Hyperlaunch.Machine.Memory;

/// <summary>
/// The machine's free memory. A sorted table of free ranges, of fixed size, so that nothing is allocated after construction and
/// nothing is written into the memory it hands out.
/// <para>
/// A domain gets few, large, 2 MiB-aligned runs: the smallest free range that holds all of it, else the largest ones after each
/// other; always from a range's upper end. The smallest keeps the large ranges whole for large domains; the upper end leaves the
/// memory below 4 GiB, which devices with 32-bit addresses need, for last. Page tables come from the lower end of the smallest
/// range that holds them, which are the odd pieces beside the aligned runs.
/// </para>
/// <para>Not synchronized: the caller holds the lock of domain creation.</para>
/// </summary>
public sealed class PageAllocator
{
    private readonly MemoryRange[] _free;
    private readonly MemoryRange[] _usable;
    private readonly MemoryRange[] _permanent;
    private readonly int _maximumAllocations;
    private int _releasesLeft;
    private int _count;
    private int _allocations;

    /// <summary>Makes an allocator of everything usable that is not reserved.</summary>
    /// <param name="map">The machine's memory, sorted and disjoint, as <see cref="MemoryMap.Sanitise"/> makes it.</param>
    /// <param name="reserved">
    /// What must not be given out now, sorted and disjoint, as in <see cref="ReservedRanges.Ranges"/>.
    /// </param>
    /// <param name="maximumAllocations">
    /// How many allocations may be held at a time. Free ranges are kept apart by what is not usable, by what is reserved and by
    /// allocations, so their number bounds the table, and giving memory back always succeeds.
    /// </param>
    /// <param name="maximumReleases">
    /// How often reserved memory may be released: each release leaves at most one reserved range more than there was, its two
    /// ends.
    /// </param>
    /// <param name="permanent">What of the reserved memory is never released, sorted and disjoint.</param>
    public PageAllocator(
        ReadOnlySpan<MemoryMapEntry> map,
        ReadOnlySpan<MemoryRange> reserved,
        int maximumAllocations,
        int maximumReleases = 0,
        ReadOnlySpan<MemoryRange> permanent = default)
    {
        _maximumAllocations = maximumAllocations;
        _releasesLeft = maximumReleases;
        _permanent = permanent.ToArray();
        _usable = new MemoryRange[map.Length];
        _free = new MemoryRange[map.Length + reserved.Length + permanent.Length + maximumAllocations + maximumReleases + 2];
        for (int i = 0; i < map.Length; i++)
        {
            if (map[i].Kind == MemoryKind.Usable)
            {
                _usable[i] = InnerPages(map[i].Range);
                AddUsable(_usable[i], reserved);
            }
        }

        TotalBytes = FreeBytes;
    }

    /// <summary>Bytes under this allocator's rule: usable and not reserved at the start, or released later.</summary>
    public ulong TotalBytes { get; private set; }

    /// <summary>Free bytes.</summary>
    public ulong FreeBytes { get; private set; }

    /// <summary>How many pieces the free memory is in.</summary>
    public int FreeRangeCount => _count;

    /// <summary>The free memory, sorted by address; no two ranges touch.</summary>
    public ReadOnlySpan<MemoryRange> FreeRanges => _free.AsSpan(0, _count);

    /// <summary>Free bytes in whole, aligned 2 MiB chunks: what domains can be given.</summary>
    public ulong FreeChunkBytes => FreeChunkBytesBelow(ulong.MaxValue);

    /// <summary>Where the machine's memory ends.</summary>
    public ulong End
    {
        get
        {
            ulong end = 0;
            for (int i = 0; i < _usable.Length; i++)
            {
                end = Math.Max(end, _usable[i].End);
            }

            return end;
        }
    }

    /// <summary>Whether some of a range is the machine's memory, free or not.</summary>
    public bool IsMemory(MemoryRange range)
    {
        bool isMemory = false;
        for (int i = 0; i < _usable.Length; i++)
        {
            isMemory |= _usable[i].Overlaps(range);
        }

        return isMemory;
    }

    /// <summary>Takes neighbouring pages; their content is whatever was there.</summary>
    /// <param name="count">How many pages of 4 KiB.</param>
    /// <param name="pages">The pages.</param>
    /// <returns>False when no free range is large enough, or too many allocations are held.</returns>
    public bool TryAllocatePages(ulong count, out MemoryRange pages)
    {
        pages = default;
        if (count == 0 || count > FreeBytes / PageSizes.Page || _allocations == _maximumAllocations)
        {
            return false;
        }

        ulong bytes = count * PageSizes.Page;
        int best = -1;
        for (int i = 0; i < _count; i++)
        {
            if (_free[i].Length >= bytes && (best < 0 || _free[i].Length < _free[best].Length))
            {
                best = i;
            }
        }

        if (best < 0)
        {
            return false;
        }

        pages = MemoryRange.FromLength(_free[best].Start, bytes);
        Take(best, pages);
        return true;
    }

    /// <summary>Takes memory for a domain, in as few 2 MiB-aligned runs as there can be; all of it or none.</summary>
    /// <param name="bytes">How much; a multiple of 2 MiB.</param>
    /// <param name="runs">Receives the runs; its length is the most that the caller can use.</param>
    /// <param name="count">How many runs it became.</param>
    /// <returns>False when there is too little free memory, or it is in too many pieces; then nothing has been taken.</returns>
    public bool TryAllocateRuns(ulong bytes, Span<MemoryRange> runs, out int count)
        => TryAllocateRuns(bytes, ulong.MaxValue, runs, out count);

    /// <summary>
    /// The same for a domain whose devices reach its memory by the machine's addresses, and some of them only the first 4 GiB:
    /// as much as there is from there, the rest from above. The runs rise.
    /// </summary>
    public bool TryAllocateDirectRuns(ulong bytes, Span<MemoryRange> runs, out int count)
    {
        count = 0;
        ulong low = Math.Min(bytes, FreeChunkBytesBelow(PageSizes.FourGigabytes));
        if (low != 0 && !TryAllocateRuns(low, PageSizes.FourGigabytes, runs, out count))
        {
            return false;
        }

        if (low != bytes)
        {
            if (!TryAllocateRuns(bytes - low, runs.Slice(count), out int high))
            {
                FreeAll(runs.Slice(0, count));
                count = 0;
                return false;
            }

            count += high;
        }

        Sort(runs.Slice(0, count));
        return true;
    }

    private bool TryAllocateRuns(ulong bytes, ulong limit, Span<MemoryRange> runs, out int count)
    {
        count = 0;
        if (bytes == 0 || bytes != SafeSize.AlignDown(bytes, PageSizes.Chunk))
        {
            return false;
        }

        ulong missing = bytes;
        while (missing != 0)
        {
            int best = FindRun(missing, limit);
            if (best < 0 || count == runs.Length || _allocations == _maximumAllocations)
            {
                FreeAll(runs.Slice(0, count));
                count = 0;
                return false;
            }

            MemoryRange aligned = AlignedRun(_free[best], limit);
            ulong taken = Math.Min(aligned.Length, missing);
            MemoryRange run = MemoryRange.FromLength(aligned.End - taken, taken);
            Take(best, run);
            runs[count++] = run;
            missing -= taken;
        }

        return true;
    }

    /// <summary>Gives back memory that one allocation returned, whole.</summary>
    /// <exception cref="InvalidOperationException">A broken invariant of the caller: some of it is free already.</exception>
    public void Free(MemoryRange range)
    {
        if (_allocations == 0)
        {
            throw new InvalidOperationException("PageAllocator: more allocations were freed than made.");
        }

        _allocations--;
        Insert(range);
    }

    /// <summary>Gives back several.</summary>
    public void FreeAll(ReadOnlySpan<MemoryRange> ranges)
    {
        for (int i = 0; i < ranges.Length; i++)
        {
            Free(ranges[i]);
        }
    }

    /// <summary>Gives out nothing from an address on any more, of what is free now and of what is released later.</summary>
    /// <param name="end">The address.</param>
    public void Limit(ulong end)
    {
        ulong last = SafeSize.AlignDown(end, PageSizes.Page);
        for (int i = 0; i < _usable.Length; i++)
        {
            _usable[i] = MemoryRange.FromEnd(_usable[i].Start, Math.Min(_usable[i].End, last));
        }

        ulong before = FreeBytes;
        for (int i = _count - 1; i >= 0 && _free[i].End > last; i--)
        {
            MemoryRange kept = MemoryRange.FromEnd(_free[i].Start, last);
            FreeBytes -= _free[i].Length - kept.Length;
            _free[i] = kept;
            _count -= kept.IsEmpty ? 1 : 0;
        }

        TotalBytes -= before - FreeBytes;
    }

    /// <summary>Takes a range out of the free memory where it lies.</summary>
    /// <param name="range">The range, of whole pages.</param>
    /// <returns>False when not all of it is free, or too many allocations are held.</returns>
    public bool TryReserve(MemoryRange range)
    {
        for (int i = 0; i < _count; i++)
        {
            if (!range.IsEmpty && _free[i].Contains(range) && _allocations < _maximumAllocations)
            {
                Take(i, range);
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Frees memory that was reserved at the start and is no longer needed, such as a boot module after launch: the whole pages
    /// inside the range that are usable memory, not reserved for good, and not free already. So ranges that overlap, or that the
    /// boot loader described wrongly, do no harm.
    /// </summary>
    /// <returns>How many bytes became free.</returns>
    /// <exception cref="InvalidOperationException">
    /// A broken invariant of the caller: more releases than were announced.
    /// </exception>
    public ulong Release(MemoryRange range)
    {
        if (_releasesLeft == 0)
        {
            throw new InvalidOperationException("PageAllocator: more memory was released than announced.");
        }

        _releasesLeft--;
        ulong before = FreeBytes;
        for (int i = 0; i < _usable.Length; i++)
        {
            MemoryRange pages = InnerPages(range);
            ReleaseUsable(MemoryRange.FromEnd(Math.Max(pages.Start, _usable[i].Start), Math.Min(pages.End, _usable[i].End)));
        }

        TotalBytes += FreeBytes - before;
        return FreeBytes - before;
    }

    private static MemoryRange InnerPages(MemoryRange range)
        => MemoryRange.FromEnd(SafeSize.AlignUp(range.Start, PageSizes.Page), SafeSize.AlignDown(range.End, PageSizes.Page));

    private static MemoryRange AlignedRun(MemoryRange range, ulong limit)
        => MemoryRange.FromEnd(
            SafeSize.AlignUp(range.Start, PageSizes.Chunk), SafeSize.AlignDown(Math.Min(range.End, limit), PageSizes.Chunk));

    /// <summary>Sorts by address; there are few, and most are in order already.</summary>
    private static void Sort(Span<MemoryRange> runs)
    {
        for (int i = 1; i < runs.Length; i++)
        {
            MemoryRange run = runs[i];
            int place = i;
            for (; place > 0 && runs[place - 1].Start > run.Start; place--)
            {
                runs[place] = runs[place - 1];
            }

            runs[place] = run;
        }
    }

    private ulong FreeChunkBytesBelow(ulong limit)
    {
        ulong bytes = 0;
        for (int i = 0; i < _count; i++)
        {
            bytes += AlignedRun(_free[i], limit).Length;
        }

        return bytes;
    }

    /// <summary>Cuts the reserved ranges out of a usable one.</summary>
    private void AddUsable(MemoryRange usable, ReadOnlySpan<MemoryRange> reserved)
    {
        ulong start = usable.Start;
        ulong end = usable.End;
        for (int i = 0; i < reserved.Length && start < end; i++)
        {
            if (reserved[i].End <= start || reserved[i].Start >= end)
            {
                continue;
            }

            ulong before = SafeSize.AlignDown(reserved[i].Start, PageSizes.Page);
            if (before > start)
            {
                Insert(MemoryRange.FromEnd(start, before));
            }

            start = SafeSize.AlignUp(reserved[i].End, PageSizes.Page);
        }

        if (start < end)
        {
            Insert(MemoryRange.FromEnd(start, end));
        }
    }

    /// <summary>Frees what of usable memory is neither free nor reserved for good, a piece at a time.</summary>
    private void ReleaseUsable(MemoryRange usable)
    {
        ulong position = usable.Start;
        while (position < usable.End)
        {
            ulong skipped = position;
            ulong end = usable.End;
            StepOver(_permanent, ref skipped, ref end);
            StepOver(_free.AsSpan(0, _count), ref skipped, ref end);
            if (skipped != position)
            {
                position = skipped;
                continue;
            }

            Insert(MemoryRange.FromEnd(position, end));
            position = end;
        }
    }

    /// <summary>
    /// Moves a position that lies in one of the ranges to its end, or else an end to the start of the next range.
    /// </summary>
    private static void StepOver(ReadOnlySpan<MemoryRange> ranges, ref ulong position, ref ulong end)
    {
        for (int i = 0; i < ranges.Length; i++)
        {
            ulong start = SafeSize.AlignDown(ranges[i].Start, PageSizes.Page);
            ulong after = SafeSize.AlignUp(ranges[i].End, PageSizes.Page);
            if (start <= position && position < after)
            {
                position = after;
            }
            else if (start > position && start < after)
            {
                end = Math.Min(end, start);
            }
        }
    }

    /// <summary>The smallest range whose aligned run holds all, the higher of two; else the one with the largest run.</summary>
    private int FindRun(ulong bytes, ulong limit)
    {
        int best = -1;
        ulong bestLength = 0;
        for (int i = 0; i < _count; i++)
        {
            ulong length = AlignedRun(_free[i], limit).Length;
            bool isBetter = bestLength >= bytes ? length >= bytes && length <= bestLength : length != 0 && length >= bestLength;
            if (isBetter)
            {
                best = i;
                bestLength = length;
            }
        }

        return best;
    }

    /// <summary>Removes <paramref name="taken"/>, which lies inside range <paramref name="index"/>, from the table.</summary>
    private void Take(int index, MemoryRange taken)
    {
        MemoryRange whole = _free[index];
        MemoryRange before = MemoryRange.FromEnd(whole.Start, taken.Start);
        MemoryRange after = MemoryRange.FromEnd(taken.End, whole.End);
        if (before.IsEmpty && after.IsEmpty)
        {
            RemoveAt(index);
        }
        else if (!before.IsEmpty && !after.IsEmpty)
        {
            MakeRoomAt(index + 1);
            _free[index] = before;
            _free[index + 1] = after;
        }
        else
        {
            _free[index] = before.IsEmpty ? after : before;
        }

        FreeBytes -= taken.Length;
        _allocations++;
    }

    private void Insert(MemoryRange range)
    {
        int index = 0;
        while (index < _count && _free[index].End < range.Start)
        {
            index++;
        }

        bool joinsBefore = index < _count && _free[index].End == range.Start;
        int next = joinsBefore ? index + 1 : index;
        if (range.IsEmpty || (next < _count && _free[next].Start < range.End))
        {
            throw new InvalidOperationException("PageAllocator: memory was freed that is free already.");
        }

        bool joinsAfter = next < _count && _free[next].Start == range.End;
        FreeBytes += range.Length;
        if (joinsBefore && joinsAfter)
        {
            _free[index] = MemoryRange.FromEnd(_free[index].Start, _free[next].End);
            RemoveAt(next);
        }
        else if (joinsBefore)
        {
            _free[index] = MemoryRange.FromEnd(_free[index].Start, range.End);
        }
        else if (joinsAfter)
        {
            _free[next] = MemoryRange.FromEnd(range.Start, _free[next].End);
        }
        else
        {
            MakeRoomAt(index);
            _free[index] = range;
        }
    }

    private void RemoveAt(int index)
    {
        Array.Copy(_free, index + 1, _free, index, _count - index - 1);
        _count--;
    }

    private void MakeRoomAt(int index)
    {
        Array.Copy(_free, index, _free, index + 1, _count - index);
        _count++;
    }
}
