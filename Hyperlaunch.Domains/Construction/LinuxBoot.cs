using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Paging;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Modules.Images;

namespace Hyperlaunch.Domains.Construction;

/// <summary>
/// Linux's boot protocol (Linux Documentation/arch/x86/boot.rst): the zero page in RSI. A kernel is entered by its 64-bit entry,
/// in long mode and identity-mapped ("64-bit Boot Protocol"), or by its 32-bit entry, paging off, if it has no other ("32-bit
/// Boot Protocol").
/// </summary>
internal sealed class LinuxBoot : GuestBoot
{
    /// <inheritdoc/>
    public override bool IsFor(in KernelImage kernel) => kernel.Kind == KernelImageKind.BzImage;

    /// <inheritdoc/>
    public override uint CommandLineSize(in KernelImage kernel) => kernel.BzImage.CommandLineSize;

    /// <inheritdoc/>
    public override bool TryPlace(
        in DomainImage image, MemoryLayout layout, out MemoryRange kernel, out MemoryRange ramdisk,
        out ConstructionProblem problem)
    {
        BzImage linux = image.Kernel.BzImage;
        ramdisk = default;
        return KernelPlacement.TryPlace(linux, layout, out kernel, out problem)
            && KernelPlacement.TryPlaceRamdisk(
                image.RamdiskSize, kernel, (ulong)linux.RamdiskMaximum + 1, linux.IsRamdiskAllowedAbove4GiB, layout, out ramdisk,
                out problem);
    }

    /// <inheritdoc/>
    public override DomainEntry Enter(in KernelImage image, MemoryRange kernel, MemoryRange ramdisk)
        => image.BzImage.HasLongMode
            ? new DomainEntry(
                "linux64", kernel.Start + BzImage.LongModeEntryOffset, kernel, ramdisk, GuestRegister.Rsi,
                BootStructures.ZeroPage, BootStructures.PageTables)
            : new DomainEntry("linux32", kernel.Start, kernel, ramdisk, GuestRegister.Rsi, BootStructures.ZeroPage);

    /// <inheritdoc/>
    public override bool TryCopy(in KernelImage image, in DomainEntry entry, GuestMemory memory, out ConstructionProblem problem)
        => TryCopy(image.BzImage.Code, entry.Kernel.Start, memory, out problem);

    /// <inheritdoc/>
    public override bool TryDescribe(
        in DomainImage image, in DomainEntry entry, GuestMemory memory, in BootSurroundings surroundings,
        out ConstructionProblem problem)
    {
        LinuxBootParameters.Write(
            surroundings.Low.Slice((int)BootStructures.ZeroPage, LinuxBootParameters.Size), image.Kernel.BzImage, entry,
            surroundings.Map, surroundings.RootPointer);
        bool isWritten = !entry.IsLongMode || TryWritePageTables(memory.FirstTables);
        problem = isWritten
            ? default
            : new ConstructionProblem(
                ConstructionProblemKind.MemoryAccess, BootStructures.PageTablesLength, 0, BootStructures.PageTables);
        return isWritten;
    }

    /// <summary>
    /// Maps the first 4 GiB to themselves by pages of 2 MiB: boot.rst asks for the kernel, the zero page and the command line.
    /// </summary>
    private static bool TryWritePageTables(PageTable tables)
        => tables.TryStart(MemoryRange.FromLength(BootStructures.PageTables, BootStructures.PageTablesLength))
            && tables.TryMap(0, 0, PageSizes.FourGigabytes, PageRights.All);
}
