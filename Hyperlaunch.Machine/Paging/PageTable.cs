using System;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Machine.Paging;

/// <summary>
/// Page tables of any format: nested ones, which make a domain's addresses the machine's (AMD APM volume 2, section 15.25; Intel
/// SDM volume 3, section 29.3), the hypervisor's own, a guest's first ones. Pages of 1 GiB where the format has them, of 2 MiB
/// and 4 KiB: mapping uses the largest that fit, and splits a larger page that is in the way. Tables come from a pool that was
/// taken beforehand, so nothing is allocated.
/// <para>
/// Not synchronized: the caller holds a lock. After <see cref="TryUnmap"/>, and after a mapped page was mapped anew, the caller
/// invalidates the cached translations on every CPU that uses the tables before the memory, or a table that became free, is used
/// for anything else.
/// </para>
/// </summary>
public sealed class PageTable
{
    private readonly IPhysicalMemory _memory;
    private readonly PageTableFormat _format;
    private readonly int _topShift;
    private MemoryRange _pool;
    private ulong _unused;
    private ulong _freed;

    /// <summary>Makes a table without a pool; nothing can be mapped before <see cref="TryStart"/>.</summary>
    /// <param name="memory">The memory in which the pool lies.</param>
    /// <param name="format">How entries are encoded.</param>
    public PageTable(IPhysicalMemory memory, PageTableFormat format)
    {
        _memory = memory;
        _format = format;
        _topShift = PageSizes.PageShift + (PageSizes.TableShift * (format.Levels - 1));
    }

    /// <summary>Physical address of the root table; it stays until the table starts with another pool.</summary>
    public ulong Root => _pool.Start;

    /// <inheritdoc cref="PageTableFormat.ExecutesSmallPagesOnly"/>
    public bool ExecutesSmallPagesOnly => _format.ExecutesSmallPagesOnly;

    /// <summary>How many tables the pool can still give.</summary>
    public int FreeTables { get; private set; }

