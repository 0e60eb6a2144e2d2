namespace Hyperlaunch.Domains.Construction;

/// <summary>
/// How one processor encodes nested page-table entries. AMD's and Intel's tables have the same shape (four levels of 512
/// eight-byte entries, large pages by bit 7) and differ only in these bits.
/// </summary>
public sealed class NestedPageFormat
{
    /// <summary>Makes a format.</summary>
    /// <param name="table">Bits of an entry that points to a table of the next level.</param>
    /// <param name="page">Bits of a present, readable, writable and executable page of write-back memory.</param>
    /// <param name="uncachedPage">The same for a page of uncached device memory.</param>
    /// <param name="write">The bit, within those, that allows writing.</param>
    /// <param name="largePage">The bit that makes an entry of a higher level a page.</param>
    /// <param name="presentMask">An entry is present when it has any of these bits.</param>
    /// <param name="hasGigabytePages">Whether an entry of the third level can be a page too.</param>
    public NestedPageFormat(
        ulong table, ulong page, ulong uncachedPage, ulong write, ulong largePage, ulong presentMask, bool hasGigabytePages = false)
    {
        HasGigabytePages = hasGigabytePages;
        Table = table;
        Page = page;
        UncachedPage = uncachedPage;
        Write = write;
        LargePage = largePage;
        PresentMask = presentMask;
    }

    /// <summary>Bits of an entry that points to a table.</summary>
    public ulong Table { get; }

    /// <summary>Bits of a page of memory, all accesses allowed.</summary>
    public ulong Page { get; }

    /// <summary>Bits of a page of device memory, all accesses allowed.</summary>
    public ulong UncachedPage { get; }

    /// <summary>The bit that allows writing.</summary>
    public ulong Write { get; }

    /// <summary>The bit that makes an entry of a higher level a page.</summary>
    public ulong LargePage { get; }

    /// <summary>Pages of 1 GiB exist; those of 2 MiB always do.</summary>
    public bool HasGigabytePages { get; }

    /// <summary>An entry is present when it has any of these bits.</summary>
    public ulong PresentMask { get; }
}
