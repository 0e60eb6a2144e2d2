using System;
using System.Buffers.Binary;
using Hyperlaunch.Domains.Boot;
using Hyperlaunch.Domains.Images;
using Hyperlaunch.Domains.Platform;

namespace Hyperlaunch.Domains.Construction;

/// <summary>
/// Lays a domain out in its memory: the kernel, the ramdisk, the command line, the ACPI tables, and what the kernel's entry wants
/// to find. Linux's bzImage is entered by its 64-bit entry, or by its 32-bit entry if it has no other; an ELF file by PVH. It
/// allocates nothing, and takes time in proportion to what it copies.
/// </summary>
public static class DomainImageBuilder
{
    /// <summary>The longest command line for a PVH kernel, which has no way to say how much it accepts: what Linux has room for (COMMAND_LINE_SIZE).</summary>
    public const uint PvhCommandLineSize = 2047;

    private const int BelowOneMiB = (int)MemoryLayout.ExtendedStart;
    private const ulong FourGiB = MemoryLayout.DeviceHoleEnd;

    private const ulong CodeDescriptor32 = 0x00CF_9B00_0000_FFFF;
    private const ulong CodeDescriptor64 = 0x00AF_9B00_0000_FFFF;
    private const ulong DataDescriptor = 0x00CF_9300_0000_FFFF;
    private const int DescriptorSize = 8;

    /// <summary>Present and writable; and for the lowest level here, a page of 2 MiB (AMD APM volume 2, section 5.4).</summary>
    private const ulong TableEntry = 0x3;
    private const ulong LargePageEntry = 0x83;
    private const int PageTableEntries = 512;
    private const int DirectoryCount = 4;

    /// <summary>Builds a domain's image.</summary>
    /// <param name="image">What the domain starts with.</param>
    /// <param name="memory">The domain's memory, allocated and not touched yet.</param>
    /// <param name="entry">Where the first vCPU starts.</param>
    /// <param name="problem">When it cannot be built, why; the memory's content is unspecified then.</param>
    public static bool TryBuild(
        in DomainImage image, GuestMemory memory, out DomainEntry entry, out ConstructionProblem problem)
    {
        return TryPlan(image, memory.Layout, out entry, out problem)
            && TryCopyKernel(image.Kernel, memory, entry, out problem)
            && TryCopy(image.Ramdisk, entry.Ramdisk.Start, memory, out problem)
            && TryWriteArchive(image, entry.Ramdisk.Start + image.ArchiveOffset, memory, out problem)
            && TryWriteStructures(image, memory, entry, out problem);
    }

    /// <summary>Checks a domain's image and decides where everything goes, before there is any memory: what the launch plan asks.</summary>
    internal static bool TryPlan(
        in DomainImage image, MemoryLayout layout, out DomainEntry entry, out ConstructionProblem problem)
    {
        entry = default;
        if (image.ProcessorCount < 1 || image.ProcessorCount > PlatformLayout.MaximumProcessors)
        {
            problem = new ConstructionProblem(
                ConstructionProblemKind.ProcessorCount, (ulong)image.ProcessorCount, PlatformLayout.MaximumProcessors);
            return false;
        }

        return TryCheckCommandLine(image, out problem)
            && TryPlaceAll(image, layout, out entry, out problem);
    }

    private static bool TryCheckCommandLine(in DomainImage image, out ConstructionProblem problem)
    {
        uint accepted = image.Kernel.Kind == KernelImageKind.BzImage ? image.Kernel.BzImage.CommandLineSize : PvhCommandLineSize;
        uint limit = Math.Min(accepted, BootStructures.CommandLineRoom);
        bool fits = (uint)image.CommandLine.Length <= limit;
        problem = fits
            ? default
            : new ConstructionProblem(ConstructionProblemKind.CommandLine, (ulong)image.CommandLine.Length, limit);
        return fits;
    }

    private static bool TryPlaceAll(
        in DomainImage image, MemoryLayout layout, out DomainEntry entry, out ConstructionProblem problem)
    {
        entry = default;
        ulong size = image.RamdiskSize;
        MemoryRange ramdisk;
        if (image.Kernel.Kind == KernelImageKind.PvhElf)
        {
            ElfImage elf = image.Kernel.Elf;
            if (!KernelPlacement.TryPlace(elf, layout, out MemoryRange place, out problem)
                || !KernelPlacement.TryPlaceRamdisk(size, place, FourGiB, false, layout, out ramdisk, out problem))
            {
                return false;
            }

            entry = new DomainEntry(EntryProtocol.Pvh, elf.Entry - elf.Start + place.Start, place, ramdisk);
            return true;
        }

        BzImage linux = image.Kernel.BzImage;
        ulong limit = (ulong)linux.RamdiskMaximum + 1;
        if (!KernelPlacement.TryPlace(linux, layout, out MemoryRange range, out problem)
            || !KernelPlacement.TryPlaceRamdisk(
                size, range, limit, linux.IsRamdiskAllowedAbove4GiB, layout, out ramdisk, out problem))
        {
            return false;
        }

        entry = linux.HasLongMode
            ? new DomainEntry(EntryProtocol.LinuxLongMode, range.Start + BzImage.LongModeEntryOffset, range, ramdisk)
            : new DomainEntry(EntryProtocol.LinuxProtectedMode, range.Start, range, ramdisk);
        return true;
    }

