using System;
using System.Collections.Generic;
using System.Linq;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Paging;
using Hyperlaunch.Tests.Machine.Memory;
using Xunit;

namespace Hyperlaunch.Tests.Machine.Paging;

public sealed class PageTableTests : IDisposable
{
    private const ulong Chunk = 2 * 1024 * 1024;
    private const ulong GiB = 1024 * 1024 * 1024;
    private const ulong PoolStart = 0x10_0000;
    private const int PoolPages = 16;

    private static readonly PageTableFormat s_withGigabytes = PageTableFormat.IntelNested(hasGigabytePages: true);

    private readonly FakePhysicalMemory _memory = new FakePhysicalMemory().With(PoolStart, PoolPages * 4096);

    public void Dispose() => _memory.Dispose();

    [Fact]
    public void Starts_with_nothing_mapped()
    {
        _memory.At(PoolStart, PoolPages * 4096).Fill(0xFF);

        PageTable table = Table();

        Assert.Equal(PoolStart, table.Root);
        Assert.Equal(PoolPages - 1, table.FreeTables);
        Assert.False(table.TryTranslate(0, out _, out _));
        Assert.False(table.TryTranslate(ulong.MaxValue, out _, out _));
    }

    [Fact]
    public void Maps_two_MiB_pages_where_both_addresses_are_aligned()
    {
        PageTable table = Table();

        Assert.True(table.TryMap(4 * Chunk, 9 * Chunk, 2 * Chunk, PageRights.All));

        Assert.Equal(PoolPages - 3, table.FreeTables);
        Assert.Equal((9 * Chunk) | 0xE7, Entry(2, 4));
        Assert.Equal((9 * Chunk) + 0x12_3456, Translate(table, (4 * Chunk) + 0x12_3456));
        Assert.Equal((11 * Chunk) - 1, Translate(table, (6 * Chunk) - 1));
        Assert.False(table.TryTranslate((4 * Chunk) - 1, out _, out _));
        Assert.False(table.TryTranslate(6 * Chunk, out _, out _));
    }

    [Fact]
    public void Maps_single_pages_at_the_edges_and_where_the_targets_are_not_aligned()
    {
        PageTable table = Table();

        Assert.True(table.TryMap(Chunk - 4096, (9 * Chunk) - 4096, Chunk + 8192, PageRights.All));

        Assert.Equal((9 * Chunk) - 4096, Translate(table, Chunk - 4096));
        Assert.Equal((9 * Chunk) | 0xE7, Entry(2, 1));
        Assert.Equal(10 * Chunk, Translate(table, 2 * Chunk));
        Assert.False(table.TryTranslate((2 * Chunk) + 4096, out _, out _));
        Assert.True(table.TryMap(8 * Chunk, 4096, Chunk, PageRights.All));
        Assert.Equal(4096 + 0x1F_F000UL, Translate(table, (9 * Chunk) - 4096));
    }

