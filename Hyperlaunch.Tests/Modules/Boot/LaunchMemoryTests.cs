using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Modules.Boot;
using Xunit;

namespace Hyperlaunch.Tests.Modules.Boot;

/// <summary>What a host need not know of memory: what is in use at its start, and what stays so.</summary>
public sealed class LaunchMemoryTests
{
    private const ulong MiB = 1 << 20;
    private const ulong End = 64 * MiB;

    private static readonly MemoryRange s_host = MemoryRange.FromLength(MiB, MiB);
    private static readonly MemoryRange s_module = MemoryRange.FromLength(16 * MiB, MiB);

    [Fact]
    public void All_usable_memory_is_free_but_for_the_first_MiB_the_host_and_the_modules()
    {
        LaunchMemory memory = new(Boot(), s_host);
        Assert.Equal(End - (3 * MiB), memory.Allocator.FreeBytes);
        Assert.Equal([MemoryRange.FromEnd(0, 2 * MiB), s_module], memory.Reserved.Ranges.ToArray());
    }

    [Fact]
    public void Memory_that_the_host_does_not_reach_is_used_by_nobody()
    {
        LaunchMemory memory = new(Boot(), s_host, 32 * MiB);
        Assert.DoesNotContain(memory.Allocator.FreeRanges.ToArray(), range => range.End > 32 * MiB);
        Assert.Equal(32 * MiB, memory.Reserved.Ranges[^1].Start);
    }

    [Fact]
    public void What_the_host_takes_is_in_use_from_then_on()
    {
        LaunchMemory memory = new(Boot(), s_host);
        ulong free = memory.Allocator.FreeBytes;
        Assert.True(memory.TryTakeForHost(16, out MemoryRange heap));
        Assert.Equal(free - heap.Length, memory.Allocator.FreeBytes);
        Assert.Contains(memory.Reserved.Ranges.ToArray(), range => range.Start <= heap.Start && heap.End <= range.End);
    }

    [Fact]
    public void A_piece_that_there_is_not_is_not_taken()
    {
        LaunchMemory memory = new(Boot(), s_host);
        ulong free = memory.Allocator.FreeBytes;
        Assert.False(memory.TryTakeForHost(End / 4096, out _));
        Assert.Equal(free, memory.Allocator.FreeBytes);
    }

    [Fact]
    public void A_modules_memory_can_be_given_back()
        => Assert.Equal(MiB, new LaunchMemory(Boot(), s_host).Allocator.Release(s_module));

    [Fact]
    public void The_hosts_memory_cannot_be_given_back()
        => Assert.Equal(0UL, new LaunchMemory(Boot(), s_host).Allocator.Release(s_host));

    private static BootInfo Boot() => new(
        BootProtocol.Multiboot2, "loader", "", [new BootModule(0, s_module, "")],
        [new MemoryMapEntry(MemoryRange.FromLength(0, End), MemoryKind.Usable)], 0, null);
}