    private static bool TryCopyKernel(
        KernelImage kernel, GuestMemory memory, DomainEntry entry, out ConstructionProblem problem)
    {
        if (kernel.Kind == KernelImageKind.BzImage)
        {
            return TryCopy(kernel.BzImage.Code, entry.Kernel.Start, memory, out problem);
        }

        // Memory that nobody has touched is zero, so a segment's zeroed part needs no writing.
        ElfImage elf = kernel.Elf;
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

    private static bool TryCopy(ReadOnlySpan<byte> bytes, ulong address, GuestMemory memory, out ConstructionProblem problem)
    {
        bool isWritten = memory.TryWrite(address, bytes);
        problem = isWritten
            ? default
            : new ConstructionProblem(ConstructionProblemKind.MemoryAccess, (ulong)bytes.Length, 0, address);
        return isWritten;
    }

    private static bool TryWriteArchive(
        in DomainImage image, ulong address, GuestMemory memory, out ConstructionProblem problem)
    {
        bool isWritten = BootArchive.TryWrite(image.Material, address, memory);
        problem = isWritten
            ? default
            : new ConstructionProblem(
                ConstructionProblemKind.MemoryAccess, BootArchive.SizeOf(image.Material), 0, address);
        return isWritten;
    }

    private static bool TryWriteStructures(
        in DomainImage image, GuestMemory memory, DomainEntry entry, out ConstructionProblem problem)
    {
        if (!memory.TryGetSpan(0, BelowOneMiB, out Span<byte> low))
        {
            problem = new ConstructionProblem(ConstructionProblemKind.MemoryAccess, BelowOneMiB, 0);
            return false;
        }

        problem = default;
        Span<MemoryMapEntry> entries = stackalloc MemoryMapEntry[MemoryLayout.MaximumEntries];
        ReadOnlySpan<MemoryMapEntry> map = entries.Slice(0, memory.Layout.WriteMap(entries));
        ulong rootPointer = AcpiTables.Write(
            low.Slice((int)MemoryLayout.FirmwareStart), MemoryLayout.FirmwareStart, image.ProcessorCount, image.Devices);
        Latin1.Write(image.CommandLine, low.Slice((int)BootStructures.CommandLine));
        WriteDescriptors(low.Slice((int)BootStructures.Gdt), entry.Protocol == EntryProtocol.LinuxLongMode);
        if (entry.Protocol == EntryProtocol.Pvh)
        {
            Span<byte> startInfo = low.Slice((int)BootStructures.StartInfo);
            PvhStartInfo.Write(startInfo, image.Flags, map, rootPointer);
            PvhStartInfo.WriteModules(startInfo, entry.Ramdisk, image.Material, entry.Ramdisk.Start + image.ArchiveOffset);
            return true;
        }

        LinuxBootParameters.Write(
            low.Slice((int)BootStructures.ZeroPage, LinuxBootParameters.Size), image.Kernel.BzImage, entry, map, rootPointer);
        if (entry.Protocol == EntryProtocol.LinuxLongMode)
        {
            WritePageTables(low.Slice((int)BootStructures.PageTables));
        }

        return true;
    }

    private static void WriteDescriptors(Span<byte> table, bool isLong)
    {
        Span<byte> code = table.Slice(BootStructures.CodeSelector, DescriptorSize);
        Span<byte> data = table.Slice(BootStructures.DataSelector, DescriptorSize);
        BinaryPrimitives.WriteUInt64LittleEndian(code, isLong ? CodeDescriptor64 : CodeDescriptor32);
        BinaryPrimitives.WriteUInt64LittleEndian(data, DataDescriptor);
    }

    /// <summary>Maps the first 4 GiB to themselves by pages of 2 MiB, which boot.rst asks for the kernel, the zero page and the command line.</summary>
    private static void WritePageTables(Span<byte> tables)
    {
        const int TableSize = (int)PageSizes.Page;
        ulong pointers = BootStructures.PageTables + PageSizes.Page;
        BinaryPrimitives.WriteUInt64LittleEndian(tables, pointers | TableEntry);
        for (int i = 0; i < DirectoryCount; i++)
        {
            ulong directory = pointers + ((ulong)(i + 1) * PageSizes.Page);
            BinaryPrimitives.WriteUInt64LittleEndian(tables.Slice(TableSize + (i * sizeof(ulong))), directory | TableEntry);
        }

        Span<byte> directories = tables.Slice(2 * TableSize);
        for (int i = 0; i < DirectoryCount * PageTableEntries; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(
                directories.Slice(i * sizeof(ulong)), ((ulong)i * PageSizes.Chunk) | LargePageEntry);
        }
    }
}
