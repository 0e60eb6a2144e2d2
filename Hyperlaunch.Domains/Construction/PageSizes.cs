namespace Hyperlaunch.Domains.Construction;

/// <summary>The sizes in which memory is given out and mapped, in bytes (AMD APM volume 2, section 5.3).</summary>
public static class PageSizes
{
    /// <summary>The smallest page, and a page table: 4 KiB.</summary>
    public const ulong Page = 4096;

    /// <summary>A page of the second level, the piece in which domains get their memory: 2 MiB.</summary>
    public const ulong Chunk = 2 * 1024 * 1024;

    /// <summary>What a page of the third level would be: 1 GiB.</summary>
    public const ulong Gigabyte = 1024 * 1024 * 1024;
}
