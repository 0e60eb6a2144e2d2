using System;
using Hyperlaunch.Domains.Boot;

namespace Hyperlaunch.Domains.Construction;

/// <summary>
/// A domain's nested page tables: guest physical to machine addresses, four levels (AMD APM volume 2, section 15.25; Intel SDM
/// volume 3, section 28.3), pages of 1 GiB where the processor has them, 2 MiB and 4 KiB. Tables come from a pool that was taken when the domain was made, so nothing
/// is allocated while it runs.
/// <para>
/// Not synchronized: the caller holds the domain's lock. After <see cref="TryUnmap"/>, after a page lost its write permission, and
/// after a mapped page was mapped anew, the caller invalidates the cached translations on every CPU that runs the domain before
/// the memory, or a table that became free, is used for anything else.
/// </para>
/// </summary>
public sealed class NestedPageTable
{
    /// <summary>Guest physical addresses end here: four levels translate 48 bits.</summary>
    public const ulong AddressLimit = 1UL << (TopShift + BitsPerLevel);

    private const int BitsPerLevel = 9;
    private const int EntryCount = 1 << BitsPerLevel;
    private const int PageShift = 12;
    private const int ChunkShift = PageShift + BitsPerLevel;
    private const int GigabyteShift = ChunkShift + BitsPerLevel;
    private const int TopShift = GigabyteShift + BitsPerLevel;

    /// <summary>Bits 51:12 of an entry hold the address (AMD APM volume 2, section 5.3.3).</summary>
    private const ulong AddressMask = 0x000F_FFFF_FFFF_F000;

    private readonly IPhysicalMemory _memory;
    private readonly NestedPageFormat _format;
    private MemoryRange _pool;
    private ulong _unused;
    private ulong _freed;

    /// <summary>Makes a table without a pool; nothing can be mapped before <see cref="TryStart"/>.</summary>
    /// <param name="memory">The machine's memory, in which the pool lies.</param>
    /// <param name="format">How the processor encodes entries.</param>
    public NestedPageTable(IPhysicalMemory memory, NestedPageFormat format)
    {
        _memory = memory;
        _format = format;
    }

    /// <summary>Physical address of the root table; it stays until the table starts with another pool.</summary>
    public ulong Root => _pool.Start;

    /// <summary>How many tables the pool can still give.</summary>
    public int FreeTables { get; private set; }

    /// <summary>
    /// How many pages a pool needs at most so that all of a domain's memory can be mapped, whatever the order, and
    /// <paramref name="extraTables"/> more tables can be made: one for each 2 MiB that is mapped by single pages, and for each
    /// GiB of device memory that is mapped outside the domain's memory.
    /// </summary>
    /// <param name="memoryEnd">The end of the domain's physical address space with its hole for devices, in bytes.</param>
    /// <param name="extraTables">Tables beyond those.</param>
    public static ulong PoolPages(ulong memoryEnd, ulong extraTables)
    {
        ulong directories = SafeSize.AlignUp(memoryEnd, PageSizes.Gigabyte) / PageSizes.Gigabyte;
        ulong pointerTables = (directories + EntryCount - 1) / EntryCount;
        return 1 + pointerTables + directories + extraTables;
    }

    /// <summary>Starts empty with the pages that tables are made of; the first becomes the root.</summary>
    /// <param name="pool">The pages. <see cref="PoolPages"/> says how many.</param>
    /// <returns>False when there are none, or they are not memory.</returns>
    public unsafe bool TryStart(MemoryRange pool)
    {
        if (pool.Length < PageSizes.Page || _memory.Map(pool.Start, pool.Length) == null)
        {
            return false;
        }

        _pool = pool;
        Clear();
        return true;
    }

    /// <summary>Forgets every mapping; all tables but the root are free again.</summary>
    public void Clear()
    {
        _unused = _pool.Start + PageSizes.Page;
        _freed = 0;
        FreeTables = (int)(_pool.Length / PageSizes.Page) - 1;
        Zero(_pool.Start);
    }

    /// <summary>
    /// Maps guest physical addresses to machine addresses, by the largest pages to which both are aligned. What was mapped there before
    /// is replaced.
    /// </summary>
    /// <param name="guest">Guest physical address, of a page.</param>
    /// <param name="host">Machine address, of a page.</param>
    /// <param name="length">Bytes, of whole pages.</param>
    /// <param name="access">What the guest may do there, and how it is cached.</param>
    /// <returns>False when the addresses are impossible, or the pool is used up; some of the range may be mapped then.</returns>
    public bool TryMap(ulong guest, ulong host, ulong length, NestedPageAccess access)
    {
        if (!IsPageRange(guest, length) || (host & ~AddressMask) != 0 || !SafeSize.Fits(host, length, AddressMask + PageSizes.Page))
        {
            return false;
        }

        ulong bits = access == NestedPageAccess.Device ? _format.UncachedPage : _format.Page;
        if (access == NestedPageAccess.ReadOnly)
        {
            bits &= ~_format.Write;
        }

        ulong done = 0;
        while (done < length)
        {
            int level = LevelFor(guest + done, host + done, length - done);
            if (!TrySetPage(guest + done, (host + done) | bits, level))
            {
                return false;
            }

            done += SizeOf(level);
        }

        return true;
    }

