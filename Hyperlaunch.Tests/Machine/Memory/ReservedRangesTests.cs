using System.Linq;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Modules.Boot;
using Xunit;

namespace Hyperlaunch.Tests.Machine.Memory;

public sealed class ReservedRangesTests
{
    [Fact]
    public void Collects_low_memory_the_hypervisor_the_information_and_every_module()
    {
        BootModule[] modules =
        [
            new(0, MemoryRange.FromLength(0x40_0000, 0x234), ""),
            new(1, MemoryRange.FromLength(0x1_0000_0000, 0x2580_0000), ""),
            new(2, default, ""),
        ];
        var info = new BootInfo(
            BootProtocol.Multiboot2, "", "", modules, [], 0, null, MemoryRange.FromLength(0x30_0010, 0x500));

        ReservedRanges reserved = BootReservations.All(info, MemoryRange.FromEnd(0x10_0000, 0x20_0010));

        Assert.Equal(
            "0-201000 300000-301000 400000-401000 100000000-125800000", Print(reserved));
        Assert.Equal(
            "0-201000 300000-301000", Print(BootReservations.Permanent(info, MemoryRange.FromEnd(0x10_0000, 0x20_0010))));
        Assert.True(reserved.TryAdd(MemoryRange.FromLength(0x2_0000_0000, 0x1000)), "there is room for the kernel's own");
    }

    [Theory]
    [InlineData("3000-4000 1000-2000", "1000-2000 3000-4000")]
    [InlineData("1000-2000 2000-3000", "1000-3000")]
    [InlineData("1000-2000 3000-4000 2000-3000", "1000-4000")]
    [InlineData("1000-2000 3000-4000 5000-6000 0-9000", "0-9000")]
    [InlineData("1001-1002 1ffe-2001", "1000-3000")]
    [InlineData("0-9000 3000-4000", "0-9000")]
    [InlineData("3000-3000", "")]
    [InlineData("1800-ffffffffffffffff", "1000-fffffffffffff000")]
    [InlineData("fffffffffffff001-ffffffffffffffff", "")]
    public void Joins_what_touches(string given, string expected)
    {
        var reserved = new ReservedRanges(4);
        foreach (string item in given.Split(' '))
        {
            ulong[] ends = [.. item.Split('-').Select(end => System.Convert.ToUInt64(end, 16))];
            Assert.True(reserved.TryAdd(MemoryRange.FromEnd(ends[0], ends[1])));
        }

        Assert.Equal(expected, Print(reserved));
    }

    [Fact]
    public void Refuses_a_range_that_it_has_no_room_for_and_takes_one_that_joins()
    {
        var reserved = new ReservedRanges(1);
        Assert.True(reserved.TryAdd(MemoryRange.FromLength(0x1000, 0x1000)));
        Assert.False(reserved.TryAdd(MemoryRange.FromLength(0x8000, 0x1000)));
        Assert.True(reserved.TryAdd(MemoryRange.FromLength(0x2000, 0x1000)));
        Assert.Equal("1000-3000", Print(reserved));
    }

    private static string Print(ReservedRanges reserved)
        => string.Join(' ', reserved.Ranges.ToArray().Select(range => $"{range.Start:x}-{range.End:x}"));
}
