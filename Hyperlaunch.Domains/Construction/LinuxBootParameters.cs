using System;
using System.Buffers.Binary;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Modules.Images;

namespace Hyperlaunch.Domains.Construction;

/// <summary>
/// Fills Linux's zero page (Linux Documentation/arch/x86/zero-page.rst and boot.rst; the names in brackets are the fields').
/// </summary>
internal static class LinuxBootParameters
{
    /// <summary>Bytes of the zero page.</summary>
    public const int Size = (int)PageSizes.Page;

    private const int RootPointerOffset = 0x070;
    private const int RamdiskAddressHighOffset = 0x0C0;
    private const int RamdiskSizeHighOffset = 0x0C4;
    private const int MapCountOffset = 0x1E8;
    private const int LoaderTypeOffset = 0x210;
    private const int CodeAddressOffset = 0x214;
    private const int RamdiskAddressOffset = 0x218;
    private const int RamdiskSizeOffset = 0x21C;
    private const int CommandLineOffset = 0x228;
    private const int MapOffset = 0x2D0;
    private const int MapEntrySize = 20;

    /// <summary>A boot loader without an assigned number (boot.rst, <c>type_of_loader</c>).</summary>
    private const byte UnassignedLoader = 0xFF;

    /// <summary>Fills the page.</summary>
    /// <param name="page">The zero page, all zero.</param>
    /// <param name="image">The kernel, whose setup header is copied.</param>
    /// <param name="entry">Where everything was put.</param>
    /// <param name="map">The domain's memory map.</param>
    /// <param name="rootPointer">Guest physical address of the ACPI root pointer.</param>
    public static void Write(
        Span<byte> page, BzImage image, DomainEntry entry, ReadOnlySpan<MemoryMapEntry> map, ulong rootPointer)
    {
        image.Header.CopyTo(page.Slice(BzImage.HeaderOffset));
        page[LoaderTypeOffset] = UnassignedLoader;
        Write32(page, CodeAddressOffset, entry.Kernel.Start);
        Write32(page, RamdiskAddressOffset, entry.Ramdisk.Start);
        Write32(page, RamdiskSizeOffset, entry.Ramdisk.Length);
        Write32(page, RamdiskAddressHighOffset, entry.Ramdisk.Start >> 32);
        Write32(page, RamdiskSizeHighOffset, entry.Ramdisk.Length >> 32);
        Write32(page, CommandLineOffset, BootStructures.CommandLine);
        BinaryPrimitives.WriteUInt64LittleEndian(page.Slice(RootPointerOffset), rootPointer);
        page[MapCountOffset] = (byte)map.Length;
        for (int i = 0; i < map.Length; i++)
        {
            Span<byte> entryBytes = page.Slice(MapOffset + (i * MapEntrySize), MapEntrySize);
            BinaryPrimitives.WriteUInt64LittleEndian(entryBytes, map[i].Range.Start);
            BinaryPrimitives.WriteUInt64LittleEndian(entryBytes.Slice(8), map[i].Range.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(entryBytes.Slice(16), (uint)map[i].Kind);
        }
    }

    private static void Write32(Span<byte> page, int offset, ulong value)
        => BinaryPrimitives.WriteUInt32LittleEndian(page.Slice(offset), (uint)value);
}
