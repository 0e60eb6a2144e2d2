using System;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Modules.Images;

namespace Hyperlaunch.Domains.Construction;

/// <summary>Decides where a kernel and its ramdisk go in a domain's memory.</summary>
internal static class KernelPlacement
{
    private const ulong Lowest = MemoryLayout.ExtendedStart;

    /// <summary>
    /// Places a bzImage at its preferred address. A relocatable one that prefers an address below 1 MiB goes to 1 MiB. It never
    /// goes below its preferred address because memory is short: Linux raises a lower address to that one itself
    /// (CONFIG_PHYSICAL_START), and would then run off the end of memory without a word. In a direct-mapped domain it goes to the
    /// lowest place above that address.
    /// </summary>
    public static bool TryPlace(BzImage image, MemoryLayout layout, out MemoryRange place, out ConstructionProblem problem)
    {
        problem = default;
        ulong address = image.PreferredAddress;
        if (address < Lowest && image.IsRelocatable)
        {
            address = SafeSize.AlignUp(Lowest, image.Alignment);
        }

        place = MemoryRange.FromLength(address, image.InitialSize);
        if (layout.HasRoom(place, PageSizes.FourGigabytes))
        {
            return true;
        }

        if (layout.IsDirectMapped && image.IsRelocatable)
        {
            return TryMove(place.Length, address, PageSizes.FourGigabytes, image.Alignment, 0, layout, out place, out problem);
        }

        problem = Misplaced(place, layout);
        place = default;
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
        if (layout.HasRoom(place, PageSizes.FourGigabytes))
        {
            return true;
        }

        if (image.IsRelocatable)
        {
            ulong end = Math.Min(PageSizes.FourGigabytes, SafeSize.Add(image.HighestAddress, 1));
            ulong misalignment = image.Start & (image.Alignment - 1);
            return TryMove(
                place.Length, image.LowestAddress, end, image.Alignment, misalignment, layout, out place, out problem);
        }

        problem = Misplaced(place, layout);
        return false;
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

        ulong largest = 0;
        for (int i = 0; i < layout.PieceCount; i++)
        {
            MemoryRange room = layout.Room(i);

            // What may lie above 4 GiB may lie above the limit too, if there is nothing below it.
            bool isLimited = !isAllowedAbove || (room.Start < PageSizes.FourGigabytes && !layout.IsDirectMapped);
            ulong end = isLimited ? Math.Min(limit, room.End) : room.End;
            bool hasKernel = room.Contains(kernel);
            MemoryRange above = MemoryRange.FromEnd(hasKernel ? kernel.End : room.Start, end);
            MemoryRange below = MemoryRange.FromEnd(room.Start, hasKernel ? Math.Min(kernel.Start, end) : 0);
            if (TryPlaceAtEnd(size, above, out place) || TryPlaceAtEnd(size, below, out place))
            {
                return true;
            }

            largest = Math.Max(largest, Math.Max(above.Length, below.Length));
        }

        problem = new ConstructionProblem(ConstructionProblemKind.RamdiskSize, size, largest);
        return false;
    }

    /// <summary>
    /// The first place in the domain's memory, from an address on and below an end, at so many bytes after a multiple of the
    /// alignment.
    /// </summary>
    private static bool TryMove(
        ulong size,
        ulong from,
        ulong end,
        ulong alignment,
        ulong misalignment,
        MemoryLayout layout,
        out MemoryRange place,
        out ConstructionProblem problem)
    {
        problem = default;
        ulong largest = 0;
        for (int i = 0; i < layout.PieceCount; i++)
        {
            MemoryRange room = layout.Room(i);
            ulong lowest = SafeSize.Subtract(Math.Max(room.Start, from), misalignment);
            ulong address = SafeSize.Add(SafeSize.AlignUp(lowest, alignment), misalignment);
            ulong limit = Math.Min(end, room.End);
            if (!room.IsEmpty && SafeSize.Fits(address, size, limit))
            {
                place = MemoryRange.FromLength(address, size);
                return true;
            }

            largest = Math.Max(largest, SafeSize.Subtract(limit, address));
        }

        place = default;
        problem = new ConstructionProblem(ConstructionProblemKind.KernelSize, size, largest);
        return false;
    }

    private static ConstructionProblem Misplaced(MemoryRange place, MemoryLayout layout)
    {
        if (layout.IsDirectMapped)
        {
            return new ConstructionProblem(ConstructionProblemKind.KernelCannotMove, place.Length, 0, place.Start);
        }

        MemoryRange room = layout.Room(0);
        ulong available = place.Start < room.Start ? 0 : SafeSize.Subtract(room.End, place.Start);
        return new ConstructionProblem(ConstructionProblemKind.KernelAddress, place.Length, available, place.Start);
    }

    private static bool TryPlaceAtEnd(ulong size, MemoryRange room, out MemoryRange place)
    {
        ulong address = SafeSize.AlignDown(SafeSize.Subtract(room.End, size), PageSizes.Page);
        bool fits = size <= room.Length && address >= room.Start;
        place = fits ? MemoryRange.FromLength(address, size) : default;
        return fits;
    }
}
