using System;
using System.Collections.Generic;
using Hyperlaunch.Domains.Boot;
using Hyperlaunch.Domains.Construction;
using Xunit;

namespace Hyperlaunch.Tests.Construction;

public sealed class NestedPageTableTests : IDisposable
{
    private const ulong Chunk = 2 * 1024 * 1024;
    private const ulong GiB = 1024 * 1024 * 1024;
    private const ulong PoolStart = 0x10_0000;
    private const int PoolPages = 16;

    /// <summary>AMD's encoding (APM volume 2, section 5.4): present, writable, user; uncached by PCD and PWT.</summary>
    internal static readonly NestedPageFormat Amd = new(0x7, 0x7, 0x1F, 0x2, 0x80, 0x1);

    /// <summary>Intel's encoding (SDM volume 3, section 28.3.2): read, write, execute, memory type in bits 5:3.</summary>
    private static readonly NestedPageFormat Intel = new(0x7, 0x37, 0x7, 0x2, 0x80, 0x7);

    private static readonly NestedPageFormat IntelWithGigabytes = new(0x7, 0x37, 0x7, 0x2, 0x80, 0x7, hasGigabytePages: true);

    private readonly FakePhysicalMemory _memory = new FakePhysicalMemory().With(PoolStart, PoolPages * 4096);

    public void Dispose() => _memory.Dispose();

    [Fact]
    public void Starts_with_nothing_mapped()
    {
        _memory.At(PoolStart, PoolPages * 4096).Fill(0xFF);

        NestedPageTable table = Table();

        Assert.Equal(PoolStart, table.Root);
        Assert.Equal(PoolPages - 1, table.FreeTables);
        Assert.False(table.TryTranslate(0, out _, out _));
        Assert.False(table.TryTranslate(ulong.MaxValue, out _, out _));
    }

    [Fact]
    public void Maps_two_MiB_pages_where_both_addresses_are_aligned()
    {
        NestedPageTable table = Table();

        Assert.True(table.TryMap(4 * Chunk, 9 * Chunk, 2 * Chunk, NestedPageAccess.Full));

        Assert.Equal(PoolPages - 3, table.FreeTables);
        Assert.Equal((9 * Chunk) | 0x87, Entry(2, 4));
        Assert.Equal((9 * Chunk) + 0x12_3456, Translate(table, (4 * Chunk) + 0x12_3456));
        Assert.Equal((11 * Chunk) - 1, Translate(table, (6 * Chunk) - 1));
        Assert.False(table.TryTranslate((4 * Chunk) - 1, out _, out _));
        Assert.False(table.TryTranslate(6 * Chunk, out _, out _));
    }

    [Fact]
    public void Maps_single_pages_at_the_edges_and_where_the_targets_are_not_aligned()
    {
        NestedPageTable table = Table();

        Assert.True(table.TryMap(Chunk - 4096, (9 * Chunk) - 4096, Chunk + 8192, NestedPageAccess.Full));

        Assert.Equal((9 * Chunk) - 4096, Translate(table, Chunk - 4096));
        Assert.Equal((9 * Chunk) | 0x87, Entry(2, 1));
        Assert.Equal(10 * Chunk, Translate(table, 2 * Chunk));
        Assert.False(table.TryTranslate((2 * Chunk) + 4096, out _, out _));
        Assert.True(table.TryMap(8 * Chunk, 4096, Chunk, NestedPageAccess.Full));
        Assert.Equal(4096 + 0x1F_F000UL, Translate(table, (9 * Chunk) - 4096));
    }

    [Fact]
    public void Encodes_as_the_processor_wants_it()
    {
        var table = Started(Intel, PoolPages);

        Assert.True(table.TryMap(0, 5 * Chunk, Chunk, NestedPageAccess.Full));
        Assert.True(table.TryMap(Chunk, 7 * Chunk, 4096, NestedPageAccess.ReadOnly));
        Assert.True(table.TryMap(2 * Chunk, 0xFEE0_0000, 4096, NestedPageAccess.Device));

        Assert.Equal(7UL, Entry(0, 0) & 0xFFF);
        Assert.Equal((5 * Chunk) | 0xB7, Entry(2, 0));
        Assert.Equal((7 * Chunk) | 0x35, Page(Entry(2, 1), 0));
        Assert.Equal(0xFEE0_0007, Page(Entry(2, 2), 0));
    }

    [Fact]
    public void A_hole_in_a_large_page_leaves_the_rest_as_it_was()
    {
        NestedPageTable table = Table();
        Assert.True(table.TryMap(0, 8 * Chunk, Chunk, NestedPageAccess.ReadOnly));

        Assert.True(table.TryUnmap(0x5000, 4096));

        Assert.False(table.TryTranslate(0x5000, out _, out _));
        Assert.Equal((8 * Chunk) + 0x4005, Page(Entry(2, 0), 4));
        Assert.Equal((8 * Chunk) + 0x4FFF, Translate(table, 0x4FFF));
        Assert.True(table.TryTranslate(0x6000, out ulong host, out bool isWritable));
        Assert.Equal((8 * Chunk) + 0x6000, host);
        Assert.False(isWritable);
    }

