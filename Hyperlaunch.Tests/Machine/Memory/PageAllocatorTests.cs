using System;
using System.Collections.Generic;
using System.Linq;
using Hyperlaunch.Machine.Memory;
using Xunit;

namespace Hyperlaunch.Tests.Machine.Memory;

public sealed class PageAllocatorTests
{
    private const ulong MiB = 1024 * 1024;
    private const ulong GiB = 1024 * MiB;

    [Fact]
    public void Gives_what_is_usable_and_not_reserved()
    {
        MemoryMapEntry[] map =
        [
            Entry(0, 0x9_FC00, MemoryKind.Usable),
            Entry(0x10_0000, 0x100_0000, MemoryKind.Usable),
            Entry(0x100_0000, 0x200_0000, MemoryKind.AcpiReclaimable),
            Entry(0x200_0800, 0x300_0800, MemoryKind.Usable),
        ];
        MemoryRange[] reserved
            = [MemoryRange.FromEnd(
            0, 0x10_0000), MemoryRange.FromEnd(0x20_0000, 0x20_0001), MemoryRange.FromEnd(0x2FF_F000, 0x400_0000)];

        var allocator = new PageAllocator(map, reserved, 16);

        Assert.Equal("100000-200000 201000-1000000 2001000-2fff000", Print(allocator));
        Assert.Equal(0x10_0000UL + 0xDF_F000 + 0xFF_E000, allocator.FreeBytes);
        Assert.Equal(allocator.FreeBytes, allocator.TotalBytes);
        Assert.Equal((12 * MiB) + (12 * MiB), allocator.FreeChunkBytes);
    }

    [Theory]
    [InlineData(0x180_0FFFUL, "100000-200000 1000000-1800000")]
    [InlineData(0x100_0000UL, "100000-200000")]
    [InlineData(0x10_0FFFUL, "")]
    [InlineData(0UL, "")]
    [InlineData(ulong.MaxValue, "100000-200000 1000000-2000000 4000000-5000000")]
    public void Beyond_a_limit_it_gives_out_nothing_not_even_what_is_released(ulong end, string expected)
    {
        MemoryMapEntry[] map
            = [Entry(0x10_0000, 0x200_0000, MemoryKind.Usable), Entry(0x400_0000, 0x600_0000, MemoryKind.Usable)];
        MemoryRange[] modules = [MemoryRange.FromEnd(0x20_0000, 0x100_0000), MemoryRange.FromEnd(0x500_0000, 0x600_0000)];
        var allocator = new PageAllocator(map, modules, 16, maximumReleases: 2);
        allocator.Limit(end);

        Assert.Equal(expected, Print(allocator));
        ulong free = allocator.FreeRanges.ToArray().Aggregate(0UL, (sum, range) => sum + range.Length);
        Assert.Equal((free, free), (allocator.FreeBytes, allocator.TotalBytes));
        allocator.Release(modules[0]);
        allocator.Release(modules[1]);
        Assert.DoesNotContain(allocator.FreeRanges.ToArray(), range => range.End > end);
    }

    [Fact]
    public void A_domain_gets_one_run_from_the_upper_end_of_the_smallest_range_that_holds_it()
    {
        PageAllocator allocator = Allocator((0, 64 * MiB), (1 * GiB, (1 * GiB) + (16 * MiB)), (4 * GiB, 5 * GiB));

        Assert.Equal("40800000-41000000", Runs(allocator, 8 * MiB));
        Assert.Equal("2000000-4000000", Runs(allocator, 32 * MiB));
        Assert.Equal("138000000-140000000", Runs(allocator, 128 * MiB));
    }

    [Fact]
    public void Of_two_ranges_of_one_size_the_higher_is_taken()
    {
        PageAllocator allocator = Allocator((0, 16 * MiB), (4 * GiB, (4 * GiB) + (16 * MiB)));

        Assert.Equal("100e00000-101000000", Runs(allocator, 2 * MiB));
    }

