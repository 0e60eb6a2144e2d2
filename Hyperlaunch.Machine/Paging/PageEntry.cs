namespace Hyperlaunch.Machine.Paging;

/// <summary>
/// The bits of an entry of the processor's page tables (AMD APM volume 2, section 5.4.1; Intel SDM volume 3, section 4.5). AMD's
/// nested tables have the same.
/// </summary>
public static class PageEntry
{
    /// <summary>The entry is one.</summary>
    public const ulong Present = 1 << 0;

    /// <summary>Writing is allowed.</summary>
    public const ulong Writable = 1 << 1;

    /// <summary>User mode may come here.</summary>
    public const ulong User = 1 << 2;

    /// <summary>With <see cref="CacheDisable"/>: the third of the memory types that firmware set up, uncached.</summary>
    public const ulong WriteThrough = 1 << 3;

    /// <summary>Not cached.</summary>
    public const ulong CacheDisable = 1 << 4;

    /// <summary>The processor has used the entry.</summary>
    public const ulong Accessed = 1 << 5;

    /// <summary>The processor has written to the page.</summary>
    public const ulong Dirty = 1 << 6;

    /// <summary>An entry of the second or third level is a page and not a table.</summary>
    public const ulong Large = 1 << 7;

    /// <summary>Executing is not allowed.</summary>
    public const ulong NoExecute = 1UL << 63;

    /// <summary>Bits 51:12 hold the address (section 5.3.3).</summary>
    public const ulong AddressMask = 0x000F_FFFF_FFFF_F000;
}