    [Fact]
    public void A_large_page_over_single_ones_gives_their_table_back()
    {
        NestedPageTable table = Table();
        Assert.True(table.TryMap(0x3000, 0x8000, 4096, NestedPageAccess.Full));
        int tables = table.FreeTables;

        Assert.True(table.TryMap(0, 8 * Chunk, Chunk, NestedPageAccess.Full));
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
        NestedPageTable table = Table();
        Assert.True(table.TryMap(0x1000, 0x8000, Chunk - 0x1000, NestedPageAccess.Full));
        Assert.True(table.TryUnmap(0, Chunk));

        Assert.True(table.TryMap(Chunk + 0x1000, 0x9000, 4096, NestedPageAccess.Full));

        Assert.False(table.TryTranslate(Chunk, out _, out _));
        Assert.False(table.TryTranslate(Chunk + 0x2000, out _, out _));
    }

    [Fact]
    public void Unmapping_what_is_not_mapped_takes_no_table()
    {
        NestedPageTable table = Table();

        Assert.True(table.TryUnmap(0, 64 * GiB));
        Assert.True(table.TryUnmap(0x5000, 4096));
        Assert.Equal(PoolPages - 1, table.FreeTables);
    }

    [Fact]
    public void Writing_can_be_forbidden_and_allowed_by_page_and_by_chunk()
    {
        NestedPageTable table = Table();
        Assert.True(table.TryMap(0, 8 * Chunk, 2 * Chunk, NestedPageAccess.Full));

        Assert.True(table.TrySetWritable(0, Chunk, false));
        Assert.Equal(PoolPages - 3, table.FreeTables);
        Assert.False(IsWritable(table, 0));
        Assert.True(IsWritable(table, Chunk));
        Assert.True(table.TrySetWritable(Chunk - 4096, 8192, true));
        Assert.False(IsWritable(table, Chunk - 4097));
        Assert.True(IsWritable(table, Chunk - 4096));
        Assert.True(table.TrySetWritable(Chunk, 8192, false));
        Assert.False(IsWritable(table, Chunk + 8191));
        Assert.True(IsWritable(table, Chunk + 8192));
        Assert.True(table.TrySetWritable(0, 4 * GiB, true));
        Assert.True(IsWritable(table, 0));
        Assert.True(IsWritable(table, Chunk));
    }

    [Fact]
    public void Ends_when_the_pool_does_and_goes_on_after_clearing()
    {
        NestedPageTable table = Table();
        int mapped = 0;
        while (table.TryMap((ulong)mapped * GiB, 0x1000, 4096, NestedPageAccess.Full))
        {
            mapped++;
        }

        // The root and a pointer table are shared; each further GiB takes a directory and a table.
        Assert.Equal((PoolPages - 2) / 2, mapped);
        Assert.True(table.TryMap(4096, 0x2000, 4096, NestedPageAccess.Full));
        table.Clear();
        Assert.Equal(PoolPages - 1, table.FreeTables);
        Assert.False(table.TryTranslate(0, out _, out _));
        Assert.True(table.TryMap(0, 0x1000, 4096, NestedPageAccess.Full));
    }

    [Fact]
    public void A_split_without_a_table_left_changes_nothing()
    {
        var table = Started(Amd, 3);
        Assert.True(table.TryMap(0, 8 * Chunk, Chunk, NestedPageAccess.Full));

        Assert.False(table.TryUnmap(0x5000, 4096));
        Assert.False(table.TrySetWritable(0x5000, 4096, false));
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
        NestedPageTable table = Table();

        Assert.False(table.TryMap(guest, host, length, NestedPageAccess.Full));
        Assert.Equal(PoolPages - 1, table.FreeTables);
    }

    [Fact]
    public void Holds_the_last_page_of_the_address_space()
    {
        NestedPageTable table = Table();

        Assert.True(table.TryMap((1ul << 48) - 4096, (1ul << 52) - 4096, 4096, NestedPageAccess.Full));
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
        Assert.Equal(expected, NestedPageTable.PoolPages(end, extra));
    }

    [Fact]
    public void A_pool_of_the_computed_size_maps_everything()
    {
        const ulong End = 11 * GiB;
        ulong pages = NestedPageTable.PoolPages(End, 0);
        Assert.True(pages <= PoolPages);
        var table = Started(Amd, pages);

        for (ulong guest = 0; guest < End; guest += Chunk)
        {
            Assert.True(table.TryMap(guest, End - guest, Chunk, NestedPageAccess.Full));
        }

        Assert.Equal(0, table.FreeTables);
        Assert.Equal(Chunk, Translate(table, End - Chunk));
    }

