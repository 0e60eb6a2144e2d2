namespace Hyperlaunch.Machine.Paging;

/// <summary>
/// How entries of page tables are encoded. All of x86's tables have one shape: levels of 512 entries of eight bytes, an address
/// in bits 51:12. They differ in the bits around it, which are here, format by format, and nowhere else.
/// </summary>
public sealed class PageTableFormat
{
    private PageTableFormat()
    {
    }

    /// <summary>
    /// AMD's nested tables (AMD APM volume 2, section 15.25). A guest's accesses count as user accesses (15.25.5). Accessed and
    /// dirty are set beforehand, which spares the processor the write.
    /// </summary>
    public static PageTableFormat AmdNested { get; } = new()
    {
        Table = PageEntry.Present | PageEntry.Writable | PageEntry.User,
        Page = PageEntry.Present | PageEntry.User | PageEntry.Accessed | PageEntry.Dirty,
        Write = PageEntry.Writable,
        NoExecute = PageEntry.NoExecute,
        Uncached = PageEntry.WriteThrough | PageEntry.CacheDisable,
        LargePage = PageEntry.Large,
        PresentMask = PageEntry.Present,
    };

    /// <summary>
    /// A small identity mapping in a guest, for a kernel that is entered with paging on: its own tables replace it at once.
    /// Execution cannot be forbidden: EFER.NXE is off.
    /// </summary>
    public static PageTableFormat GuestIdentity { get; } = new()
    {
        Table = PageEntry.Present | PageEntry.Writable,
        Page = PageEntry.Present,
        Write = PageEntry.Writable,
        LargePage = PageEntry.Large,
        PresentMask = PageEntry.Present,
    };

    /// <summary>Levels of tables: 4 translate 48 bits, 3 translate 39.</summary>
    public int Levels { get; private set; } = 4;

    /// <summary>Pages of 1 GiB exist; those of 2 MiB always do.</summary>
    public bool HasGigabytePages { get; private set; }

    /// <summary>
    /// Only pages of 4 KiB may be executable: on processors where a changed page size can raise a machine check
    /// (INTEL-SA-00210).
    /// </summary>
    public bool ExecutesSmallPagesOnly { get; private set; }

    /// <summary>Addresses are canonical: the bits above those that are translated repeat the highest of these.</summary>
    public bool IsSignExtended { get; private set; }

    /// <summary>An entry is present when it has any of these bits.</summary>
    public ulong PresentMask { get; private set; }

    /// <summary>Bits of an entry that points to a table.</summary>
    public ulong Table { get; private set; }

    /// <summary>The bit that makes an entry of a higher level a page.</summary>
    public ulong LargePage { get; private set; }

    /// <summary>Bits of a page that can be read.</summary>
    private ulong Page { get; set; }

    private ulong Write { get; set; }

    private ulong Execute { get; set; }

    private ulong NoExecute { get; set; }

    private ulong WriteBack { get; set; }

    private ulong Uncached { get; set; }

    // 0 where the format has none.
    private ulong Combining { get; set; }

    /// <summary>
    /// Intel's nested tables (Intel SDM volume 3, section 29.3.2, tables 29-1 to 29-6). The memory type of a page is in bits 5:3;
    /// with that of the guest's own PAT it makes the type that counts.
    /// </summary>
    /// <param name="hasGigabytePages">Whether the processor has pages of 1 GiB (IA32_VMX_EPT_VPID_CAP bit 17).</param>
    /// <param name="executesSmallPagesOnly">Whether a fetch from a larger page may end in a machine check.</param>
    public static PageTableFormat IntelNested(bool hasGigabytePages, bool executesSmallPagesOnly = false)
    {
        const ulong Read = 1 << 0;
        const ulong WriteBit = 1 << 1;
        const ulong ExecuteBit = 1 << 2;
        const int MemoryTypeShift = 3;
        return new()
        {
            HasGigabytePages = hasGigabytePages,
            ExecutesSmallPagesOnly = executesSmallPagesOnly,
            Table = Read | WriteBit | ExecuteBit,
            Page = Read,
            Write = WriteBit,
            Execute = ExecuteBit,
            WriteBack = 6 << MemoryTypeShift,
            Uncached = 0 << MemoryTypeShift,
            LargePage = 1 << 7,
            PresentMask = Read | WriteBit | ExecuteBit,
        };
    }

    /// <summary>
    /// The hypervisor's own tables (AMD APM volume 2, section 5.3). Accessed and dirty are set from the start: nobody reads them.
    /// What combining is relies on the page attribute table that <c>PageAttributes</c> has each CPU use.
    /// </summary>
    /// <param name="hasGigabytePages">Whether the processor has pages of 1 GiB (CPUID 8000_0001h EDX bit 26).</param>
    public static PageTableFormat Host(bool hasGigabytePages) => new()
    {
        HasGigabytePages = hasGigabytePages,
        IsSignExtended = true,
        Table = PageEntry.Present | PageEntry.Writable | PageEntry.Accessed,
        Page = PageEntry.Present | PageEntry.Accessed | PageEntry.Dirty,
        Write = PageEntry.Writable,
        NoExecute = PageEntry.NoExecute,
        Combining = PageEntry.WriteThrough,
        Uncached = PageEntry.WriteThrough | PageEntry.CacheDisable,
        LargePage = PageEntry.Large,
        PresentMask = PageEntry.Present,
    };

    /// <summary>
    /// Intel's tables for what devices reach (Intel VT for Directed I/O, section 9.8, second-stage paging entries).
    /// </summary>
    /// <param name="levels">3 or 4, as the unit's capabilities say (CAP_REG.SAGAW).</param>
    /// <param name="hasGigabytePages">
    /// Whether the unit has pages of 1 GiB (CAP_REG.SLLPS bit 1); those of 2 MiB are demanded.
    /// </param>
    public static PageTableFormat IntelDevices(int levels, bool hasGigabytePages)
    {
        const ulong Read = 1 << 0;
        const ulong WriteBit = 1 << 1;
        return new()
        {
            Levels = levels,
            HasGigabytePages = hasGigabytePages,
            Table = Read | WriteBit,
            Page = Read,
            Write = WriteBit,
            LargePage = 1 << 7,
            PresentMask = Read | WriteBit,
        };
    }

    /// <summary>The bits of a page of the smallest size with these rights.</summary>
    public ulong BitsOf(PageRights rights)
        => Page
            | ((rights & PageRights.Write) != 0 ? Write : 0)
            | ((rights & PageRights.Execute) != 0 ? Execute : NoExecute)
            | TypeOf(rights);

    /// <summary>The rights of a page.</summary>
    public PageRights RightsOf(ulong entry)
    {
        bool isExecutable = (entry & NoExecute) == 0 && (entry & Execute) == Execute;
        ulong typeMask = WriteBack | Uncached;
        return ((entry & Write) != 0 ? PageRights.Write : 0)
            | (isExecutable ? PageRights.Execute : 0)
            | (typeMask != 0 && (entry & typeMask) == Uncached ? PageRights.Uncached : 0)
            | (Combining != 0 && (entry & typeMask) == Combining ? PageRights.Combining : 0);
    }

    private ulong TypeOf(PageRights rights)
        => (rights & PageRights.Uncached) != 0 ? Uncached
            : (rights & PageRights.Combining) == 0 ? WriteBack
            : Combining != 0 ? Combining
            : Uncached;
}
