using System;

namespace Hyperlaunch.Machine.Memory;

/// <summary>Makes of what firmware says about memory a map that can be relied on.</summary>
public static class MemoryMap
{
    /// <summary>
    /// Sorts the entries, resolves their overlaps, and joins neighbours of one kind. Where entries overlap the most restrictive
    /// kind wins; empty ones vanish.
    /// </summary>
    /// <param name="raw">The entries, in any order and state.</param>
    /// <returns>Entries sorted by address, without overlaps, none empty.</returns>
    public static MemoryMapEntry[] Sanitise(ReadOnlySpan<MemoryMapEntry> raw)
    {
        int count = Sweep(raw, default);
        var map = new MemoryMapEntry[count];
        Sweep(raw, map);
        return map;
    }

    /// <summary>
    /// Walks from boundary to boundary, lowest first, and asks which kind holds between them: quadratic, without any memory of
    /// its own, and firmware's maps are short.
    /// </summary>
    private static int Sweep(ReadOnlySpan<MemoryMapEntry> raw, Span<MemoryMapEntry> destination)
    {
        int count = 0;
        ulong start = 0;
        ulong position = 0;
        MemoryKind? current = null;
        while (true)
        {
            MemoryKind? kind = KindAt(raw, position);
            if (kind != current)
            {
                Close(current, start, position, destination, ref count);
                current = kind;
                start = position;
            }

            ulong next = NextBoundary(raw, position);
            if (next == position)
            {
                Close(current, start, position, destination, ref count);
                return count;
            }

            position = next;
        }
    }

    private static void Close(MemoryKind? kind, ulong start, ulong end, Span<MemoryMapEntry> destination, ref int count)
    {
        if (kind is null || start == end)
        {
            return;
        }

        if (!destination.IsEmpty)
        {
            destination[count] = new MemoryMapEntry(MemoryRange.FromEnd(start, end), kind.Value);
        }

        count++;
    }

    private static MemoryKind? KindAt(ReadOnlySpan<MemoryMapEntry> raw, ulong address)
    {
        MemoryKind? strictest = null;
        for (int i = 0; i < raw.Length; i++)
        {
            MemoryRange range = raw[i].Range;
            if (address < range.Start || address >= range.End)
            {
                continue;
            }

            MemoryKind kind = raw[i].Kind;
            if (strictest is null || Restriction(kind) > Restriction(strictest.Value))
            {
                strictest = kind;
            }
        }

        return strictest;
    }

    /// <summary>The first start or end above the address; the address itself when there is none.</summary>
    private static ulong NextBoundary(ReadOnlySpan<MemoryMapEntry> raw, ulong address)
    {
        ulong next = ulong.MaxValue;
        bool found = false;
        for (int i = 0; i < raw.Length; i++)
        {
            MemoryRange range = raw[i].Range;
            if (range.Start > address && range.Start <= next)
            {
                next = range.Start;
                found = true;
            }

            if (range.End > address && range.End <= next)
            {
                next = range.End;
                found = true;
            }
        }

        return found ? next : address;
    }

    private static int Restriction(MemoryKind kind) => kind switch
    {
        MemoryKind.Usable => 0,
        MemoryKind.AcpiReclaimable => 1,
        MemoryKind.AcpiNonVolatile => 2,
        MemoryKind.Reserved => 3,
        _ => 4,
    };
}
