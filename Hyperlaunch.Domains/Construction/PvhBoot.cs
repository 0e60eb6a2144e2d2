using System;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Modules.Images;

namespace Hyperlaunch.Domains.Construction;

/// <summary>
/// PVH, the entry of ELF kernels that name it in a Xen note: 32-bit, paging off, the start info in EBX (docs/misc/pvh.pandoc in
/// Xen's tree).
/// </summary>
internal sealed class PvhBoot : GuestBoot
{
    /// <summary>
    /// The longest command line for a PVH kernel, which has no way to say how much it accepts: what Linux has room for
    /// (COMMAND_LINE_SIZE).
    /// </summary>
    private const uint LinuxCommandLineSize = 2047;

    /// <inheritdoc/>
    public override bool IsFor(in KernelImage kernel) => kernel.Kind == KernelImageKind.PvhElf;

    /// <inheritdoc/>
    public override uint CommandLineSize(in KernelImage kernel) => LinuxCommandLineSize;

    /// <inheritdoc/>
    public override bool TryPlace(
        in DomainImage image, MemoryLayout layout, out MemoryRange kernel, out MemoryRange ramdisk,
        out ConstructionProblem problem)
    {
        ramdisk = default;
        return KernelPlacement.TryPlace(image.Kernel.Elf, layout, out kernel, out problem)
            && KernelPlacement.TryPlaceRamdisk(
                image.RamdiskSize, kernel, PageSizes.FourGigabytes, false, layout, out ramdisk, out problem);
    }

    /// <inheritdoc/>
    public override DomainEntry Enter(in KernelImage image, MemoryRange kernel, MemoryRange ramdisk)
        => new(
            "pvh", image.Elf.Entry - image.Elf.Start + kernel.Start, kernel, ramdisk, GuestRegister.Rbx,
            BootStructures.StartInfo);

    /// <inheritdoc/>
    public override bool TryCopy(in KernelImage image, in DomainEntry entry, GuestMemory memory, out ConstructionProblem problem)
    {
        // Memory that nobody has touched is zero, so a segment's zeroed part needs no writing.
        ElfImage elf = image.Elf;
        problem = default;
        for (int i = 0; i < elf.HeaderCount; i++)
        {
            if (elf.TryGetSegment(i, out ElfSegment segment)
                && !TryCopy(segment.Content, segment.Address - elf.Start + entry.Kernel.Start, memory, out problem))
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool TryDescribe(
        in DomainImage image, in DomainEntry entry, GuestMemory memory, in BootSurroundings surroundings,
        out ConstructionProblem problem)
    {
        Span<byte> startInfo = surroundings.Low.Slice((int)BootStructures.StartInfo);
        PvhStartInfo.Write(startInfo, image.Flags, surroundings.Map, surroundings.RootPointer);
        PvhStartInfo.WriteModules(startInfo, entry.Ramdisk, image.Material, entry.Ramdisk.Start + image.ArchiveOffset);
        problem = default;
        return true;
    }
}