    /// <summary>Takes guest physical addresses away; the next access by the guest exits.</summary>
    /// <param name="guest">Guest physical address, of a page.</param>
    /// <param name="length">Bytes, of whole pages.</param>
    /// <returns>False when the addresses are impossible, or a larger page has to be split and the pool is used up.</returns>
    public bool TryUnmap(ulong guest, ulong length)
    {
        if (!IsPageRange(guest, length))
        {
            return false;
        }

        ulong done = 0;
        while (done < length)
        {
            int level = LevelFor(guest + done, 0, length - done);
            if (IsMapped(guest + done, level) && !TrySetPage(guest + done, 0, level))
            {
                return false;
            }

            done += SizeOf(level);
        }

        return true;
    }

    /// <summary>Allows or forbids writing on pages that are mapped; others are passed over.</summary>
    /// <param name="guest">Guest physical address, of a page.</param>
    /// <param name="length">Bytes, of whole pages.</param>
    /// <param name="writable">Whether the guest may write.</param>
    /// <returns>False when the addresses are impossible, or a larger page has to be split and the pool is used up.</returns>
    public unsafe bool TrySetWritable(ulong guest, ulong length, bool writable)
    {
        if (!IsPageRange(guest, length))
        {
            return false;
        }

        ulong done = 0;
        while (done < length)
        {
            int level = LevelFor(guest + done, 0, length - done);
            ulong* entry = FindLeaf(guest + done, out int found);
            while (entry != null && found > level)
            {
                if (!TrySplit(entry, found))
                {
                    return false;
                }

                entry = FindLeaf(guest + done, out found);
            }

            if (entry != null)
            {
                *entry = writable ? *entry | _format.Write : *entry & ~_format.Write;
            }

            // Nothing larger than what was found, or than a page that is missing, is passed over: smaller ones may follow.
            done += entry != null ? SizeOf(found) : SizeOf(MissingLevel(guest + done, level));
        }

        return true;
    }

    /// <summary>Translates a guest physical address as the processor does.</summary>
    /// <param name="guest">Any guest physical address.</param>
    /// <param name="host">The machine address behind it.</param>
    /// <param name="isWritable">Whether the guest may write there.</param>
    /// <returns>False when nothing is mapped there.</returns>
    public unsafe bool TryTranslate(ulong guest, out ulong host, out bool isWritable)
    {
        host = 0;
        isWritable = false;
        if (guest >= AddressLimit)
        {
            return false;
        }

        ulong* entry = FindLeaf(guest, out int level);
        if (entry == null)
        {
            return false;
        }

        ulong offsetMask = SizeOf(level) - 1;
        host = (*entry & AddressMask & ~offsetMask) | (guest & offsetMask);
        isWritable = (*entry & _format.Write) != 0;
        return true;
    }

    private static bool IsPageRange(ulong guest, ulong length)
        => ((guest | length) & (PageSizes.Page - 1)) == 0 && SafeSize.Fits(guest, length, AddressLimit);

    private static ulong SizeOf(int level) => 1UL << level;

    /// <summary>The largest page that both addresses and the length allow.</summary>
    private int LevelFor(ulong guest, ulong host, ulong length)
    {
        int level = _format.HasGigabytePages ? GigabyteShift : ChunkShift;
        while (level > PageShift && (((guest | host) & (SizeOf(level) - 1)) != 0 || length < SizeOf(level)))
        {
            level -= BitsPerLevel;
        }

        return level;
    }

    private static int IndexAt(ulong guest, int shift) => (int)(guest >> shift) & (EntryCount - 1);

    private bool IsPresent(ulong entry) => (entry & _format.PresentMask) != 0;

    /// <summary>Whether the entry of level <paramref name="shift"/> is a page and not a table.</summary>
    private bool IsLeaf(ulong entry, int shift)
        => shift == PageShift || (shift <= GigabyteShift && (entry & _format.LargePage) != 0);

