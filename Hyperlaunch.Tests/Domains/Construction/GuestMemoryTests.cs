using System;
using System.Diagnostics;
using System.Linq;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Paging;
using Hyperlaunch.Tests.Machine.Memory;
using Xunit;

namespace Hyperlaunch.Tests.Domains.Construction;

public sealed class GuestMemoryTests : IDisposable
{
    private const ulong MiB = 1024 * 1024;
    private const ulong GiB = 1024 * MiB;
    private const ulong Chunk = 2 * MiB;

    private static readonly PageTableFormat s_smallPages = PageTableFormat.IntelNested(false, executesSmallPagesOnly: true);

    private readonly FakePhysicalMemory _machine = new FakePhysicalMemory().With(0, 64 * MiB).With(4 * GiB, 12 * GiB);
    private readonly PageAllocator _allocator;

    public GuestMemoryTests()
    {
        _allocator = new PageAllocator(
            [
                new MemoryMapEntry(MemoryRange.FromEnd(MiB, 64 * MiB), MemoryKind.Usable),
                new MemoryMapEntry(MemoryRange.FromEnd(4 * GiB, 16 * GiB), MemoryKind.Usable),
            ],
            [],
            256);
    }

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void Takes_memory_without_touching_it()
    {
        GuestMemory memory = Allocate(8 * GiB);

        Assert.Equal(0UL, memory.PopulatedBytes);
        Assert.False(memory.Tables!.TryTranslate(0, out _, out _));
        Assert.InRange(_allocator.TotalBytes - _allocator.FreeBytes, 8 * GiB, (8 * GiB) + MiB);
    }

    [Fact]
    public void A_guests_first_touch_clears_and_maps_one_chunk()
    {
        GuestMemory memory = Allocate(32 * MiB);
        Span<byte> run = Dirty(memory, 32 * MiB);

        Assert.True(memory.TryPopulate((5 * MiB) + 123));

        Assert.Equal(Chunk, memory.PopulatedBytes);
        Assert.True(memory.Tables!.TryTranslate(4 * MiB, out ulong host, out PageRights rights));
        Assert.Equal(PageRights.All, rights);
        Assert.False(_machine.At(host, (int)Chunk).ContainsAnyExcept((byte)0));
        Assert.False(memory.Tables.TryTranslate((4 * MiB) - 1, out _, out _));
        Assert.False(memory.Tables.TryTranslate(6 * MiB, out _, out _));
        Assert.Equal(30 * MiB, (ulong)run.Count((byte)0xA5));
        Assert.True(memory.TryPopulate(4 * MiB), "another vCPU faulted on the same chunk");
        Assert.Equal(Chunk, memory.PopulatedBytes);
    }

    [Fact]
    public void Where_only_small_pages_may_be_executed_a_fetch_makes_a_chunk_small_pages()
    {
        GuestMemory memory = Allocate(32 * MiB, s_smallPages);
        int tables = memory.Tables!.FreeTables;
        Assert.True(memory.TryPopulate(5 * MiB));
        Assert.True(memory.Tables.TryTranslate(5 * MiB, out ulong host, out PageRights rights));
        Assert.Equal(PageRights.Write, rights);
        Assert.True(memory.TryWriteU64((5 * MiB) + 8, 0x1122_3344_5566_7788));
        int largePages = memory.Tables.FreeTables;

        Assert.True(memory.TryPopulate((5 * MiB) + 123, isFetch: true));

        for (ulong address = 4 * MiB; address < 6 * MiB; address += 0x1000)
        {
            Assert.True(memory.Tables.TryTranslate(address, out ulong page, out rights));
            Assert.Equal((host - MiB + (address - (4 * MiB)), PageRights.All), (page, rights));
        }

        Assert.True(memory.TryReadU64((5 * MiB) + 8, out ulong value));
        Assert.Equal(0x1122_3344_5566_7788UL, value);
        Assert.Equal(largePages - 1, memory.Tables.FreeTables);
        Assert.True(memory.TryPopulate(4 * MiB, isFetch: true), "another vCPU fetched from the same chunk");
        Assert.Equal(largePages - 1, memory.Tables.FreeTables);
        Assert.Equal(Chunk, memory.PopulatedBytes);

        memory.Reset();
        Assert.Equal(tables, memory.Tables.FreeTables);
    }

