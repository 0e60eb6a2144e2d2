using System;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Machine.Firmware;

/// <summary>
/// Where other CPUs begin: a page below 1 MiB, whose number is the start signal's vector (Intel SDM volume 3, section 9.4.4).
/// </summary>
public static class StartPage
{
    private const ulong Preferred = 0x8000;
    private const ulong First = 0x1000;
    private const ulong End = 0xA_0000;

    /// <summary>Finds a page that the memory map calls usable and that nothing lies in.</summary>
    /// <param name="map">The machine's memory map, sanitised.</param>
    /// <param name="used">What lies in memory besides.</param>
    /// <returns>The page's address; 0 when there is none.</returns>
    public static ulong Find(ReadOnlySpan<MemoryMapEntry> map, ReadOnlySpan<MemoryRange> used)
    {
        if (IsFree(Preferred, map, used))
        {
            return Preferred;
        }

        // From the top: firmware's own data is at the bottom.
        for (ulong page = End - PageSizes.Page; page >= First; page -= PageSizes.Page)
        {
            if (IsFree(page, map, used))
            {
                return page;
            }
        }

        return 0;
    }

    private static bool IsFree(ulong page, ReadOnlySpan<MemoryMapEntry> map, ReadOnlySpan<MemoryRange> used)
    {
        MemoryRange range = MemoryRange.FromLength(page, PageSizes.Page);
        for (int i = 0; i < used.Length; i++)
        {
            if (used[i].Overlaps(range))
            {
                return false;
            }
        }

        bool isUsable = false;
        for (int i = 0; i < map.Length; i++)
        {
            if (map[i].Range.Overlaps(range))
            {
                if (map[i].Kind != MemoryKind.Usable)
                {
                    return false;
                }

                isUsable |= map[i].Range.Start <= range.Start && map[i].Range.End >= range.End;
            }
        }

        return isUsable;
    }
}