    /// <summary>
    /// A table's entries. Sound because every address that comes here is a page of the pool: the root, or what this object wrote
    /// into an entry itself; a pool that cannot be reached is refused at the start.
    /// </summary>
    private unsafe ulong* EntriesOf(ulong table)
    {
        byte* entries = _memory.Map(table & AddressMask, PageSizes.Page);
        if (entries == null)
        {
            throw new InvalidOperationException("NestedPageTable: a table is no longer memory.");
        }

        return (ulong*)entries;
    }

    /// <summary>Whether a page is mapped at the address, or anything inside the larger one that starts there.</summary>
    private unsafe bool IsMapped(ulong guest, int lowest)
    {
        ulong* entry = FindEntry(guest, lowest, out _);
        return entry != null && IsPresent(*entry);
    }

    /// <summary>The level at which the address has no entry, at most <paramref name="highest"/>.</summary>
    private unsafe int MissingLevel(ulong guest, int highest)
    {
        int level = highest;
        while (level > PageShift && IsMapped(guest, level))
        {
            level -= BitsPerLevel;
        }

        return level;
    }

    /// <summary>The page entry that translates the address; null when there is none.</summary>
    private unsafe ulong* FindLeaf(ulong guest, out int level)
    {
        ulong* entry = FindEntry(guest, PageShift, out level);
        return entry != null && IsPresent(*entry) ? entry : null;
    }

    /// <summary>The entry at a level, or a page's entry above it; null when a table on the way is missing.</summary>
    private unsafe ulong* FindEntry(ulong guest, int lowest, out int level)
    {
        ulong table = Root;
        for (level = TopShift; ; level -= BitsPerLevel)
        {
            ulong* entry = EntriesOf(table) + IndexAt(guest, level);
            if (level == lowest || (IsPresent(*entry) && IsLeaf(*entry, level)))
            {
                return entry;
            }

            if (!IsPresent(*entry))
            {
                return null;
            }

            table = *entry & AddressMask;
        }
    }

    /// <summary>Writes a page entry (0 to unmap), making tables and splitting a large page on the way.</summary>
    private unsafe bool TrySetPage(ulong guest, ulong value, int level)
    {
        ulong table = Root;
        for (int shift = TopShift; ; shift -= BitsPerLevel)
        {
            ulong* entry = EntriesOf(table) + IndexAt(guest, shift);
            if (shift == level)
            {
                ulong old = *entry;
                *entry = value == 0 || level == PageShift ? value : value | _format.LargePage;
                if (IsPresent(old) && !IsLeaf(old, shift))
                {
                    FreeTree(old & AddressMask, shift - BitsPerLevel);
                }

                return true;
            }

            if (!IsPresent(*entry))
            {
                if (!TryTakeTable(out ulong created))
                {
                    return false;
                }

                Zero(created);
                *entry = created | _format.Table;
            }
            else if (IsLeaf(*entry, shift) && !TrySplit(entry, shift))
            {
                return false;
            }

            table = *entry & AddressMask;
        }
    }

    /// <summary>Replaces a large page by a table of 512 of the next smaller ones with the same target and rights.</summary>
    private unsafe bool TrySplit(ulong* entry, int level)
    {
        if (!TryTakeTable(out ulong table))
        {
            return false;
        }

        int below = level - BitsPerLevel;
        ulong page = below == PageShift ? *entry & ~_format.LargePage : *entry;
        ulong* pages = EntriesOf(table);
        for (int i = 0; i < EntryCount; i++)
        {
            pages[i] = page + ((ulong)i * SizeOf(below));
        }

        *entry = table | _format.Table;
        return true;
    }

    private unsafe bool TryTakeTable(out ulong table)
    {
        table = 0;
        if (FreeTables == 0)
        {
            return false;
        }

        FreeTables--;
        if (_freed != 0)
        {
            table = _freed;
            _freed = *EntriesOf(table);
            return true;
        }

        table = _unused;
        _unused += PageSizes.Page;
        return true;
    }

    /// <summary>Frees a table, and those that it points to when it is one of directories.</summary>
    private unsafe void FreeTree(ulong table, int level)
    {
        if (level > PageShift)
        {
            ulong* entries = EntriesOf(table);
            for (int i = 0; i < EntryCount; i++)
            {
                if (IsPresent(entries[i]) && !IsLeaf(entries[i], level))
                {
                    FreeTree(entries[i] & AddressMask, level - BitsPerLevel);
                }
            }
        }

        FreeTable(table);
    }

    /// <summary>Free tables are chained through their first entry.</summary>
    private unsafe void FreeTable(ulong table)
    {
        *EntriesOf(table) = _freed;
        _freed = table;
        FreeTables++;
    }

    /// <summary>Clears a table. Sound because <see cref="EntriesOf"/> gives all of its entries.</summary>
    private unsafe void Zero(ulong table) => new Span<ulong>(EntriesOf(table), EntryCount).Clear();
}