    [Fact]
    public void A_fetch_that_touches_a_chunk_first_finds_it_clear_and_executable()
    {
        GuestMemory memory = Allocate(32 * MiB, s_smallPages);
        Dirty(memory, 32 * MiB);
        Assert.True(memory.TryPopulate(8 * MiB, isFetch: true));
        Assert.True(memory.Tables!.TryTranslate(8 * MiB, out ulong host, out PageRights rights));
        Assert.Equal(PageRights.All, rights);
        Assert.False(_machine.At(host, (int)Chunk).ContainsAnyExcept((byte)0));
    }

    [Theory]
    [InlineData("in pieces", 48 * MiB, false)]
    [InlineData("in pieces, above 4 GiB", 4 * GiB, false)]
    [InlineData("direct-mapped", 48 * MiB, true)]
    public void A_domain_can_execute_all_of_its_memory_by_small_pages(string how, ulong size, bool isDirectMapped)
    {
        GuestMemory memory = new(_machine, _allocator, s_smallPages);
        Assert.True(memory.TryAllocate(size, isDirectMapped, 0, out ConstructionProblem problem), problem.Describe());
        for (int piece = 0; piece < memory.Layout.PieceCount; piece++)
        {
            MemoryRange range = memory.Layout.Piece(piece);
            for (ulong address = range.Start; address < range.End; address += Chunk)
            {
                Assert.True(memory.TryPopulate(address, isFetch: true), $"{how}: {address:x}");
            }
        }

        Assert.True(memory.Tables!.FreeTables >= (int)GuestMemory.ExtraTables, "what devices need is left");
    }

    [Fact]
    public void A_domain_takes_no_tables_for_small_pages_where_large_ones_may_be_executed()
    {
        ulong before = _allocator.FreeBytes;
        GuestMemory large = Allocate(32 * MiB);
        ulong largeBytes = before - _allocator.FreeBytes;
        large.Destroy();
        Allocate(32 * MiB, s_smallPages);
        Assert.Equal(largeBytes + (16 * 4096), before - _allocator.FreeBytes);
    }

    [Fact]
    public void What_the_guest_wrote_stays_when_another_fault_arrives()
    {
        GuestMemory memory = Allocate(4 * MiB);
        Assert.True(memory.TryPopulate(0));
        Assert.True(memory.TryWriteU64(0x1000, 0x1122_3344_5566_7788));
        Assert.True(memory.TryPopulate(0x1000));

        Assert.True(memory.TryReadU64(0x1000, out ulong value));
        Assert.Equal(0x1122_3344_5566_7788UL, value);
    }

    [Fact]
    public void Direct_mapped_memory_lies_where_the_machine_has_it_but_for_its_first_chunk()
    {
        GuestMemory memory = New();
        Assert.True(memory.TryAllocate(32 * MiB, isDirectMapped: true, 0, out ConstructionProblem problem), problem.Describe());
        MemoryRange room = memory.Layout.Room(1);
        Assert.Equal(30 * MiB, room.Length);
        Assert.True(room.End <= 64 * MiB, "below 4 GiB first");

        Assert.True(memory.TryWriteU64(room.Start + 0x1230, 0x1122_3344_5566_7788));
        Assert.True(memory.TryWriteU8(0x1000, 0x42));

        Assert.True(memory.Tables!.TryTranslate(room.Start + 0x1230, out ulong host, out _));
        Assert.Equal(room.Start + 0x1230, host);
        Assert.Equal(0x1122_3344_5566_7788UL, BitConverter.ToUInt64(_machine.At(host, 8)));
        Assert.True(memory.Tables.TryTranslate(0x1000, out host, out _));
        Assert.Equal(room.Start - Chunk + 0x1000, host);
        Assert.False(memory.TryPopulate(room.Start - 1));
        Assert.False(memory.TryPopulate(room.End));
        memory.Destroy();
        Assert.Equal(_allocator.TotalBytes, _allocator.FreeBytes);
    }

