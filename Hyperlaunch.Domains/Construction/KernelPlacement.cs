using System;
using Hyperlaunch.Domains.Boot;
using Hyperlaunch.Domains.Images;

namespace Hyperlaunch.Domains.Construction;

/// <summary>Decides where a kernel and its ramdisk go in a domain's memory.</summary>
internal static class KernelPlacement
{
    private const ulong Lowest = MemoryLayout.ExtendedStart;

    /// <summary>
    /// Places a bzImage at its preferred address. A relocatable one that prefers an address below 1 MiB goes to 1 MiB. It never
    /// goes below its preferred address because memory is short: Linux raises a lower address to that one itself
    /// (CONFIG_PHYSICAL_START), and would then run off the end of memory without a word.
    /// </summary>
    public static bool TryPlace(BzImage image, MemoryLayout layout, out MemoryRange place, out ConstructionProblem problem)
    {
        place = default;
        problem = default;
        ulong address = image.PreferredAddress;
        if (address < Lowest && image.IsRelocatable)
        {
            address = SafeSize.AlignUp(Lowest, image.Alignment);
        }

        if (address >= Lowest && SafeSize.Fits(address, image.InitialSize, layout.LowEnd))
        {
            place = MemoryRange.FromLength(address, image.InitialSize);
            return true;
        }

        ulong room = address < Lowest ? 0 : SafeSize.Subtract(layout.LowEnd, address);
        problem = new ConstructionProblem(ConstructionProblemKind.KernelAddress, image.InitialSize, room, address);
        return false;
    }

    /// <summary>
    /// Places an ELF kernel at its own addresses; where these are not the domain's memory, and its note allows it, at the lowest
    /// address that is, as far from its own as the alignment demands.
    /// </summary>
    public static bool TryPlace(ElfImage image, MemoryLayout layout, out MemoryRange place, out ConstructionProblem problem)
    {
        place = MemoryRange.FromEnd(image.Start, image.End);
        problem = default;
        if (place.Start >= Lowest && place.End <= layout.LowEnd)
        {
            return true;
        }

        ulong size = place.Length;
        if (!image.IsRelocatable)
        {
            ulong room = place.Start < Lowest ? 0 : SafeSize.Subtract(layout.LowEnd, place.Start);
            problem = new ConstructionProblem(ConstructionProblemKind.KernelAddress, size, room, place.Start);
            return false;
        }

        ulong misalignment = image.Start & (image.Alignment - 1);
        ulong lowest = SafeSize.Subtract(Math.Max(Lowest, image.LowestAddress), misalignment);
        ulong address = SafeSize.Add(SafeSize.AlignUp(lowest, image.Alignment), misalignment);
        ulong end = Math.Min(layout.LowEnd, SafeSize.Add(image.HighestAddress, 1));
        if (!SafeSize.Fits(address, size, end))
        {
            problem = new ConstructionProblem(ConstructionProblemKind.KernelSize, size, SafeSize.Subtract(end, address));
            return false;
        }

        place = MemoryRange.FromLength(address, size);
        return true;
    }

    /// <summary>
    /// Places a ramdisk on a page boundary, as high as is allowed below 4 GiB; if the kernel leaves no room there and can have it
    /// above, then above.
    /// </summary>
    /// <param name="size">The ramdisk's bytes; 0 for none.</param>
    /// <param name="kernel">Where the kernel is.</param>
    /// <param name="limit">The address after the highest that the kernel accepts below 4 GiB.</param>
    /// <param name="isAllowedAbove">Whether the kernel accepts it above 4 GiB.</param>
    /// <param name="layout">The domain's memory.</param>
    /// <param name="place">Where it goes.</param>
    /// <param name="problem">When it has no place, why.</param>
    public static bool TryPlaceRamdisk(
        ulong size,
        MemoryRange kernel,
        ulong limit,
        bool isAllowedAbove,
        MemoryLayout layout,
        out MemoryRange place,
        out ConstructionProblem problem)
    {
        place = default;
        problem = default;
        if (size == 0)
        {
            return true;
        }

        MemoryRange above = MemoryRange.FromEnd(kernel.End, Math.Min(limit, layout.LowEnd));
        MemoryRange below = MemoryRange.FromEnd(Lowest, Math.Min(kernel.Start, limit));
        MemoryRange high = MemoryRange.FromEnd(MemoryLayout.DeviceHoleEnd, isAllowedAbove ? layout.HighEnd : 0);
        if (TryPlaceAtEnd(size, above, out place) || TryPlaceAtEnd(size, below, out place) || TryPlaceAtEnd(size, high, out place))
        {
            return true;
        }

        ulong largest = Math.Max(above.Length, Math.Max(below.Length, high.Length));
        problem = new ConstructionProblem(ConstructionProblemKind.RamdiskSize, size, largest);
        return false;
    }

    private static bool TryPlaceAtEnd(ulong size, MemoryRange room, out MemoryRange place)
    {
        ulong address = SafeSize.AlignDown(SafeSize.Subtract(room.End, size), PageSizes.Page);
        bool fits = size <= room.Length && address >= room.Start;
        place = fits ? MemoryRange.FromLength(address, size) : default;
        return fits;
    }
}
