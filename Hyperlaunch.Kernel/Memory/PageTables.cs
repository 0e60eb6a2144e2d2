namespace Hyperlaunch.Kernel.Memory;

/// <summary>
/// Four-level page tables of the hypervisor itself (AMD APM vol 2, 5.3), built from a pool of pages whose addresses are their
/// physical addresses. Mapping uses the largest pages that fit and splits a large page that is in the way.
/// </summary>
internal unsafe struct PageTables
{
    /// <summary>Bytes of the smallest page and of a table.</summary>
    public const ulong PageSize = 0x1000;

    private const int IndexBits = 9;
    private const int Entries = 1 << IndexBits;
    private const int PageShift = 12;
    private const int TopLevel = 3;
    private const ulong VirtualMask = (1UL << 48) - 1;

    // AMD APM vol 2, 5.4.1. Accessed and dirty are set from the start: nobody reads them.
    private const ulong Present = 1 << 0;
    private const ulong Writable = 1 << 1;
    private const ulong WriteThrough = 1 << 3;
    private const ulong CacheDisable = 1 << 4;
    private const ulong Accessed = 1 << 5;
    private const ulong Dirty = 1 << 6;
    private const ulong Large = 1 << 7;
    private const ulong NoExecute = 1UL << 63;
    private const ulong AddressMask = 0x000f_ffff_ffff_f000;

    private readonly byte* _pool;
    private readonly int _poolPages;
    private readonly int _largestLevel;
    private int _used;

    /// <summary>Begins an empty set of tables.</summary>
    /// <param name="pool">Zeroed pages for tables.</param>
    /// <param name="poolPages">How many, at least one.</param>
    /// <param name="gigabytePages">Whether the processor has pages of 1 GiB (CPUID 8000_0001h EDX bit 26).</param>
    public PageTables(byte* pool, int poolPages, bool gigabytePages)
    {
        _pool = pool;
        _poolPages = poolPages;
        _largestLevel = gigabytePages ? 2 : 1;
        _used = 1;
    }

    /// <summary>Physical address of the top table, for CR3.</summary>
    public readonly ulong Root => (ulong)_pool;

    /// <summary>Pages of the pool in use.</summary>
    public readonly int PagesUsed => _used;

    /// <summary>Maps a range of pages; what was mapped there is replaced.</summary>
    /// <param name="address">Virtual address, a multiple of the page size.</param>
    /// <param name="physical">Physical address, a multiple of the page size.</param>
    /// <param name="length">Bytes, a multiple of the page size.</param>
    /// <param name="rights">What the pages allow.</param>
    /// <param name="largestPage">Pages larger than this many bytes are not used.</param>
    /// <returns>False when the pool is used up; the range is then mapped in part.</returns>
    public bool TryMap(ulong address, ulong physical, ulong length, PageRights rights, ulong largestPage = ulong.MaxValue)
    {
        ulong flags = Present | Accessed | Dirty;
        flags |= (rights & PageRights.Write) != 0 ? Writable : 0;
        flags |= (rights & PageRights.Execute) != 0 ? 0 : NoExecute;
        flags |= (rights & PageRights.Uncached) != 0 ? CacheDisable | WriteThrough : 0;
        while (length != 0)
        {
            int level = _largestLevel;
            while (level > 0 && (((address | physical) & (SizeOf(level) - 1)) != 0 || SizeOf(level) > length || SizeOf(level) > largestPage))
            {
                level--;
            }

            ulong* entry = Reach(address, level);
            if (entry == null)
            {
                return false;
            }

            *entry = physical | flags | (level > 0 ? Large : 0);
            address += SizeOf(level);
            physical += SizeOf(level);
            length -= SizeOf(level);
        }

        return true;
    }

    /// <summary>Removes the page at an address.</summary>
    /// <returns>False when the pool is used up.</returns>
    public bool TryUnmap(ulong address)
    {
        ulong* entry = Reach(address, 0);
        if (entry == null)
        {
            return false;
        }

        *entry = 0;
        return true;
    }

    /// <summary>Finds what an address is mapped to.</summary>
    /// <returns>False when it is not mapped.</returns>
    public readonly bool TryTranslate(ulong address, out ulong physical, out PageRights rights)
    {
        physical = 0;
        rights = PageRights.ReadOnly;
        ulong* table = (ulong*)_pool;
        for (int level = TopLevel; ; level--)
        {
            ulong entry = table[IndexOf(address, level)];
            if ((entry & Present) == 0)
            {
                return false;
            }

            if (level == 0 || (entry & Large) != 0)
            {
                physical = (entry & AddressMask & ~(SizeOf(level) - 1)) | (address & (SizeOf(level) - 1));
                rights = ((entry & Writable) != 0 ? PageRights.Write : 0) | ((entry & NoExecute) == 0 ? PageRights.Execute : 0)
                    | ((entry & CacheDisable) != 0 ? PageRights.Uncached : 0);
                return true;
            }

            table = (ulong*)(entry & AddressMask);
        }
    }

    private static ulong SizeOf(int level) => PageSize << (IndexBits * level);

    private static int IndexOf(ulong address, int level) =>
        (int)((address & VirtualMask) >> (PageShift + (IndexBits * level))) & (Entries - 1);

    // The entry for an address at a level, with the tables above it made and the large page above it split. Null when the pool
    // is used up. A table that a larger page replaces stays lost: that happens at no place in the kernel.
    private ulong* Reach(ulong address, int wanted)
    {
        ulong* table = (ulong*)_pool;
        for (int level = TopLevel; level > wanted; level--)
        {
            ulong* entry = table + IndexOf(address, level);
            if ((*entry & Present) == 0 || (*entry & Large) != 0)
            {
                if (_used == _poolPages)
                {
                    return null;
                }

                // Sound: the page is inside the pool, which this structure alone hands out.
                ulong* below = (ulong*)(_pool + ((ulong)_used++ * PageSize));
                Split(*entry, below, level);
                *entry = (ulong)below | Present | Writable | Accessed;
            }

            table = (ulong*)(*entry & AddressMask);
        }

        return table + IndexOf(address, wanted);
    }

    private static void Split(ulong large, ulong* below, int level)
    {
        ulong flags = large & ~AddressMask;
        if (level == 1)
        {
            flags &= ~Large;
        }

        for (int i = 0; i < Entries; i++)
        {
            below[i] = (large & Present) == 0 ? 0 : (large & AddressMask) + ((ulong)i * SizeOf(level - 1)) | flags;
        }
    }
}