    /// <summary>
    /// The entries by the manuals: one of a table, of a page of 2 MiB, and of pages of 4 KiB with each kind of rights.
    /// </summary>
    public static TheoryData<string, PageTableFormat, ulong[]> Encodings => new()
    {
        // Present, writable, user, accessed, dirty, large; PCD and PWT; no-execute (AMD APM volume 2, sections 5.4.1 and 15.25).
        { "AMD's nested", PageTableFormat.AmdNested, [0x7, 0xE7, 0x65, 0x7F, 0x8000_0000_0000_0065] },

        // Read, write, execute; memory type in bits 5:3; large (Intel SDM volume 3, section 29.3.2).
        { "Intel's nested", PageTableFormat.IntelNested(false), [0x7, 0xB7, 0x35, 0x7, 0x31] },

        // As AMD's nested ones, but the supervisor's alone.
        { "the host's", PageTableFormat.Host(false), [0x23, 0xE3, 0x61, 0x7B, 0x8000_0000_0000_0061] },

        // Present and writable; nothing else can be said.
        { "a guest's first", PageTableFormat.GuestIdentity, [0x3, 0x83, 0x1, 0x3, 0x1] },

        // Read, write; large (VT-d, section 9.8).
        { "devices'", PageTableFormat.IntelDevices(4, false), [0x3, 0x83, 0x1, 0x3, 0x1] },
    };

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Encodes_as_the_manual_wants_it(string name, PageTableFormat format, ulong[] expected)
    {
        PageTable table = Started(format, PoolPages);

        Assert.True(table.TryMap(0, 5 * Chunk, Chunk, PageRights.All));
        Assert.True(table.TryMap(Chunk, 7 * Chunk, 4096, PageRights.Execute));
        Assert.True(table.TryMap(Chunk + 4096, 0xFEE0_0000, 4096, PageRights.All | PageRights.Uncached));
        Assert.True(table.TryMap(Chunk + 8192, 7 * Chunk, 4096, PageRights.ReadOnly));

        ulong pages = Entry(2, 1);
        ulong[] bits =
        [
            Entry(0, 0) ^ (Entry(0, 0) & PageEntry.AddressMask), Entry(2, 0) ^ (5 * Chunk), Page(pages, 0) ^ (7 * Chunk),
            Page(pages, 1) ^ 0xFEE0_0000, Page(pages, 2) ^ (7 * Chunk),
        ];
        Assert.True(
            expected.AsSpan().SequenceEqual(bits), name + ": " + string.Join(' ', bits.Select(word => word.ToString("x"))));
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Splitting_keeps_target_and_rights_of_the_rest(string name, PageTableFormat format, ulong[] entries)
    {
        PageTable table = Started(format, PoolPages);
        Assert.True(table.TryMap(Chunk, 5 * Chunk, Chunk, PageRights.Execute));
        Assert.True(table.TryTranslate(Chunk, out _, out PageRights before));

        Assert.True(table.TryUnmap(Chunk + 0x5000, 4096));

        Assert.False(table.TryTranslate(Chunk + 0x5FFF, out _, out _), name);
        Assert.True(table.TryTranslate(Chunk + 0x6010, out ulong target, out PageRights after));
        Assert.Equal(((5 * Chunk) + 0x6010, before), (target, after));
        Assert.Equal((5 * Chunk) + 0x6000 + entries[2], Page(Entry(2, 1), 6));
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public void A_pool_that_is_used_up_is_told_and_not_overrun(string name, PageTableFormat format, ulong[] entries)
    {
        PageTable table = Started(format, 3);
        _memory.At(PoolStart + (3 * 4096), 4096).Fill(0x5A);

        Assert.False(table.TryMap(0, 0, 4096, PageRights.All), name + entries.Length);
        Assert.True(table.TryMap(0, 0, Chunk, PageRights.All));
        Assert.False(table.TryUnmap(0, 4096));
        Assert.True(table.TryTranslate(0, out _, out _));
        Assert.False(_memory.At(PoolStart + (3 * 4096), 4096).ContainsAnyExcept((byte)0x5A));
    }

    [Fact]
    public void Three_levels_translate_39_bits()
    {
        PageTable table = Started(PageTableFormat.IntelDevices(3, hasGigabytePages: true), PoolPages);

        Assert.True(table.TryMap((1ul << 39) - 4096, 0x1000, 4096, PageRights.Write));
        Assert.True(table.TryMap(0, 7 * GiB, GiB, PageRights.Write));

        // The root is the table that holds pages of 1 GiB: a directory and a table below it were taken for the last page.
        Assert.Equal(PoolPages - 3, table.FreeTables);
        Assert.Equal((7 * GiB) | 0x83, Entry(0, 0));
        Assert.Equal(0x1FFFul, Translate(table, (1ul << 39) - 1));
        Assert.False(table.TryMap(1ul << 39, 0, 4096, PageRights.Write));
        Assert.False(table.TryTranslate(1ul << 39, out _, out _));
    }

    [Theory]
    [InlineData(0x0000_7FFF_FFFF_F000ul, true, "the last page of the lower half")]
    [InlineData(0x0000_8000_0000_0000ul, false, "the first address that is not canonical")]
    [InlineData(0xFFFF_7FFF_FFFF_F000ul, false, "the last page that is not canonical")]
    [InlineData(0xFFFF_8000_0000_0000ul, true, "the first page of the upper half")]
    [InlineData(0xFFFF_FFFF_FFFF_F000ul, true, "the last page of all")]
    public void The_hosts_addresses_are_canonical(ulong address, bool isOne, string what)
    {
        PageTable table = Started(PageTableFormat.Host(false), PoolPages);

        Assert.True(isOne == table.TryMap(address, 0x4000, 4096, PageRights.Write), what);

        Assert.Equal(isOne, table.TryTranslate(address + 0xFFF, out ulong target, out _));
        Assert.Equal(isOne ? 0x4FFFul : 0, target);
        Assert.False(table.TryMap(address, 0x4000, 1ul << 48, PageRights.Write));
    }

    [Fact]
    public void A_hole_in_a_large_page_leaves_the_rest_as_it_was()
    {
        PageTable table = Table();
        Assert.True(table.TryMap(0, 8 * Chunk, Chunk, PageRights.Execute));

        Assert.True(table.TryUnmap(0x5000, 4096));

        Assert.False(table.TryTranslate(0x5000, out _, out _));
        Assert.Equal((8 * Chunk) + 0x4065, Page(Entry(2, 0), 4));
        Assert.Equal((8 * Chunk) + 0x4FFF, Translate(table, 0x4FFF));
        Assert.True(table.TryTranslate(0x6000, out ulong host, out PageRights rights));
        Assert.Equal(((8 * Chunk) + 0x6000, PageRights.Execute), (host, rights));
    }

    [Fact]
    public void A_large_page_over_single_ones_gives_their_table_back()
    {
        PageTable table = Table();
        Assert.True(table.TryMap(0x3000, 0x8000, 4096, PageRights.All));
        int tables = table.FreeTables;

        Assert.True(table.TryMap(0, 8 * Chunk, Chunk, PageRights.All));
        Assert.Equal(tables + 1, table.FreeTables);
        Assert.Equal((8 * Chunk) + 0x3000, Translate(table, 0x3000));
        Assert.True(table.TryUnmap(0x3000, 4096));
        Assert.Equal((8 * Chunk) + 0x2000, Translate(table, 0x2000));
        Assert.False(table.TryTranslate(0x3000, out _, out _));
        Assert.True(table.TryUnmap(0, Chunk));
        Assert.Equal(tables + 1, table.FreeTables);
        Assert.False(table.TryTranslate(0x2000, out _, out _));
    }

    [Fact]
    public void A_table_that_was_used_before_holds_nothing_when_it_is_used_again()
    {
        PageTable table = Table();
        Assert.True(table.TryMap(0x1000, 0x8000, Chunk - 0x1000, PageRights.All));
        Assert.True(table.TryUnmap(0, Chunk));

        Assert.True(table.TryMap(Chunk + 0x1000, 0x9000, 4096, PageRights.All));

        Assert.False(table.TryTranslate(Chunk, out _, out _));
        Assert.False(table.TryTranslate(Chunk + 0x2000, out _, out _));
    }

    [Fact]
    public void Unmapping_what_is_not_mapped_takes_no_table()
    {
        PageTable table = Table();

        Assert.True(table.TryUnmap(0, 64 * GiB));
        Assert.True(table.TryUnmap(0x5000, 4096));
        Assert.Equal(PoolPages - 1, table.FreeTables);
    }

    [Fact]
    public void Writing_can_be_forbidden_and_allowed_by_page_and_by_chunk()
    {
        PageTable table = Table();
        Assert.True(table.TryMap(0, 8 * Chunk, 2 * Chunk, PageRights.All));

        Assert.True(table.TryMap(0, 8 * Chunk, Chunk, PageRights.Execute));
        Assert.Equal(PoolPages - 3, table.FreeTables);
        Assert.False(IsWritable(table, 0));
        Assert.True(IsWritable(table, Chunk));
        Assert.True(table.TryMap(Chunk - 4096, (9 * Chunk) - 4096, 8192, PageRights.All));
        Assert.False(IsWritable(table, Chunk - 4097));
        Assert.True(IsWritable(table, Chunk - 4096));
        Assert.True(table.TryMap(Chunk, 9 * Chunk, 8192, PageRights.Execute));
        Assert.False(IsWritable(table, Chunk + 8191));
        Assert.True(IsWritable(table, Chunk + 8192));
    }

    [Fact]
    public void Ends_when_the_pool_does_and_goes_on_after_clearing()
    {
        PageTable table = Table();
        int mapped = 0;
        while (table.TryMap((ulong)mapped * GiB, 0x1000, 4096, PageRights.All))
        {
            mapped++;
        }

        // The root and a pointer table are shared; each further GiB takes a directory and a table.
        Assert.Equal((PoolPages - 2) / 2, mapped);
        Assert.True(table.TryMap(4096, 0x2000, 4096, PageRights.All));
        table.Clear();
        Assert.Equal(PoolPages - 1, table.FreeTables);
        Assert.False(table.TryTranslate(0, out _, out _));
        Assert.True(table.TryMap(0, 0x1000, 4096, PageRights.All));
    }

    [Fact]
    public void A_split_without_a_table_left_changes_nothing()
    {
        var table = Started(PageTableFormat.AmdNested, 3);
        Assert.True(table.TryMap(0, 8 * Chunk, Chunk, PageRights.All));

        Assert.False(table.TryUnmap(0x5000, 4096));
        Assert.False(table.TryMap(0x5000, 0x5000, 4096, PageRights.Execute));
        Assert.Equal((8 * Chunk) + 0x5000, Translate(table, 0x5000));
        Assert.True(IsWritable(table, 0x5000));
    }

    [Theory]
    [InlineData(1ul, 0ul, 4096ul)]
    [InlineData(0ul, 1ul, 4096ul)]
    [InlineData(0ul, 0ul, 4097ul)]
    [InlineData(1ul << 48, 0ul, 4096ul)]
    [InlineData((1ul << 48) - 4096, 0ul, 8192ul)]
    [InlineData(0xFFFF_FFFF_FFFF_F000ul, 0ul, 4096ul)]
    [InlineData(0ul, 1ul << 52, 4096ul)]
    [InlineData(0ul, (1ul << 52) - 4096, 8192ul)]
    [InlineData(0ul, 0ul, 0xFFFF_FFFF_FFFF_F000ul)]
    public void Refuses_addresses_that_no_table_can_hold(ulong guest, ulong host, ulong length)
    {
        PageTable table = Table();

        Assert.False(table.TryMap(guest, host, length, PageRights.All));
        Assert.Equal(PoolPages - 1, table.FreeTables);
    }

    [Fact]
    public void Holds_the_last_page_of_the_address_space()
    {
        PageTable table = Table();

        Assert.True(table.TryMap((1ul << 48) - 4096, (1ul << 52) - 4096, 4096, PageRights.All));
        Assert.Equal((1ul << 52) - 1, Translate(table, (1ul << 48) - 1));
    }

    [Theory]
    [InlineData(0x20_0000ul, 0ul, 3ul)]
    [InlineData(1 * GiB, 0ul, 3ul)]
    [InlineData((1 * GiB) + 1, 5ul, 9ul)]
    [InlineData(4 * GiB, 0ul, 6ul)]
    [InlineData(512 * GiB, 0ul, 514ul)]
    [InlineData((512 * GiB) + 1, 0ul, 516ul)]
    public void Knows_how_many_tables_a_domain_needs(ulong end, ulong extra, ulong expected)
    {
        Assert.Equal(expected, PageTable.PoolPages(end, extra));
    }

    [Theory]
    [InlineData(0ul, 0ul, 0ul, "nothing")]
    [InlineData(5 * GiB, 4096ul, 3ul, "a page at the start of a table")]
    [InlineData((5 * GiB) + 4096, 4096ul, 4ul, "a page inside a table: counted for both ends")]
    [InlineData(5 * GiB, Chunk, 2ul, "a chunk")]
    [InlineData((5 * GiB) - 4096, 8192ul, 5ul, "two pages in two GiB")]
    [InlineData(5 * GiB, 8 * GiB, 9ul, "eight GiB")]
    [InlineData((512 * GiB) - Chunk, 2 * Chunk, 4ul, "chunks around 512 GiB")]
    public void Knows_how_many_tables_a_range_needs(ulong start, ulong length, ulong expected, string what)
    {
        Assert.True(expected == PageTable.TablesFor(MemoryRange.FromLength(start, length)), what);
        PageTable table = Table();
        Assert.True(table.TryMap(start, start, length, PageRights.All));
        Assert.True((ulong)(PoolPages - 1 - table.FreeTables) <= expected, what);
    }

    [Fact]
    public void A_pool_of_the_computed_size_maps_everything()
    {
        const ulong End = 11 * GiB;
        ulong pages = PageTable.PoolPages(End, 0);
        Assert.True(pages <= PoolPages);
        var table = Started(PageTableFormat.AmdNested, pages);

        for (ulong guest = 0; guest < End; guest += Chunk)
        {
            Assert.True(table.TryMap(guest, End - guest, Chunk, PageRights.All));
        }

        Assert.Equal(0, table.FreeTables);
        Assert.Equal(Chunk, Translate(table, End - Chunk));
    }

    [Fact]
    public void A_pool_that_is_not_memory_is_refused()
    {
        var table = new PageTable(_memory, PageTableFormat.AmdNested);

        Assert.False(table.TryStart(MemoryRange.FromLength(0, 4096)));
        Assert.False(table.TryStart(MemoryRange.FromLength(PoolStart, (PoolPages + 1) * 4096)));
        Assert.False(table.TryStart(MemoryRange.FromLength(PoolStart, 4095)));
        Assert.False(table.TryStart(default));
    }

    [Fact]
    public void Agrees_with_a_list_of_pages_after_any_sequence()
    {
        var random = new Random(3);
        var table = Table();
        var model = new Dictionary<ulong, (ulong Host, PageRights Rights)>();
        for (int step = 0; step < 3000; step++)
        {
            bool isWhole = random.Next(2) == 0;
            ulong guest = ((ulong)random.Next(6) * Chunk) + (isWhole ? 0 : (ulong)random.Next(512) * 4096);
            ulong length = isWhole ? Chunk : (ulong)random.Next(1, 40) * 4096;
            if (random.Next(3) != 0)
            {
                ulong host = ((ulong)random.Next(64) * Chunk) + (random.Next(2) == 0 ? 0 : 4096ul * (ulong)random.Next(512));
                PageRights rights = random.Next(2) == 0 ? PageRights.All : PageRights.Execute;
                Assert.True(table.TryMap(guest, host, length, rights));
                ForEach(guest, length, page => model[page] = (host + page - guest, rights));
            }
            else
            {
                Assert.True(table.TryUnmap(guest, length));
                ForEach(guest, length, page => model.Remove(page));
            }

            for (int sample = 0; sample < 20; sample++)
            {
                ulong page = (ulong)random.Next(7 * 512) * 4096;
                bool isMapped = table.TryTranslate(page, out ulong actual, out PageRights found);
                Assert.Equal(model.TryGetValue(page, out (ulong Host, PageRights Rights) expected), isMapped);
                Assert.Equal(expected, (actual, found));
            }
        }
    }

    [Fact]
    public void Maps_GiB_pages_where_the_processor_has_them_and_both_addresses_are_aligned()
    {
        var table = Started(s_withGigabytes, PoolPages);

        Assert.True(table.TryMap(GiB - Chunk, (5 * GiB) - Chunk, (2 * GiB) + Chunk + 4096, PageRights.All | PageRights.Uncached));

        // The root, the pointers, a directory on each side and a table for the last page.
        Assert.Equal(PoolPages - 5, table.FreeTables);
        Assert.Equal((5 * GiB) | 0x87, Entry(1, 1));
        Assert.Equal((6 * GiB) | 0x87, Entry(1, 2));
        Assert.Equal((6 * GiB) + 0x1234_5678, Translate(table, (2 * GiB) + 0x1234_5678));
        Assert.Equal((5 * GiB) - 1, Translate(table, GiB - 1));
        Assert.Equal(7 * GiB, Translate(table, 3 * GiB));
        Assert.False(table.TryTranslate((3 * GiB) + 4096, out _, out _));
    }

    [Fact]
    public void Splits_a_GiB_page_as_far_as_it_must()
    {
        var table = Started(s_withGigabytes, PoolPages);
        Assert.True(table.TryMap(GiB, 5 * GiB, 2 * GiB, PageRights.All));
        int free = table.FreeTables;

        Assert.True(table.TryMap(GiB + (3 * Chunk), (5 * GiB) + (3 * Chunk), 4096, PageRights.Execute));

        Assert.Equal(free - 2, table.FreeTables);
        Assert.False(IsWritable(table, GiB + (3 * Chunk)));
        Assert.True(IsWritable(table, GiB + (3 * Chunk) + 4096));
        Assert.True(IsWritable(table, GiB + (2 * Chunk)));
        Assert.Equal((5 * GiB) + (511 * Chunk) + 7, Translate(table, GiB + (511 * Chunk) + 7));

        Assert.True(table.TryUnmap(GiB + (9 * Chunk), Chunk));
        Assert.False(table.TryTranslate(GiB + (9 * Chunk), out _, out _));
        Assert.Equal((5 * GiB) + (10 * Chunk), Translate(table, GiB + (10 * Chunk)));
        Assert.Equal(free - 2, table.FreeTables);

        Assert.True(table.TryUnmap(2 * GiB, GiB));
        Assert.False(table.TryTranslate(2 * GiB, out _, out _));
    }

    [Fact]
    public void A_GiB_page_gives_back_every_table_that_it_replaces()
    {
        var table = Started(s_withGigabytes, PoolPages);
        Assert.True(table.TryMap(GiB, 4096, 8192, PageRights.All));
        Assert.True(table.TryMap(GiB + (7 * Chunk), 4096, 8192, PageRights.All));
        int free = table.FreeTables;

        Assert.True(table.TryMap(GiB, 5 * GiB, GiB, PageRights.All));

        Assert.Equal(free + 3, table.FreeTables);
        Assert.Equal((5 * GiB) + (7 * Chunk), Translate(table, GiB + (7 * Chunk)));
        Assert.True(table.TryUnmap(GiB, GiB));
        Assert.False(table.TryTranslate(GiB, out _, out _));
    }

    private static void ForEach(ulong guest, ulong length, Action<ulong> action)
    {
        for (ulong page = guest; page < guest + length; page += 4096)
        {
            action(page);
        }
    }

    private static ulong Translate(PageTable table, ulong guest)
    {
        Assert.True(table.TryTranslate(guest, out ulong host, out _));
        return host;
    }

    private static bool IsWritable(PageTable table, ulong guest)
    {
        Assert.True(table.TryTranslate(guest, out _, out PageRights rights));
        return (rights & PageRights.Write) != 0;
    }

    private PageTable Table() => Started(PageTableFormat.AmdNested, PoolPages);

    private PageTable Started(PageTableFormat format, ulong pages)
    {
        var table = new PageTable(_memory, format);
        Assert.True(table.TryStart(MemoryRange.FromLength(PoolStart, pages * 4096)));
        return table;
    }

    /// <summary>
    /// An entry of the table that is reached by first entries only, <paramref name="depth"/> levels below the root.
    /// </summary>
    private ulong Entry(int depth, int index)
    {
        ulong table = PoolStart;
        for (int i = 0; i < depth; i++)
        {
            table = Page(table, 0);
        }

        return Page(table, index);
    }

    private ulong Page(ulong table, int index)
        => BitConverter.ToUInt64(_memory.At((table & PageEntry.AddressMask) + ((ulong)index * 8), 8));
}