    [Fact]
    public void A_pool_that_is_not_memory_is_refused()
    {
        var table = new NestedPageTable(_memory, Amd);

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
        var model = new Dictionary<ulong, (ulong Host, bool Writable)>();
        for (int step = 0; step < 3000; step++)
        {
            bool isWhole = random.Next(2) == 0;
            ulong guest = ((ulong)random.Next(6) * Chunk) + (isWhole ? 0 : (ulong)random.Next(512) * 4096);
            ulong length = isWhole ? Chunk : (ulong)random.Next(1, 40) * 4096;
            switch (random.Next(3))
            {
                case 0:
                    ulong host = ((ulong)random.Next(64) * Chunk) + (random.Next(2) == 0 ? 0 : 4096ul * (ulong)random.Next(512));
                    var access = (NestedPageAccess)random.Next(2);
                    Assert.True(table.TryMap(guest, host, length, access));
                    ForEach(guest, length, page => model[page] = (host + page - guest, access == NestedPageAccess.Full));
                    break;
                case 1:
                    Assert.True(table.TryUnmap(guest, length));
                    ForEach(guest, length, page => model.Remove(page));
                    break;
                default:
                    bool writable = random.Next(2) == 0;
                    Assert.True(table.TrySetWritable(guest, length, writable));
                    ForEach(guest, length, page =>
                    {
                        if (model.TryGetValue(page, out (ulong Host, bool Writable) old))
                        {
                            model[page] = (old.Host, writable);
                        }
                    });
                    break;
            }

            for (int sample = 0; sample < 20; sample++)
            {
                ulong page = (ulong)random.Next(7 * 512) * 4096;
                bool isMapped = table.TryTranslate(page, out ulong actual, out bool isWritable);
                Assert.Equal(model.TryGetValue(page, out (ulong Host, bool Writable) expected), isMapped);
                Assert.Equal(expected, (actual, isWritable));
            }
        }
    }

    [Fact]
    public void Maps_GiB_pages_where_the_processor_has_them_and_both_addresses_are_aligned()
    {
        var table = Started(IntelWithGigabytes, PoolPages);

        Assert.True(table.TryMap(GiB - Chunk, (5 * GiB) - Chunk, (2 * GiB) + Chunk + 4096, NestedPageAccess.Device));

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
        var table = Started(IntelWithGigabytes, PoolPages);
        Assert.True(table.TryMap(GiB, 5 * GiB, 2 * GiB, NestedPageAccess.Full));
        int free = table.FreeTables;

        Assert.True(table.TrySetWritable(GiB + (3 * Chunk), 4096, false));

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
        var table = Started(IntelWithGigabytes, PoolPages);
        Assert.True(table.TryMap(GiB, 4096, 8192, NestedPageAccess.Full));
        Assert.True(table.TryMap(GiB + (7 * Chunk), 4096, 8192, NestedPageAccess.Full));
        int free = table.FreeTables;

        Assert.True(table.TryMap(GiB, 5 * GiB, GiB, NestedPageAccess.Full));

        Assert.Equal(free + 3, table.FreeTables);
        Assert.Equal((5 * GiB) + (7 * Chunk), Translate(table, GiB + (7 * Chunk)));
        Assert.True(table.TryUnmap(GiB, GiB));
        Assert.False(table.TryTranslate(GiB, out _, out _));
    }

    [Fact]
    public void Sets_the_right_to_write_around_what_is_missing()
    {
        var table = Started(IntelWithGigabytes, PoolPages);
        Assert.True(table.TryMap(GiB + (3 * Chunk), 8 * Chunk, 4096, NestedPageAccess.Full));
        Assert.True(table.TryMap(3 * GiB, 5 * GiB, GiB, NestedPageAccess.Full));

        Assert.True(table.TrySetWritable(0, 4 * GiB, false));

        Assert.False(IsWritable(table, GiB + (3 * Chunk)));
        Assert.False(IsWritable(table, (4 * GiB) - 1));
    }

    private static void ForEach(ulong guest, ulong length, Action<ulong> action)
    {
        for (ulong page = guest; page < guest + length; page += 4096)
        {
            action(page);
        }
    }

    private static ulong Translate(NestedPageTable table, ulong guest)
    {
        Assert.True(table.TryTranslate(guest, out ulong host, out _));
        return host;
    }

    private static bool IsWritable(NestedPageTable table, ulong guest)
    {
        Assert.True(table.TryTranslate(guest, out _, out bool isWritable));
        return isWritable;
    }

    private NestedPageTable Table() => Started(Amd, PoolPages);

    private NestedPageTable Started(NestedPageFormat format, ulong pages)
    {
        var table = new NestedPageTable(_memory, format);
        Assert.True(table.TryStart(MemoryRange.FromLength(PoolStart, pages * 4096)));
        return table;
    }

    /// <summary>An entry of the table that is reached by first entries only, <paramref name="depth"/> levels below the root.</summary>
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
        => BitConverter.ToUInt64(_memory.At((table & 0x000F_FFFF_FFFF_F000) + ((ulong)index * 8), 8));
}