    [Fact]
    public void A_domain_larger_than_any_range_gets_the_largest_ones_first()
    {
        PageAllocator allocator = Allocator((2 * MiB, 10 * MiB), (100 * MiB, 132 * MiB), (200 * MiB, 216 * MiB));

        Assert.Equal("6400000-8400000 c800000-d800000 800000-a00000", Runs(allocator, 50 * MiB));
        Assert.Equal(6 * MiB, allocator.FreeBytes);
    }

    [Fact]
    public void Runs_are_aligned_where_ranges_are_not()
    {
        PageAllocator allocator = Allocator(((2 * MiB) + 4096, (8 * MiB) - 4096));

        Assert.Equal(2 * MiB, allocator.FreeChunkBytes);
        Assert.Equal("400000-600000", Runs(allocator, 2 * MiB));
        Assert.Equal("201000-400000 600000-7ff000", Print(allocator));
        Assert.Equal(0UL, allocator.FreeChunkBytes);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData((2 * MiB) + 4096)]
    [InlineData(18 * MiB)]
    [InlineData(ulong.MaxValue & ~0x1F_FFFFUL)]
    public void A_run_that_cannot_be_had_leaves_everything_as_it_was(ulong bytes)
    {
        PageAllocator allocator = Allocator((0, 8 * MiB), (100 * MiB, 108 * MiB));
        var runs = new MemoryRange[8];

        Assert.False(allocator.TryAllocateRuns(bytes, runs, out int count));
        Assert.Equal(0, count);
        Assert.Equal("0-800000 6400000-6c00000", Print(allocator));
    }

    [Fact]
    public void Memory_in_more_pieces_than_the_caller_takes_is_refused_whole()
    {
        PageAllocator allocator = Allocator((0, 2 * MiB), (4 * MiB, 6 * MiB), (8 * MiB, 10 * MiB));
        string before = Print(allocator);

        Assert.False(allocator.TryAllocateRuns(6 * MiB, new MemoryRange[2], out _));
        Assert.Equal(before, Print(allocator));
        Assert.True(allocator.TryAllocateRuns(6 * MiB, new MemoryRange[3], out int count));
        Assert.Equal(3, count);
        Assert.Equal(0UL, allocator.FreeBytes);
    }

