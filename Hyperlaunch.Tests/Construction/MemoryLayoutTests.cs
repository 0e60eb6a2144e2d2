using System.Linq;
using Hyperlaunch.Domains.Boot;
using Hyperlaunch.Domains.Construction;
using Xunit;

namespace Hyperlaunch.Tests.Construction;

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
            string.Join(' ', entries.Take(count).Select(entry => $"{entry.Range.Start:x}-{entry.Range.End:x}:{(int)entry.Kind}")));
    }

    [Theory]
    [InlineData(0ul, 0ul, 3 * GiB)]
    [InlineData((3 * GiB) - 1, (3 * GiB) - 1, 1ul)]
    [InlineData(4 * GiB, 3 * GiB, 2 * GiB)]
    [InlineData((6 * GiB) - 1, (5 * GiB) - 1, 1ul)]
    public void Counts_memory_without_the_hole(ulong address, ulong offset, ulong available)
    {
        Assert.True(new MemoryLayout(5 * GiB).TryLocate(address, out ulong actual, out ulong left));
        Assert.Equal((offset, available), (actual, left));
    }

    [Theory]
    [InlineData(3 * GiB)]
    [InlineData((4 * GiB) - 1)]
    [InlineData(6 * GiB)]
    [InlineData(ulong.MaxValue)]
    public void Knows_what_is_no_memory(ulong address)
    {
        Assert.False(new MemoryLayout(5 * GiB).TryLocate(address, out _, out _));
    }

    [Fact]
    public void A_small_domain_has_nothing_above_4_GiB()
    {
        Assert.False(new MemoryLayout(GiB).TryLocate(4 * GiB, out _, out _));
        Assert.False(new MemoryLayout(GiB).TryLocate(GiB, out _, out _));
    }
}