    [Fact]
    public void Direct_mapped_memory_that_does_not_fit_below_4_GiB_goes_on_above()
    {
        GuestMemory memory = New();
        ulong low = _allocator.FreeRanges[0].Length;
        Assert.True(memory.TryAllocate(GiB, isDirectMapped: true, 0, out ConstructionProblem problem), problem.Describe());

        Assert.InRange(memory.Layout.LowBytes, low - (3 * Chunk), low);
        Assert.Equal(GiB, memory.Layout.Size);
        ulong high = memory.Layout.Piece(memory.Layout.PieceCount - 1).End - 8;
        Assert.True(high >= 4 * GiB);
        Assert.True(memory.TryWriteU64(high, 7));
        Assert.True(memory.Tables!.TryTranslate(high, out ulong host, out _));
        Assert.Equal(high, host);
    }

    [Fact]
    public void Direct_mapped_memory_needs_more_than_its_first_chunk()
    {
        Assert.False(New().TryAllocate(Chunk, isDirectMapped: true, 0, out ConstructionProblem problem));
        Assert.Equal((ConstructionProblemKind.MemoryTooSmall, 2 * Chunk), (problem.Kind, problem.Expected));
        Assert.True(New().TryAllocate(2 * Chunk, isDirectMapped: true, 0, out _));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Populated_whole_it_is_clear_and_mapped_to_its_last_byte_but_keeps_what_was_written(bool isDirectMapped)
    {
        GuestMemory memory = New();
        Assert.True(memory.TryAllocate(24 * MiB, isDirectMapped, 0, out ConstructionProblem problem), problem.Describe());
        _machine.At(40 * MiB, (int)(24 * MiB)).Fill(0xA5);
        ulong written = memory.Layout.AddressOf(7 * MiB).Value;
        Assert.True(memory.TryWriteU8(written, 0x42));

        Assert.True(memory.TryPopulateAll());

        Assert.Equal(24 * MiB, memory.PopulatedBytes);
        for (ulong offset = 0; offset < 24 * MiB; offset += Chunk)
        {
            ulong address = memory.Layout.AddressOf(offset).Value;
            Assert.True(memory.Tables!.TryTranslate(address, out ulong host, out _));
            Assert.Equal(40 * MiB + offset, host);
        }

        Assert.True(memory.TryReadU8(written, out byte value));
        Assert.Equal(0x42, value);
        Assert.Equal((int)(24 * MiB) - 1, _machine.At(40 * MiB, (int)(24 * MiB)).Count((byte)0));
    }

    [Fact]
    public void Memory_that_was_populated_whole_is_clear_in_its_next_life_whatever_that_touches()
    {
        GuestMemory memory = Allocate(8 * MiB);
        Span<byte> everything = Dirty(memory, 8 * MiB);
        Assert.True(memory.TryPopulateAll());
        everything.Fill(0x5A);

        memory.Reset();
        Assert.False(everything.ContainsAnyExcept((byte)0));
        Assert.True(memory.TryWriteU8(5 * MiB, 1));
        memory.Reset();
        Assert.True(memory.TryPopulateAll());

        Assert.False(everything.ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void Memory_that_was_given_back_is_cleared_again_for_whoever_gets_it()
    {
        GuestMemory memory = Allocate(8 * MiB);
        Assert.True(memory.TryPopulateAll());
        memory.Reset();
        memory.Destroy();
        Assert.True(memory.TryAllocate(8 * MiB, out _));
        Span<byte> everything = Dirty(memory, 8 * MiB);

        Assert.True(memory.TryPopulateAll());

        Assert.False(everything.ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void Memory_that_is_not_there_cannot_be_populated() => Assert.False(New().TryPopulateAll());

    [Fact]
    public void Scrubbing_goes_on_where_it_stopped()
    {
        GuestMemory memory = Allocate(8 * MiB);
        Span<byte> everything = Dirty(memory, 8 * MiB);
        Assert.True(memory.TryPopulateAll());
        everything.Fill(0x5A);

        Assert.False(memory.ScrubSome(1));
        Assert.Equal(2 * MiB, (ulong)everything.Count((byte)0));
        Assert.False(memory.ScrubSome(2));
        Assert.Equal(6 * MiB, (ulong)everything.Count((byte)0));
        Assert.True(memory.ScrubSome(1));
        Assert.False(everything.ContainsAnyExcept((byte)0));
    }

    [Theory]
    [InlineData(3 * GiB)]
    [InlineData((4 * GiB) - 1)]
    [InlineData(5 * GiB)]
    [InlineData(ulong.MaxValue)]
    public void A_fault_outside_memory_is_not_answered(ulong address)
    {
        GuestMemory memory = Allocate(4 * GiB);

        Assert.False(memory.TryPopulate(address));
        Assert.Equal(0UL, memory.PopulatedBytes);
    }

    [Fact]
    public void Untouched_memory_reads_as_zeros_and_stays_untouched()
    {
        GuestMemory memory = Allocate(8 * MiB);
        Dirty(memory, 8 * MiB);
        byte[] bytes = [.. Enumerable.Repeat((byte)0xFF, 4096)];

        Assert.True(memory.TryRead((2 * MiB) - 2048, bytes));

        Assert.All(bytes, value => Assert.Equal(0, value));
        Assert.Equal(0UL, memory.PopulatedBytes);
    }

    [Fact]
    public void Writes_across_chunks_read_back_and_nothing_else_shows()
    {
        GuestMemory memory = Allocate(16 * MiB);
        Dirty(memory, 16 * MiB);
        byte[] written = new byte[(int)(5 * MiB)];
        new Random(1).NextBytes(written);

        Assert.True(memory.TryWrite((3 * MiB) + 5, written));

        byte[] all = new byte[(int)(16 * MiB)];
        Assert.True(memory.TryRead(0, all));
        Assert.True(all.AsSpan((int)(3 * MiB) + 5, written.Length).SequenceEqual(written));
        Assert.False(all.AsSpan(0, (int)(3 * MiB) + 5).ContainsAnyExcept((byte)0));
        Assert.False(all.AsSpan((int)(8 * MiB) + 5).ContainsAnyExcept((byte)0));
        Assert.Equal(4 * Chunk, memory.PopulatedBytes);
        for (ulong address = 2 * MiB; address < 10 * MiB; address += Chunk)
        {
            Assert.True(memory.Tables!.TryTranslate(address, out ulong host, out _));
            Assert.True(_machine.At(
                host, (int)Chunk).SequenceEqual(all.AsSpan((int)address, (int)Chunk)), "the guest sees the same");
        }
    }

    [Fact]
    public void Memory_above_the_hole_goes_on_where_the_memory_below_ends()
    {
        GuestMemory memory = Allocate((3 * GiB) + (4 * MiB));

        Assert.True(memory.TryWriteU32((3 * GiB) - 4, 0x1111_1111));
        Assert.True(memory.TryWriteU32(4 * GiB, 0x2222_2222));
        Assert.True(memory.TryWriteU32((4 * GiB) + (4 * MiB) - 4, 0x3333_3333));

        Assert.False(memory.TryWriteU32((3 * GiB) - 2, 1));
        Assert.False(memory.TryWriteU32(3 * GiB, 1));
        Assert.False(memory.TryWriteU32((4 * GiB) - 2, 1));
        Assert.False(memory.TryReadU32((4 * GiB) + (4 * MiB) - 2, out _));
        Assert.True(memory.TryReadU32(4 * GiB, out uint value));
        Assert.Equal(0x2222_2222u, value);
        Assert.True(memory.Tables!.TryTranslate(4 * GiB, out ulong host, out _));
        Assert.Equal(0x2222_2222u, BitConverter.ToUInt32(_machine.At(host, 4)));
        Assert.Equal(3 * Chunk, memory.PopulatedBytes);
    }

    [Fact]
    public void A_write_that_does_not_fit_writes_nothing()
    {
        GuestMemory memory = Allocate(4 * MiB);

        Assert.False(memory.TryWrite((4 * MiB) - 8, new byte[9]));
        Assert.False(memory.TryWrite(ulong.MaxValue, new byte[2]));
        Assert.Equal(0UL, memory.PopulatedBytes);
        Assert.True(memory.TryWrite((4 * MiB) - 8, new byte[8]));
    }

    [Fact]
    public void The_last_broken_chunk_ends_with_the_memory()
    {
        GuestMemory memory = Allocate((4 * MiB) + 8192 + 100);

        Assert.Equal((4 * MiB) + 8192, memory.Layout.Size);
        Assert.True(memory.TryWriteU8((4 * MiB) + 8191, 1));
        Assert.False(memory.TryWriteU8((4 * MiB) + 8192, 1));
        Assert.False(memory.TryPopulate((4 * MiB) + 8192));
    }

    [Fact]
    public void Small_numbers_are_little_endian()
    {
        GuestMemory memory = Allocate(2 * MiB);
        Assert.True(memory.TryWriteU64(8, 0x8877_6655_4433_2211));

        Assert.True(memory.TryReadU8(8, out byte one));
        Assert.True(memory.TryReadU16(8, out ushort two));
        Assert.True(memory.TryReadU32(8, out uint four));
        Assert.Equal((0x11, 0x2211, 0x4433_2211u), (one, two, four));
        Assert.True(memory.TryWriteU8(8, 0xAA));
        Assert.True(memory.TryWriteU16(10, 0xBBBB));
        Assert.True(memory.TryWriteU32(12, 0xCCCC_CCCC));
        Assert.True(memory.TryReadU64(8, out ulong eight));
        Assert.Equal(0xCCCC_CCCC_BBBB_22AAUL, eight);
    }

    [Fact]
    public void A_span_of_memory_is_the_memory_itself()
    {
        GuestMemory memory = Allocate(8 * MiB);
        Dirty(memory, 8 * MiB);

        Assert.True(memory.TryGetSpan(Chunk + 100, 1000, out Span<byte> span));
        Assert.False(span.ContainsAnyExcept((byte)0));
        span[0] = 7;
        Assert.True(memory.TryReadU8(Chunk + 100, out byte value));
        Assert.Equal(7, value);
        Assert.False(memory.TryGetSpan(Chunk - 4, 8, out _));
        Assert.False(memory.TryGetSpan(0, 0, out _));
        Assert.False(memory.TryGetSpan(8 * MiB, 1, out _));
    }

    [Fact]
    public void Destroying_scrubs_what_was_touched_and_gives_everything_back()
    {
        string before = FreeRanges();
        GuestMemory memory = Allocate(64 * MiB);
        Assert.True(memory.TryWrite(5 * MiB, "secret"u8));
        Assert.True(memory.Tables!.TryTranslate(5 * MiB, out ulong host, out _));

        memory.Destroy();

        Assert.Equal(before, FreeRanges());
        Assert.False(_machine.At(host, 6).ContainsAnyExcept((byte)0));
        Assert.Null(memory.Tables);
        Assert.False(memory.TryReadU8(0, out _));
        Assert.False(memory.TryPopulate(0));
        memory.Destroy();
        Assert.Equal(before, FreeRanges());
    }

    [Fact]
    public void A_reset_domain_has_its_memory_back_empty_under_the_same_root()
    {
        GuestMemory memory = Allocate(64 * MiB);
        ulong free = _allocator.FreeBytes;
        ulong root = memory.Tables!.Root;
        Assert.True(memory.TryWrite(5 * MiB, "secret"u8));
        Assert.True(memory.Tables.TryTranslate(5 * MiB, out ulong host, out _));

        memory.Reset();

        Assert.Equal(root, memory.Tables.Root);
        Assert.Equal(free, _allocator.FreeBytes);
        Assert.Equal(0UL, memory.PopulatedBytes);
        Assert.False(memory.Tables.TryTranslate(5 * MiB, out _, out _));
        Assert.False(_machine.At(host, 6).ContainsAnyExcept((byte)0));
        Assert.True(memory.TryPopulate(5 * MiB));
        Assert.True(memory.Tables.TryTranslate(5 * MiB, out ulong again, out _));
        Assert.Equal(host, again);
        Assert.True(memory.TryReadU64(5 * MiB, out ulong value));
        Assert.Equal(0UL, value);
    }

    [Fact]
    public void A_thousand_lives_leave_the_free_memory_where_it_was()
    {
        string before = FreeRanges();
        var domains = new GuestMemory[6];
        var random = new Random(5);
        for (int i = 0; i < domains.Length; i++)
        {
            domains[i] = New();
        }

        for (int cycle = 0; cycle < 1000; cycle++)
        {
            GuestMemory domain = domains[random.Next(domains.Length)];
            domain.Destroy();
            Assert.True(domain.TryAllocate(
                (ulong)random.Next(1, 20) * Chunk, out ConstructionProblem problem), problem.Describe());
            Assert.True(domain.TryWriteU32(random.Next(2) == 0 ? 0UL : 0x10_0000, 0xDEAD_BEEF));
        }

        Array.ForEach(domains, domain => domain.Destroy());
        Assert.Equal(before, FreeRanges());
    }

    [Fact]
    public void Lives_allocate_no_managed_memory()
    {
        GuestMemory memory = New();
        Live(memory);
        long before = GC.GetAllocatedBytesForCurrentThread();

        for (int i = 0; i < 10; i++)
        {
            Live(memory);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Making_a_large_domain_costs_what_a_small_one_does()
    {
        Time(256 * MiB);
        TimeSpan small = Enumerable.Range(0, 5).Min(_ => Time(256 * MiB));
        TimeSpan large = Enumerable.Range(0, 5).Min(_ => Time(8 * GiB));

        Assert.True(large - small < TimeSpan.FromMilliseconds(10), $"256 MiB: {small}, 8 GiB: {large}");
    }

    [Theory]
    [InlineData(0ul, ConstructionProblemKind.MemoryTooSmall)]
    [InlineData((2 * MiB) - 1, ConstructionProblemKind.MemoryTooSmall)]
    [InlineData((1024 * GiB) + 1, ConstructionProblemKind.MemoryTooLarge)]
    [InlineData(ulong.MaxValue, ConstructionProblemKind.MemoryTooLarge)]
    [InlineData(100 * GiB, ConstructionProblemKind.MachineMemory)]
    public void Says_why_memory_cannot_be_had_and_takes_none(ulong size, ConstructionProblemKind expected)
    {
        string before = FreeRanges();

        Assert.False(New().TryAllocate(size, out ConstructionProblem problem));

        Assert.Equal(expected, problem.Kind);
        Assert.Contains((size / 1024).ToString(), problem.Describe().Replace(
            "2097152 KiB", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(before, FreeRanges());
    }

    [Fact]
    public void The_largest_size_can_be_had_and_a_chunk_more_cannot_always()
    {
        ulong largest = GuestMemory.LargestSize(_allocator);

        GuestMemory memory = Allocate(largest, s_smallPages);

        // A table for each chunk is 24 MiB; without them there would be 60 MiB above 12 GiB.
        Assert.InRange(largest, (12 * GiB) + (34 * MiB), (12 * GiB) + (38 * MiB));
        Assert.True(memory.TryWriteU8((4 * GiB) + 1, 1));
        Assert.Equal(0UL, GuestMemory.LargestSize(_allocator));
    }

    [Fact]
    public void Memory_in_too_many_pieces_is_told_as_that()
    {
        MemoryMapEntry[] map =
            [.. Enumerable.Range(
                0, 40).Select(i => new MemoryMapEntry(MemoryRange.FromLength((ulong)i * 4 * MiB, 2 * MiB), MemoryKind.Usable))];
        using FakePhysicalMemory machine = new FakePhysicalMemory().With(0, 160 * MiB);
        var allocator = new PageAllocator(map, [], 64);
        var memory = new GuestMemory(machine, allocator, PageTableFormat.AmdNested);

        Assert.False(memory.TryAllocate(70 * MiB, out ConstructionProblem problem));
        Assert.Equal(ConstructionProblemKind.MachineMemoryPieces, problem.Kind);
        Assert.Equal(80 * MiB, allocator.FreeBytes);
        Assert.True(memory.TryAllocate(64 * MiB, out _));
    }

    [Fact]
    public void Memory_without_room_for_tables_is_told_as_that()
    {
        using FakePhysicalMemory machine = new FakePhysicalMemory().With(0, 4 * MiB);
        var allocator = new PageAllocator(
            [new MemoryMapEntry(MemoryRange.FromEnd(0, 4 * MiB), MemoryKind.Usable)], [], 64);
        var memory = new GuestMemory(machine, allocator, PageTableFormat.AmdNested);

        Assert.False(memory.TryAllocate(4 * MiB, out ConstructionProblem problem));
        Assert.Equal(ConstructionProblemKind.MachineMemory, problem.Kind);
        Assert.Equal(4 * MiB, allocator.FreeBytes);
        Assert.True(memory.TryAllocate(2 * MiB, out _));
    }

    private static void Live(GuestMemory memory)
    {
        memory.TryAllocate(64 * MiB, out _);
        memory.TryWriteU64(0x1234, 5);
        memory.TryPopulate(32 * MiB);
        memory.TryReadU64(0x1234, out _);
        memory.Reset();
        memory.TryPopulate(32 * MiB);
        memory.Destroy();
    }

    private TimeSpan Time(ulong size)
    {
        long start = Stopwatch.GetTimestamp();
        GuestMemory memory = Allocate(size);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        memory.Destroy();
        return elapsed;
    }

    /// <summary>
    /// Fills the machine's memory behind the domain with what somebody else left there: the one run from the upper end of the
    /// smaller free range.
    /// </summary>
    [Fact]
    public void A_thousand_lives_of_domains_leave_the_free_pages_where_they_were()
    {
        var random = new Random(5);
        ulong before = _allocator.FreeBytes;
        string ranges = FreeRanges();
        GuestMemory neighbour = Allocate(6 * MiB);
        ulong during = _allocator.FreeBytes;
        for (int life = 0; life < 1_000; life++)
        {
            ulong chunks = (ulong)random.Next(1, 16);
            GuestMemory memory = Allocate(chunks * Chunk);
            ulong address = (ulong)random.Next((int)chunks) * Chunk;
            Assert.True(memory.TryReadU64(address, out ulong found));
            Assert.Equal(0UL, found);
            Assert.True(memory.TryWriteU64(address, ulong.MaxValue));
            Assert.True(memory.Tables!.TryTranslate(address, out ulong host, out _));
            memory.Destroy();
            Assert.Equal(0UL, BitConverter.ToUInt64(_machine.At(host, 8)));
            Assert.Equal(during, _allocator.FreeBytes);
        }

        neighbour.Destroy();
        Assert.Equal(before, _allocator.FreeBytes);
        Assert.Equal(ranges, FreeRanges());
    }

    private Span<byte> Dirty(GuestMemory memory, ulong size)
    {
        Assert.Equal(size, memory.Layout.Size);
        Assert.Equal((64 * MiB) - size, _allocator.FreeRanges[0].End);
        Span<byte> everything = _machine.At((64 * MiB) - size, (int)size);
        everything.Fill(0xA5);
        return everything;
    }

    private GuestMemory New() => new(_machine, _allocator, PageTableFormat.AmdNested);

    private GuestMemory Allocate(ulong size, PageTableFormat? format = null)
    {
        GuestMemory memory = new(_machine, _allocator, format ?? PageTableFormat.AmdNested);
        Assert.True(memory.TryAllocate(size, out ConstructionProblem problem), problem.Describe());
        return memory;
    }

    private string FreeRanges()
        => string.Join(' ', _allocator.FreeRanges.ToArray().Select(range => $"{range.Start:x}-{range.End:x}"));
}
