using System;
using System.Linq;
using Hyperlaunch.Machine.Memory;
using Xunit;

namespace Hyperlaunch.Tests.Machine.Memory;

public sealed class MemoryMapTests
{
    /// <summary>Entries as <c>start-end:kind</c> in hexadecimal, in any order; and what they have to become.</summary>
    [Theory]
    [InlineData("", "")]
    [InlineData("0-1000:1", "0-1000:1")]
    [InlineData("1000-1000:1", "")]
    [InlineData("5000-6000:2 0-1000:1", "0-1000:1 5000-6000:2")]
    [InlineData("0-1000:1 1000-2000:1", "0-2000:1")]
    [InlineData("0-2000:1 1000-3000:1", "0-3000:1")]
    [InlineData("0-3000:1 1000-2000:2", "0-1000:1 1000-2000:2 2000-3000:1")]
    [InlineData("1000-2000:2 0-3000:1", "0-1000:1 1000-2000:2 2000-3000:1")]
    [InlineData("0-3000:2 1000-2000:1", "0-3000:2")]
    [InlineData("0-2000:1 1000-3000:3", "0-1000:1 1000-3000:3")]
    [InlineData("0-2000:4 1000-3000:3", "0-2000:4 2000-3000:3")]
    [InlineData("0-1000:2 0-1000:5", "0-1000:5")]
    [InlineData("0-ffffffffffffffff:1 1000-2000:2", "0-1000:1 1000-2000:2 2000-ffffffffffffffff:1")]
    [InlineData("ffffffff00000000-ffffffffffffffff:2", "ffffffff00000000-ffffffffffffffff:2")]
    public void Sorts_and_resolves(string given, string expected)
    {
        Assert.Equal(expected, Print(MemoryMap.Sanitise(Parse(given))));
    }

    [Fact]
    public void A_length_that_wraps_is_cut_at_the_last_address()
    {
        var raw = new MemoryMapEntry(MemoryRange.FromLength(0xFFFF_FFFF_0000_0000, ulong.MaxValue), MemoryKind.Reserved);

        Assert.Equal("ffffffff00000000-ffffffffffffffff:2", Print(MemoryMap.Sanitise([raw])));
    }

    [Fact]
    public void Agrees_with_a_map_page_by_page()
    {
        var random = new Random(7);
        int[] restriction = [0, 0, 3, 1, 2, 4];
        for (int round = 0; round < 500; round++)
        {
            int[] pages = new int[32];
            var raw = new MemoryMapEntry[random.Next(12)];
            for (int i = 0; i < raw.Length; i++)
            {
                int start = random.Next(32);
                int end = random.Next(start, 33);
                int kind = random.Next(1, 6);
                raw[i] = new MemoryMapEntry(MemoryRange.FromEnd((ulong)start << 12, (ulong)end << 12), (MemoryKind)kind);
                for (int page = start; page < end; page++)
                {
                    pages[page] = pages[page] == 0 || restriction[kind] > restriction[pages[page]] ? kind : pages[page];
                }
            }

            MemoryMapEntry[] map = MemoryMap.Sanitise(raw);

            for (int page = 0; page < pages.Length; page++)
            {
                ulong address = (ulong)page << 12;
                int kind = map.Where(
                    entry => address >= entry.Range.Start && address < entry.Range.End).Sum(entry => (int)entry.Kind);
                Assert.Equal(pages[page], kind);
            }

            for (int i = 1; i < map.Length; i++)
            {
                bool touches = map[i - 1].Range.End == map[i].Range.Start;
                Assert.True(map[i - 1].Range.End <= map[i].Range.Start);
                Assert.False(touches && map[i - 1].Kind == map[i].Kind, "neighbours of one kind are joined");
            }
        }
    }

    private static MemoryMapEntry[] Parse(string text)
        => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(item =>
        {
            string[] parts = item.Split('-', ':');
            return new MemoryMapEntry(
                MemoryRange.FromEnd(Convert.ToUInt64(parts[0], 16), Convert.ToUInt64(parts[1], 16)),
                (MemoryKind)int.Parse(parts[2]));
        })];

    private static string Print(MemoryMapEntry[] map)
        => string.Join(' ', map.Select(entry => $"{entry.Range.Start:x}-{entry.Range.End:x}:{(int)entry.Kind}"));
}
