using System;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Paging;
using Hyperlaunch.Tests.Machine.Memory;
using Xunit;

namespace Hyperlaunch.Tests.Domains.Construction;

/// <summary>The hypervisor's own tables, as its kernel makes them.</summary>
public sealed class HostPageTableTests : IDisposable
{
    private const int PoolPages = 8;
    private const ulong KiB = 1024;
    private const ulong MiB = 1024 * KiB;
    private const ulong GiB = 1024 * MiB;

    private const ulong PoolStart = 16 * MiB;

    private readonly FakePhysicalMemory _memory = new FakePhysicalMemory().With(PoolStart, PoolPages * 4096);

    public void Dispose() => _memory.Dispose();

    [Fact]
    public void Nothing_is_mapped_at_first() => Assert.False(Started(true).TryTranslate(0, out _, out _));

    [Theory]
    [InlineData(0UL, 0UL, 4 * KiB, 3)]
    [InlineData(2 * MiB, 6 * MiB, 2 * MiB, 2)]
    [InlineData(GiB, GiB, GiB, 1)]
    [InlineData(512 * GiB, 0UL, GiB, 1)]
    public void A_range_takes_the_largest_page_that_fits(ulong address, ulong physical, ulong length, int tablesBelowTheTop)
    {
        PageTable tables = Started(true);

        Assert.True(tables.TryMap(address, physical, length, PageRights.Write));

        Assert.Equal(PoolPages - 1 - tablesBelowTheTop, tables.FreeTables);
        Assert.True(tables.TryTranslate(address + length - 1, out ulong found, out PageRights rights));
        Assert.Equal(physical + length - 1, found);
        Assert.Equal(PageRights.Write, rights);
        Assert.False(tables.TryTranslate(address + length, out _, out _));
    }

    [Theory]
    [InlineData(false, 512 * 4 * KiB)]
    [InlineData(true, 2 * MiB)]
    public void Larger_pages_than_the_processor_or_the_caller_has_are_not_used(bool gigabytePages, ulong largestPage)
    {
        PageTable tables = Started(gigabytePages);

        Assert.True(tables.TryMap(0, 0, GiB, PageRights.Write, largestPage));

        Assert.Equal(PoolPages - 3, tables.FreeTables);
        Assert.True(tables.TryTranslate(GiB - 1, out ulong found, out _));
        Assert.Equal(GiB - 1, found);
    }

    [Fact]
    public void A_range_that_large_pages_do_not_fit_at_either_end_is_mapped_exactly()
    {
        PageTable tables = Started(false);
        ulong start = (2 * MiB) - (8 * KiB);
        ulong length = (2 * MiB) + (20 * KiB);

        Assert.True(tables.TryMap(start, start, length, PageRights.ReadOnly));

        Assert.False(tables.TryTranslate(start - 1, out _, out _));
        for (ulong at = start; at < start + length; at += 4 * KiB)
        {
            Assert.True(tables.TryTranslate(at, out ulong found, out PageRights rights));
            Assert.Equal((at, PageRights.ReadOnly), (found, rights));
        }

        Assert.False(tables.TryTranslate(start + length, out _, out _));
    }

    [Theory]
    [InlineData(true, 4)]
    [InlineData(false, 4)]
    public void A_page_taken_out_of_a_large_one_leaves_its_neighbours_as_they_were(bool gigabytePages, int tables)
    {
        PageTable map = Started(gigabytePages);
        Assert.True(map.TryMap(0, 0, GiB, PageRights.Write | PageRights.Execute));
        ulong page = (6 * MiB) + (12 * KiB);

        Assert.True(map.TryUnmap(page, 4 * KiB));

        Assert.Equal(PoolPages - tables, map.FreeTables);
        Assert.False(map.TryTranslate(page, out _, out _));
        foreach (ulong neighbour in (ulong[])[page - 1, page + (4 * KiB), 6 * MiB, (8 * MiB) - 1, 8 * MiB, GiB - 1])
        {
            Assert.True(map.TryTranslate(neighbour, out ulong found, out PageRights rights));
            Assert.Equal((neighbour, PageRights.Write | PageRights.Execute), (found, rights));
        }
    }

    [Theory]
    [InlineData(PageRights.ReadOnly)]
    [InlineData(PageRights.Write)]
    [InlineData(PageRights.Execute)]
    [InlineData(PageRights.Write | PageRights.Uncached)]
    internal void Rights_of_pages_inside_a_large_page_replace_its_own(PageRights rights)
    {
        PageTable tables = Started(false);
        Assert.True(tables.TryMap(0, 0, 4 * MiB, PageRights.Write));

        Assert.True(tables.TryMap(2 * MiB, 2 * MiB, 12 * KiB, rights));

        Assert.True(tables.TryTranslate((2 * MiB) + (8 * KiB), out _, out PageRights found));
        Assert.Equal(rights, found);
        Assert.True(tables.TryTranslate((2 * MiB) + (12 * KiB), out _, out found));
        Assert.Equal(PageRights.Write, found);
    }

    [Fact]
    public void The_upper_half_has_entries_of_its_own()
    {
        PageTable tables = Started(false);

        Assert.True(tables.TryMap(0xffff_8000_0000_0000, 0, 2 * MiB, PageRights.Write));

        Assert.False(tables.TryTranslate(0, out _, out _));
        Assert.True(tables.TryTranslate(0xffff_8000_0000_0470, out ulong found, out _));
        Assert.Equal(0x470UL, found);
    }

    private PageTable Started(bool gigabytePages)
    {
        PageTable tables = new(_memory, PageTableFormat.Host(gigabytePages));
        Assert.True(tables.TryStart(MemoryRange.FromLength(PoolStart, PoolPages * 4096)));
        return tables;
    }
}
