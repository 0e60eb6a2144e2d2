using System;
using System.Buffers.Binary;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Domains.Construction;

/// <summary>
/// Fills PVH's start info, version 1, with the list of modules and the memory map behind it
/// (xen/include/public/arch-x86/hvm/start_info.h).
/// </summary>
internal static class PvhStartInfo
{
    /// <summary>Bytes of the start info, the module list and the memory map.</summary>
    public const int Size = MapOffset + (MemoryLayout.MaximumEntries * MapEntrySize);

    private const uint Magic = 0x336E_C578;
    private const uint Version = 1;
    private const int VersionOffset = 4;
    private const int FlagsOffset = 8;
    private const int ModuleCountOffset = 12;
    private const int ModulesOffset = 16;
    private const int CommandLineOffset = 24;
    private const int RootPointerOffset = 32;
    private const int MapAddressOffset = 40;
    private const int MapCountOffset = 48;

    private const int MaximumModules = 1 + BootMaterial.MaximumFiles;
    private const int ModuleOffset = 64;
    private const int ModuleEntrySize = 32;
    private const int ModuleSizeOffset = 8;
    private const int ModuleCommandLineOffset = 16;
    private const int MapOffset = ModuleOffset + (MaximumModules * ModuleEntrySize);
    private const int MapEntrySize = 24;

    /// <summary>Fills it but for the modules.</summary>
    /// <param name="bytes">At least <see cref="Size"/> bytes, all zero, at <see cref="BootStructures.StartInfo"/>.</param>
    /// <param name="flags">What the kernel is told about its rights.</param>
    /// <param name="map">The domain's memory map.</param>
    /// <param name="rootPointer">Guest physical address of the ACPI root pointer.</param>
    public static void Write(Span<byte> bytes, StartFlags flags, ReadOnlySpan<MemoryMapEntry> map, ulong rootPointer)
    {
        Write32(bytes, 0, Magic);
        Write32(bytes, VersionOffset, Version);
        Write32(bytes, FlagsOffset, (uint)flags);
        Write64(bytes, CommandLineOffset, BootStructures.CommandLine);
        Write64(bytes, RootPointerOffset, rootPointer);
        Write64(bytes, MapAddressOffset, BootStructures.StartInfo + MapOffset);
        Write32(bytes, MapCountOffset, (uint)map.Length);
        for (int i = 0; i < map.Length; i++)
        {
            int offset = MapOffset + (i * MapEntrySize);
            Write64(bytes, offset, map[i].Range.Start);
            Write64(bytes, offset + 8, map[i].Range.Length);
            Write32(bytes, offset + 16, (uint)map[i].Kind);
        }
    }

    /// <summary>
    /// Lists the modules: first the ramdisk, which is where Linux looks for it, then each file of a boot domain's material, in
    /// place inside the ramdisk and with its path as its command line.
    /// </summary>
    /// <param name="bytes">The start info.</param>
    /// <param name="ramdisk">Where the ramdisk is; empty when there is none, and then there is no material either.</param>
    /// <param name="material">A boot domain's material.</param>
    /// <param name="archive">The guest physical address of the archive that holds the material.</param>
    public static void WriteModules(Span<byte> bytes, MemoryRange ramdisk, in BootMaterial material, ulong archive)
    {
        if (ramdisk.IsEmpty)
        {
            return;
        }

        Write32(bytes, ModuleCountOffset, 1 + (uint)material.FileCount);
        Write64(bytes, ModulesOffset, BootStructures.StartInfo + ModuleOffset);
        WriteModule(bytes, 0, ramdisk, 0);
        for (int i = 0; i < material.FileCount; i++)
        {
            MemoryRange content = BootArchive.Locate(material, archive, i, out ulong path);
            WriteModule(bytes, i + 1, content, path);
        }
    }

    private static void WriteModule(Span<byte> bytes, int index, MemoryRange range, ulong commandLine)
    {
        int offset = ModuleOffset + (index * ModuleEntrySize);
        Write64(bytes, offset, range.Start);
        Write64(bytes, offset + ModuleSizeOffset, range.Length);
        Write64(bytes, offset + ModuleCommandLineOffset, commandLine);
    }

    private static void Write32(Span<byte> bytes, int offset, uint value)
        => BinaryPrimitives.WriteUInt32LittleEndian(bytes.Slice(offset), value);

    private static void Write64(Span<byte> bytes, int offset, ulong value)
        => BinaryPrimitives.WriteUInt64LittleEndian(bytes.Slice(offset), value);
}