    [Fact]
    public void Pages_come_from_the_lower_end_of_the_smallest_range_that_holds_them()
    {
        PageAllocator allocator = Allocator((0, 8 * MiB), (0x100_0000, 0x100_4000), (0x200_0000, 0x200_2000));

        Assert.True(allocator.TryAllocatePages(3, out MemoryRange pages));
        Assert.Equal(0x100_0000UL, pages.Start);
        Assert.True(allocator.TryAllocatePages(1, out MemoryRange one));
        Assert.Equal(0x100_3000UL, one.Start);
        Assert.True(allocator.TryAllocatePages(3, out MemoryRange large));
        Assert.Equal(0UL, large.Start);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2049)]
    [InlineData(ulong.MaxValue)]
    [InlineData(ulong.MaxValue / 4096)]
    public void Pages_that_cannot_be_had_are_refused(ulong count)
    {
        PageAllocator allocator = Allocator((0, 8 * MiB), (100 * MiB, 108 * MiB));

        Assert.False(allocator.TryAllocatePages(count, out _));
        Assert.Equal(16 * MiB, allocator.FreeBytes);
    }

    [Fact]
    public void Allocations_end_before_their_table_does()
    {
        PageAllocator allocator = Allocator(4, (0, 8 * MiB));
        var held = new MemoryRange[4];
        for (int i = 0; i < held.Length; i++)
        {
            Assert.True(allocator.TryAllocatePages(1, out held[i]));
        }

        Assert.False(allocator.TryAllocatePages(1, out _));
        Assert.False(allocator.TryAllocateRuns(2 * MiB, new MemoryRange[1], out _));
        Assert.False(allocator.TryReserve(MemoryRange.FromLength(4 * MiB, 4096)));
        allocator.Free(held[1]);
        Assert.True(allocator.TryAllocatePages(1, out _));
    }

    [Fact]
    public void Freed_memory_joins_both_neighbours()
    {
        PageAllocator allocator = Allocator((0, 8 * MiB));
        Assert.True(allocator.TryAllocatePages(1, out MemoryRange first));
        Assert.True(allocator.TryAllocatePages(1, out MemoryRange second));
        Assert.True(allocator.TryAllocatePages(1, out MemoryRange third));

        allocator.Free(first);
        allocator.Free(third);
        Assert.Equal("0-1000 2000-800000", Print(allocator));
        allocator.Free(second);
        Assert.Equal("0-800000", Print(allocator));
    }

    [Fact]
    public void Freeing_what_is_free_is_a_broken_invariant()
    {
        PageAllocator allocator = Allocator((0, 8 * MiB));
        Assert.True(allocator.TryAllocatePages(2, out MemoryRange pages));
        Assert.True(allocator.TryAllocatePages(2, out _));
        allocator.Free(pages);

        Assert.Throws<InvalidOperationException>(() => allocator.Free(pages));
    }

    [Fact]
    public void A_range_can_be_taken_where_it_lies()
    {
        PageAllocator allocator = Allocator((0, 8 * MiB));

        Assert.True(allocator.TryReserve(MemoryRange.FromEnd(0x10_0000, 0x20_0000)));
        Assert.Equal("0-100000 200000-800000", Print(allocator));
        Assert.False(allocator.TryReserve(MemoryRange.FromEnd(0x1F_F000, 0x20_1000)));
        Assert.False(allocator.TryReserve(MemoryRange.FromEnd(0x7F_F000, 0x80_1000)));
        Assert.False(allocator.TryReserve(default));
        allocator.Free(MemoryRange.FromEnd(0x10_0000, 0x20_0000));
        Assert.Equal("0-800000", Print(allocator));
    }

    [Fact]
    public void Released_modules_become_free_by_whole_pages()
    {
        var allocator = new PageAllocator(
            [Entry(0, 8 * MiB, MemoryKind.Usable)], [MemoryRange.FromEnd(0x10_0000, 0x20_0000)], 4, maximumReleases: 3);

        Assert.Equal(0UL, allocator.Release(MemoryRange.FromEnd(0x10_0000, 0x10_0FFF)));
        Assert.Equal(0x1_F000UL, allocator.Release(MemoryRange.FromEnd(0x10_0800, 0x12_0800)));
        Assert.Equal("0-100000 101000-120000 200000-800000", Print(allocator));
        Assert.Equal(0xE_0000UL, allocator.Release(MemoryRange.FromEnd(0x12_0000, 0x20_0000)));
        Assert.Equal("0-100000 101000-800000", Print(allocator));
        Assert.Equal((8 * MiB) - 0x1000, allocator.TotalBytes);
    }

    [Fact]
    public void Only_usable_memory_is_released_and_only_once()
    {
        var allocator = new PageAllocator(
            [Entry(0, 4 * MiB, MemoryKind.Usable), Entry(
                4 * MiB, 5 * MiB, MemoryKind.Reserved), Entry(6 * MiB, 8 * MiB, MemoryKind.Usable)],
            [MemoryRange.FromEnd(0, 2 * MiB), MemoryRange.FromEnd(3 * MiB, 7 * MiB)],
            4,
            maximumReleases: 3,
            [MemoryRange.FromEnd(0, 1 * MiB), MemoryRange.FromEnd(0x31_0000, 0x31_0800)]);
        Assert.Equal("200000-300000 700000-800000", Print(allocator));

        ulong released = allocator.Release(MemoryRange.FromEnd(0, ulong.MaxValue));

        Assert.Equal("100000-310000 311000-400000 600000-800000", Print(allocator));
        Assert.Equal((3 * MiB) - 0x1000, released);
        Assert.Equal((5 * MiB) - 0x1000, allocator.FreeBytes);
        Assert.Equal(0UL, allocator.Release(MemoryRange.FromEnd(0, 8 * MiB)));
        Assert.Equal(0UL, allocator.Release(default));
    }

    [Fact]
    public void Every_release_that_was_announced_has_room_in_the_table_however_it_cuts_what_was_reserved()
    {
        const int Releases = 200;
        var allocator = new PageAllocator(
            [Entry(0, 8 * MiB, MemoryKind.Usable)], [MemoryRange.FromEnd(0, 8 * MiB)], 0, Releases,
            [MemoryRange.FromEnd(0x40_0000, 0x40_1000)]);

        for (int i = 0; i < Releases; i++)
        {
            Assert.Equal(0x1000UL, allocator.Release(MemoryRange.FromLength(0x1000 + ((ulong)i * 0x2000), 0x1000)));
        }

        Assert.Equal(Releases, allocator.FreeRangeCount);
    }

    [Fact]
    public void A_release_more_than_announced_is_a_broken_invariant_that_says_so()
    {
        var allocator = new PageAllocator(
            [Entry(0, 8 * MiB, MemoryKind.Usable)], [MemoryRange.FromEnd(2 * MiB, 4 * MiB)], 4, maximumReleases: 1);
        allocator.Release(MemoryRange.FromEnd(2 * MiB, 3 * MiB));

        var exception = Assert.Throws<InvalidOperationException>(() => allocator.Release(MemoryRange.FromEnd(3 * MiB, 4 * MiB)));

        Assert.Contains("released", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_domain_holds_may_lie_between_releases()
    {
        var allocator = new PageAllocator(
            [Entry(0, 8 * MiB, MemoryKind.Usable)], [MemoryRange.FromEnd(2 * MiB, 4 * MiB)], 4, maximumReleases: 1);
        Assert.True(allocator.TryAllocateRuns(4 * MiB, new MemoryRange[1], out _));

        Assert.Equal(2 * MiB, allocator.Release(MemoryRange.FromEnd(2 * MiB, 4 * MiB)));
        Assert.Equal("0-400000", Print(allocator));
    }

    [Fact]
    public void Gives_no_byte_twice_and_loses_none()
    {
        var random = new Random(42);
        PageAllocator allocator = Allocator(
            64, (0x1000, 0x9_F000), (1 * MiB, 93 * MiB), (128 * MiB, 256 * MiB), (4 * GiB, (4 * GiB) + (61 * MiB)));
        string before = Print(allocator);
        var held = new List<MemoryRange>();
        var runs = new MemoryRange[4];
        for (int step = 0; step < 20_000; step++)
        {
            int choice = random.Next(3);
            if (choice == 0 && allocator.TryAllocatePages((ulong)random.Next(1, 100), out MemoryRange pages))
            {
                Take(pages);
            }
            else if (choice == 1 && allocator.TryAllocateRuns((ulong)random.Next(1, 40) * 2 * MiB, runs, out int count))
            {
                foreach (MemoryRange run in runs.AsSpan(0, count))
                {
                    Assert.Equal(0UL, (run.Start | run.Length) & ((2 * MiB) - 1));
                    Take(run);
                }
            }
            else if (held.Count > 0)
            {
                int victim = random.Next(held.Count);
                allocator.Free(held[victim]);
                held.RemoveAt(victim);
            }

            Assert.Equal(allocator.TotalBytes, allocator.FreeBytes + (ulong)held.Sum(range => (long)range.Length));
        }

        held.ForEach(allocator.Free);
        Assert.Equal(before, Print(allocator));

        void Take(MemoryRange range)
        {
            Assert.DoesNotContain(held, other => other.Overlaps(range));
            Assert.DoesNotContain(allocator.FreeRanges.ToArray(), other => other.Overlaps(range));
            held.Add(range);
        }
    }

    private static MemoryMapEntry Entry(ulong start, ulong end, MemoryKind kind)
        => new(MemoryRange.FromEnd(start, end), kind);

    private static PageAllocator Allocator(params (ulong Start, ulong End)[] free) => Allocator(64, free);

    private static PageAllocator Allocator(int maximumAllocations, params (ulong Start, ulong End)[] free)
        => new([.. free.Select(range => Entry(range.Start, range.End, MemoryKind.Usable))], [], maximumAllocations);

    private static string Runs(PageAllocator allocator, ulong bytes)
    {
        var runs = new MemoryRange[8];
        Assert.True(allocator.TryAllocateRuns(bytes, runs, out int count));
        return string.Join(' ', runs.Take(count).Select(run => $"{run.Start:x}-{run.End:x}"));
    }

    private static string Print(PageAllocator allocator)
        => string.Join(' ', allocator.FreeRanges.ToArray().Select(range => $"{range.Start:x}-{range.End:x}"));
}
