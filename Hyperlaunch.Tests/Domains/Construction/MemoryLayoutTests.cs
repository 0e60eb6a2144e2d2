using System.Linq;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Machine.Memory;
using Xunit;

namespace Hyperlaunch.Tests.Domains.Construction;

public sealed class MemoryLayoutTests
{
    private const ulong MiB = 1024 * 1024;
    private const ulong GiB = 1024 * MiB;

    [Theory]
    [InlineData(2 * MiB, "0-a0000:1 e0000-100000:2 100000-200000:1")]
    [InlineData(512 * MiB, "0-a0000:1 e0000-100000:2 100000-20000000:1")]
    [InlineData((512 * MiB) + 4095, "0-a0000:1 e0000-100000:2 100000-20000000:1")]
    [InlineData(3 * GiB, "0-a0000:1 e0000-100000:2 100000-c0000000:1")]
    [InlineData((3 * GiB) + 4096, "0-a0000:1 e0000-100000:2 100000-c0000000:1 100000000-100001000:1")]
    [InlineData(8 * GiB, "0-a0000:1 e0000-100000:2 100000-c0000000:1 100000000-240000000:1")]
    public void Leaves_a_hole_for_devices_below_4_GiB(ulong size, string expected)
    {
        var entries = new MemoryMapEntry[MemoryLayout.MaximumEntries];

        int count = new MemoryLayout(size).WriteMap(entries);

        Assert.Equal(
            expected,
            string.Join(' ', entries.Take(
                count).Select(entry => $"{entry.Range.Start:x}-{entry.Range.End:x}:{(int)entry.Kind}")));
    }

    [Theory]
    [InlineData(0ul, 0ul, 3 * GiB)]
    [InlineData((3 * GiB) - 1, (3 * GiB) - 1, 1ul)]
    [InlineData(4 * GiB, 3 * GiB, 2 * GiB)]
    [InlineData((6 * GiB) - 1, (5 * GiB) - 1, 1ul)]
    public void Counts_memory_without_the_hole(ulong address, ulong offset, ulong available)
    {
        Assert.True(new MemoryLayout(5 * GiB).TryLocate(new GuestAddress(address), out ulong actual, out ulong left));
        Assert.Equal((offset, available), (actual, left));
    }

    [Theory]
    [InlineData(3 * GiB)]
    [InlineData((4 * GiB) - 1)]
    [InlineData(6 * GiB)]
    [InlineData(ulong.MaxValue)]
    public void Knows_what_is_no_memory(ulong address)
    {
        Assert.False(new MemoryLayout(5 * GiB).TryLocate(new GuestAddress(address), out _, out _));
    }

    [Fact]
    public void A_small_domain_has_nothing_above_4_GiB()
    {
        Assert.False(new MemoryLayout(GiB).TryLocate(new GuestAddress(4 * GiB), out _, out _));
        Assert.False(new MemoryLayout(GiB).TryLocate(new GuestAddress(GiB), out _, out _));
    }

    [Fact]
    public void A_direct_mapped_domain_finds_its_memory_where_the_machine_has_it()
    {
        MemoryLayout layout = Direct((0x3000_0000, 0x4000_0000), (5 * GiB, 6 * GiB));
        var entries = new MemoryMapEntry[MemoryLayout.MaximumEntries];

        int count = layout.WriteMap(entries);

        Assert.Equal(
            "0-a0000:1 e0000-100000:2 30200000-40000000:1 140000000-180000000:1",
            string.Join(' ', entries.Take(
                count).Select(entry => $"{entry.Range.Start:x}-{entry.Range.End:x}:{(int)entry.Kind}")));
        Assert.Equal((0x1000_0000UL + GiB, 0x1000_0000UL), (layout.Size, layout.LowBytes));
        Assert.Equal(6 * GiB, layout.End);
    }

    [Theory]
    [InlineData(0ul, 0ul, 2 * MiB)]
    [InlineData((2 * MiB) - 1, (2 * MiB) - 1, 1ul)]
    [InlineData(0x3020_0000ul, 2 * MiB, 0xFE0_0000ul)]
    [InlineData(0x3FFF_FFFFul, 0xFFF_FFFFul, 1ul)]
    [InlineData(5 * GiB, 0x1000_0000ul, GiB)]
    public void Places_within_direct_mapped_memory_are_found_both_ways(ulong address, ulong offset, ulong available)
    {
        MemoryLayout layout = Direct((0x3000_0000, 0x4000_0000), (5 * GiB, 6 * GiB));

        Assert.True(layout.TryLocate(new GuestAddress(address), out ulong actual, out ulong left));
        Assert.Equal((offset, available), (actual, left));
        Assert.Equal(address, layout.AddressOf(offset).Value);
    }

    [Theory]
    [InlineData(2 * MiB)]
    [InlineData(0x3000_0000ul)]
    [InlineData(0x301F_FFFFul)]
    [InlineData(0x4000_0000ul)]
    [InlineData((5 * GiB) - 1)]
    [InlineData(6 * GiB)]
    public void Knows_what_is_no_direct_mapped_memory(ulong address)
    {
        Assert.False(Direct((0x3000_0000, 0x4000_0000), (5 * GiB, 6 * GiB)).TryLocate(new GuestAddress(address), out _, out _));
    }

    [Fact]
    public void A_first_run_of_one_chunk_becomes_low_memory_whole()
    {
        MemoryLayout layout = Direct((0x3000_0000, 0x3020_0000), (0x5000_0000, 0x5020_0000));

        Assert.Equal(2, layout.PieceCount);
        Assert.Equal(0x5000_0000UL, layout.AddressOf(2 * MiB).Value);
        Assert.Equal(4 * MiB, layout.Size);
    }

    [Fact]
    public void Nothing_for_a_device_lies_below_1_MiB_nor_in_a_direct_mapped_domains_low_memory()
    {
        Assert.True(new MemoryLayout(GiB).Room(0).Start == MiB);
        Assert.True(Direct((0x3000_0000, 0x4000_0000)).Room(0).IsEmpty);
        Assert.Equal(0x3020_0000UL, Direct((0x3000_0000, 0x4000_0000)).Room(1).Start);
    }

    private static MemoryLayout Direct(params (ulong Start, ulong End)[] runs)
        => MemoryLayout.Direct(runs.Select(run => MemoryRange.FromEnd(run.Start, run.End)).ToArray());
}