    /// <summary>
    /// What is translated ends here; of canonical addresses one half lies below, the other at the top of 64 bits.
    /// </summary>
    private ulong AddressLimit => SizeOf(_topShift + PageSizes.TableShift);

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
        ulong pointerTables = (directories + PageSizes.TableEntries - 1) / PageSizes.TableEntries;
        return 1 + pointerTables + directories + extraTables;
    }

    /// <summary>How many tables below the root mapping a range to itself takes at most.</summary>
    public static ulong TablesFor(MemoryRange range)
    {
        if (range.IsEmpty)
        {
            return 0;
        }

        ulong edges = ((range.Start & PageSizes.ChunkMask) != 0 ? 1UL : 0) + ((range.End & PageSizes.ChunkMask) != 0 ? 1UL : 0);
        return edges + Spanned(range, PageSizes.GigabyteShift) + Spanned(range, PageSizes.GigabyteShift + PageSizes.TableShift);
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
    /// Maps addresses to physical ones, by the largest pages to which both are aligned. What was mapped there before is replaced.
    /// </summary>
    /// <param name="address">The address that is translated, of a page.</param>
    /// <param name="target">The physical address, of a page.</param>
    /// <param name="length">Bytes, of whole pages.</param>
    /// <param name="rights">What may be done there, and how it is cached.</param>
    /// <param name="largestPage">Pages of more bytes than this are not used.</param>
    /// <returns>False when the addresses are impossible, or the pool is used up; some of the range may be mapped then.</returns>
    public bool TryMap(ulong address, ulong target, ulong length, PageRights rights, ulong largestPage = ulong.MaxValue)
    {
        if (!TryNormalize(ref address, length)
            || (target & ~PageEntry.AddressMask) != 0
            || !SafeSize.Fits(target, length, PageEntry.AddressMask + PageSizes.Page))
        {
            return false;
        }

        ulong bits = _format.BitsOf(rights);
        ulong done = 0;
        while (done < length)
        {
            // One way down from the root for all pages of one table.
            int level = LevelFor(address + done, target + done, Math.Min(length - done, largestPage));
            int room = PageSizes.TableEntries - IndexAt(address + done, level);
            ulong left = (length - done) >> level;
            int count = left < (ulong)room ? (int)left : room;
            if (!TrySetPages(address + done, (target + done) | bits, level, count))
            {
                return false;
            }

            done += (ulong)count << level;
        }

        return true;
    }

    /// <summary>Takes addresses away; the next access faults.</summary>
    /// <param name="address">The address that is translated, of a page.</param>
    /// <param name="length">Bytes, of whole pages.</param>
    /// <returns>False when the addresses are impossible, or a larger page has to be split and the pool is used up.</returns>
    public bool TryUnmap(ulong address, ulong length)
    {
        if (!TryNormalize(ref address, length))
        {
            return false;
        }

        ulong done = 0;
        while (done < length)
        {
            int level = LevelFor(address + done, 0, length - done);
            if (IsMapped(address + done, level) && !TrySetPages(address + done, 0, level, 1))
            {
                return false;
            }

            done += SizeOf(level);
        }

        return true;
    }

    /// <summary>Translates an address as the processor does.</summary>
    /// <param name="address">Any address.</param>
    /// <param name="target">The physical address behind it.</param>
    /// <param name="rights">What may be done there.</param>
    /// <returns>False when nothing is mapped there.</returns>
    public unsafe bool TryTranslate(ulong address, out ulong target, out PageRights rights)
    {
        target = 0;
        rights = PageRights.ReadOnly;
        ulong page = address & ~PageSizes.PageMask;
        if (!TryNormalize(ref page, PageSizes.Page))
        {
            return false;
        }

        ulong* entry = FindEntry(page, PageSizes.PageShift, out int level);
        if (entry == null || !IsPresent(*entry))
        {
            return false;
        }

        ulong offsetMask = SizeOf(level) - 1;
        target = (*entry & PageEntry.AddressMask & ~offsetMask) | (address & offsetMask);
        rights = _format.RightsOf(*entry);
        return true;
    }

    /// <summary>
    /// Checks that addresses are whole pages that the tables can translate, all in one half of canonical ones, and cuts the
    /// copies of the sign off.
    /// </summary>
    private bool TryNormalize(ref ulong address, ulong length)
    {
        ulong limit = AddressLimit;
        if (_format.IsSignExtended)
        {
            ulong half = limit >> 1;
            bool isUpper = address >= ulong.MaxValue - half + 1;
            address = isUpper ? address & (limit - 1) : address;
            limit = isUpper ? limit : half;
        }

        return ((address | length) & PageSizes.PageMask) == 0 && SafeSize.Fits(address, length, limit);
    }

    private static ulong Spanned(MemoryRange range, int shift) => ((range.End - 1) >> shift) - (range.Start >> shift) + 1;

    private static ulong SizeOf(int level) => 1UL << level;

    /// <summary>The largest page that both addresses and the length allow.</summary>
    private int LevelFor(ulong address, ulong target, ulong length)
    {
        int level = _format.HasGigabytePages ? PageSizes.GigabyteShift : PageSizes.ChunkShift;
        while (level > PageSizes.PageShift && (((address | target) & (SizeOf(level) - 1)) != 0 || length < SizeOf(level)))
        {
            level -= PageSizes.TableShift;
        }

        return level;
    }

    private static int IndexAt(ulong address, int shift) => (int)(address >> shift) & (PageSizes.TableEntries - 1);

    private bool IsPresent(ulong entry) => (entry & _format.PresentMask) != 0;

    /// <summary>Whether the entry of level <paramref name="shift"/> is a page and not a table.</summary>
    private bool IsLeaf(ulong entry, int shift)
        => shift == PageSizes.PageShift || (shift <= PageSizes.GigabyteShift && (entry & _format.LargePage) != 0);

    /// <summary>
    /// A table's entries. Sound because every address that comes here is a page of the pool: the root, or what this object wrote
    /// into an entry itself; a pool that cannot be reached is refused at the start.
    /// </summary>
    private unsafe ulong* EntriesOf(ulong table)
    {
        byte* entries = _memory.Map(table & PageEntry.AddressMask, PageSizes.Page);
        if (entries == null)
        {
            throw new InvalidOperationException("PageTable: a table is no longer memory.");
        }

        return (ulong*)entries;
    }

    /// <summary>Whether a page is mapped at the address, or anything inside the larger one that starts there.</summary>
    private unsafe bool IsMapped(ulong address, int lowest)
    {
        ulong* entry = FindEntry(address, lowest, out _);
        return entry != null && IsPresent(*entry);
    }

    /// <summary>The entry at a level, or a page's entry above it; null when a table on the way is missing.</summary>
    private unsafe ulong* FindEntry(ulong address, int lowest, out int level)
    {
        ulong table = Root;
        for (level = _topShift; ; level -= PageSizes.TableShift)
        {
            ulong* entry = EntriesOf(table) + IndexAt(address, level);
            if (level == lowest || (IsPresent(*entry) && IsLeaf(*entry, level)))
            {
                return entry;
            }

            if (!IsPresent(*entry))
            {
                return null;
            }

            table = *entry & PageEntry.AddressMask;
        }
    }

    /// <summary>
    /// Writes the entries of pages that follow each other in one table (0 to unmap), making tables and splitting a large page on
    /// the way.
    /// </summary>
    private unsafe bool TrySetPages(ulong address, ulong value, int level, int count)
    {
        ulong table = Root;
        for (int shift = _topShift; ; shift -= PageSizes.TableShift)
        {
            ulong* entry = EntriesOf(table) + IndexAt(address, shift);
            if (shift == level)
            {
                value |= value == 0 || level == PageSizes.PageShift ? 0 : _format.LargePage;
                for (int i = 0; i < count; i++)
                {
                    ulong old = entry[i];
                    entry[i] = value + ((ulong)i << level);
                    if (IsPresent(old) && !IsLeaf(old, shift))
                    {
                        FreeTree(old & PageEntry.AddressMask, shift - PageSizes.TableShift);
                    }
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

            table = *entry & PageEntry.AddressMask;
        }
    }

    /// <summary>Replaces a large page by a table of 512 of the next smaller ones with the same target and rights.</summary>
    private unsafe bool TrySplit(ulong* entry, int level)
    {
        if (!TryTakeTable(out ulong table))
        {
            return false;
        }

        int below = level - PageSizes.TableShift;
        ulong page = below == PageSizes.PageShift ? *entry & ~_format.LargePage : *entry;
        ulong* pages = EntriesOf(table);
        for (int i = 0; i < PageSizes.TableEntries; i++)
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
        if (level > PageSizes.PageShift)
        {
            ulong* entries = EntriesOf(table);
            for (int i = 0; i < PageSizes.TableEntries; i++)
            {
                if (IsPresent(entries[i]) && !IsLeaf(entries[i], level))
                {
                    FreeTree(entries[i] & PageEntry.AddressMask, level - PageSizes.TableShift);
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
    private unsafe void Zero(ulong table) => new Span<ulong>(EntriesOf(table), PageSizes.TableEntries).Clear();
}
