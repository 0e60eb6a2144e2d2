using System;
using System.Buffers.Binary;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Text;
using Hyperlaunch.Platform.Acpi;
using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Domains.Construction;

/// <summary>
/// Lays a domain out in its memory: the kernel, the ramdisk, the command line, the ACPI tables, and what the kernel's entry wants
/// to find. What depends on how the kernel is started is its <see cref="GuestBoot"/>'s. It allocates nothing, and takes time in
/// proportion to what it copies.
/// </summary>
public static class DomainImageBuilder
{
    private const int BelowOneMiB = (int)MemoryLayout.ExtendedStart;

    private const ulong CodeDescriptor32 = 0x00CF_9B00_0000_FFFF;
    private const ulong CodeDescriptor64 = 0x00AF_9B00_0000_FFFF;
    private const ulong DataDescriptor = 0x00CF_9300_0000_FFFF;
    private const int DescriptorSize = 8;

    /// <summary>Builds a domain's image.</summary>
    /// <param name="image">What the domain starts with.</param>
    /// <param name="memory">The domain's memory, allocated and not touched yet.</param>
    /// <param name="entry">Where the first vCPU starts.</param>
    /// <param name="problem">When it cannot be built, why; the memory's content is unspecified then.</param>
    public static bool TryBuild(
        in DomainImage image, GuestMemory memory, out DomainEntry entry, out ConstructionProblem problem)
    {
        return TryPlan(image, memory.Layout, out entry, out problem)
            && GuestBoots.For(image.Kernel).TryCopy(image.Kernel, entry, memory, out problem)
            && TryWriteRamdisk(image, entry.Ramdisk.Start, memory, out problem)
            && TryWriteStructures(image, memory, entry, out problem);
    }

    /// <summary>
    /// Checks a domain's image and decides where everything goes, before there is any memory: what the launch plan asks.
    /// </summary>
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

        GuestBoot protocol = GuestBoots.For(image.Kernel);
        if (!TryCheckCommandLine(image, protocol.CommandLineSize(image.Kernel), out problem)
            || !protocol.TryPlace(image, layout, out MemoryRange kernel, out MemoryRange ramdisk, out problem))
        {
            return false;
        }

        entry = protocol.Enter(image.Kernel, kernel, ramdisk);
        return true;
    }

    private static bool TryCheckCommandLine(in DomainImage image, uint accepted, out ConstructionProblem problem)
    {
        uint limit = Math.Min(accepted, BootStructures.CommandLineRoom);
        bool fits = (uint)image.CommandLine.Length <= limit;
        problem = fits
            ? default
            : new ConstructionProblem(ConstructionProblemKind.CommandLine, (ulong)image.CommandLine.Length, limit);
        return fits;
    }

    /// <summary>Copies the ramdisk, and writes a boot domain's archive behind it.</summary>
    private static bool TryWriteRamdisk(in DomainImage image, ulong address, GuestMemory memory, out ConstructionProblem problem)
    {
        if (!memory.TryWrite(new GuestAddress(address), image.Ramdisk))
        {
            problem = new ConstructionProblem(ConstructionProblemKind.MemoryAccess, (ulong)image.Ramdisk.Length, 0, address);
            return false;
        }

        ulong archive = address + image.ArchiveOffset;
        bool isWritten = BootArchive.TryWrite(image.Material, archive, memory);
        problem = isWritten
            ? default
            : new ConstructionProblem(ConstructionProblemKind.MemoryAccess, BootArchive.SizeOf(image.Material), 0, archive);
        return isWritten;
    }

    private static bool TryWriteStructures(
        in DomainImage image, GuestMemory memory, in DomainEntry entry, out ConstructionProblem problem)
    {
        if (!memory.TryGetSpan(default, BelowOneMiB, out Span<byte> low))
        {
            problem = new ConstructionProblem(ConstructionProblemKind.MemoryAccess, BelowOneMiB, 0);
            return false;
        }

        Span<MemoryMapEntry> entries = stackalloc MemoryMapEntry[MemoryLayout.MaximumEntries];
        ReadOnlySpan<MemoryMapEntry> map = entries.Slice(0, memory.Layout.WriteMap(entries));
        ulong rootPointer = AcpiTables.Write(
            low.Slice((int)MemoryLayout.FirmwareStart), MemoryLayout.FirmwareStart, image.ProcessorCount, image.Devices,
            image.Clock);
        Latin1.Write(image.CommandLine, low.Slice((int)BootStructures.CommandLine));
        WriteDescriptors(low.Slice((int)BootStructures.Gdt), entry.IsLongMode);
        BootSurroundings surroundings = new(low, map, rootPointer);
        return GuestBoots.For(image.Kernel).TryDescribe(image, entry, memory, surroundings, out problem);
    }

    private static void WriteDescriptors(Span<byte> table, bool isLong)
    {
        Span<byte> code = table.Slice(BootStructures.CodeSelector, DescriptorSize);
        Span<byte> data = table.Slice(BootStructures.DataSelector, DescriptorSize);
        BinaryPrimitives.WriteUInt64LittleEndian(code, isLong ? CodeDescriptor64 : CodeDescriptor32);
        BinaryPrimitives.WriteUInt64LittleEndian(data, DataDescriptor);
    }
}
