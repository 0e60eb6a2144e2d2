namespace Hyperlaunch.Machine.Memory;

/// <summary>The sizes in which memory is given out and mapped, in bytes (AMD APM volume 2, section 5.3).</summary>
public static class PageSizes
{
    /// <summary>The smallest page, and a page table: 4 KiB.</summary>
    public const ulong Page = 1UL << PageShift;

    /// <summary>A page of the second level, the piece in which domains get their memory: 2 MiB.</summary>
    public const ulong Chunk = 1UL << ChunkShift;

    /// <summary>A page of the third level: 1 GiB.</summary>
    public const ulong Gigabyte = 1UL << GigabyteShift;

    /// <summary>The end of what 32 bits can address: 4 GiB.</summary>
    public const ulong FourGigabytes = 4 * Gigabyte;

    /// <summary>The offset of an address in its page of 4 KiB.</summary>
    public const ulong PageMask = Page - 1;

    /// <summary>The offset of an address in its page of 2 MiB.</summary>
    public const ulong ChunkMask = Chunk - 1;

    /// <summary>The offset of an address in its page of 1 GiB.</summary>
    public const ulong GigabyteMask = Gigabyte - 1;

    /// <summary>Bits of an offset in a page of 4 KiB.</summary>
    public const int PageShift = 12;

    /// <summary>Bits of an offset in a page of 2 MiB.</summary>
    public const int ChunkShift = PageShift + TableShift;

    /// <summary>Bits of an offset in a page of 1 GiB.</summary>
    public const int GigabyteShift = ChunkShift + TableShift;

    /// <summary>A table has 2 to the power of this many entries, of 8 bytes each.</summary>
    public const int TableShift = 9;

    /// <summary>Entries of a table.</summary>
    public const int TableEntries = 1 << TableShift;
}
