using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Modules.Boot;

/// <summary>
/// The machine's memory when a launch begins: what is in use, and an allocator for all the rest. A host says where it lies
/// itself and how much it reaches; what else must not be given to anyone is known here.
/// </summary>
public sealed class LaunchMemory
{
    // Each of 64 domains may hold a run of memory in pieces, its page tables and its marks.
    private const int MaximumAllocations = 4096;

    /// <summary>Sorts the machine's memory into used and free.</summary>
    /// <param name="boot">What the boot loader said.</param>
    /// <param name="host">The hypervisor's image with its BSS, stacks and heap.</param>
    /// <param name="end">The end of the memory that the host reaches; what lies beyond is used by nobody.</param>
    public LaunchMemory(BootInfo boot, MemoryRange host, ulong end = ulong.MaxValue)
    {
        Host = host;
        Reserved = BootReservations.All(boot, host);
        Reserved.TryAdd(MemoryRange.FromEnd(end, ulong.MaxValue));
        Allocator = new PageAllocator(
            boot.MemoryMap, Reserved.Ranges, MaximumAllocations, boot.Modules.Length,
            BootReservations.Permanent(boot, host).Ranges);
        Allocator.Limit(end);
    }

    /// <summary>Where the boot loader put the hypervisor's image, with its BSS, stacks and heap.</summary>
    public MemoryRange Host { get; }

    /// <summary>What is in use.</summary>
    public ReservedRanges Reserved { get; }

    /// <summary>Gives out the rest.</summary>
    public PageAllocator Allocator { get; }

    /// <summary>Takes memory for the host itself, for good: for its heap.</summary>
    /// <param name="pages">How many pages of 4 KiB, in one piece.</param>
    /// <param name="range">Where they lie.</param>
    /// <returns>False when there is no such piece.</returns>
    public bool TryTakeForHost(ulong pages, out MemoryRange range)
        => Allocator.TryAllocatePages(pages, out range) && Reserved.TryAdd(range);
}
