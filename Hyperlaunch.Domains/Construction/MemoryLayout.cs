using System;
using Hyperlaunch.Domains.Boot;

namespace Hyperlaunch.Domains.Construction;

/// <summary>
/// Where a domain's memory lies in its physical address space: from 0 to at most 3 GiB, then a hole for devices, and the rest from
/// 4 GiB on. The holes of a PC below 1 MiB are memory too, but the map that the guest is given says otherwise.
/// </summary>
public readonly struct MemoryLayout
{
    /// <summary>The end of conventional memory: 640 KiB.</summary>
    public const ulong ConventionalEnd = 0xA_0000;

    /// <summary>Where the firmware's ROM is on a PC, and the ACPI tables here.</summary>
    public const ulong FirmwareStart = 0xE_0000;

    /// <summary>Where extended memory starts: 1 MiB.</summary>
    public const ulong ExtendedStart = 0x10_0000;

    /// <summary>Where the hole for devices starts: 3 GiB.</summary>
    public const ulong DeviceHoleStart = 3 * PageSizes.Gigabyte;

    /// <summary>Where the hole for devices ends: 4 GiB.</summary>
    public const ulong DeviceHoleEnd = 4 * PageSizes.Gigabyte;

    /// <summary>The least memory of a domain: 2 MiB, which holds what is written below 1 MiB and a very small kernel.</summary>
    public const ulong MinimumSize = PageSizes.Chunk;

    /// <summary>The most memory of a domain: 1 TiB.</summary>
    public const ulong MaximumSize = 1024 * PageSizes.Gigabyte;

    /// <summary>The most entries that <see cref="WriteMap"/> makes.</summary>
    public const int MaximumEntries = 4;

    /// <summary>Lays out a domain's memory.</summary>
    /// <param name="size">Its size in bytes, from <see cref="MinimumSize"/> to <see cref="MaximumSize"/>; a broken page is left out.</param>
    public MemoryLayout(ulong size)
    {
        Size = SafeSize.AlignDown(size, PageSizes.Page);
    }

    /// <summary>Bytes of memory, of whole pages.</summary>
    public ulong Size { get; }

    /// <summary>The end of the memory below 4 GiB.</summary>
    public ulong LowEnd => Math.Min(Size, DeviceHoleStart);

    /// <summary>The end of the memory from 4 GiB on; 4 GiB when there is none.</summary>
    public ulong HighEnd => DeviceHoleEnd + (Size - LowEnd);

    /// <summary>The end of the address space: of the memory, or of the hole for devices if that is further.</summary>
    public ulong End => HighEnd;

    /// <summary>
    /// Finds the place of an address within the memory, counted without the hole.
    /// </summary>
    /// <param name="address">A guest physical address.</param>
    /// <param name="offset">Bytes of memory below it.</param>
    /// <param name="available">Bytes of memory from it on, up to the hole or the end.</param>
    /// <returns>False when it is no memory.</returns>
    public bool TryLocate(ulong address, out ulong offset, out ulong available)
    {
        if (address < LowEnd)
        {
            offset = address;
            available = LowEnd - address;
            return true;
        }

        if (address >= DeviceHoleEnd && address < HighEnd)
        {
            offset = address - (DeviceHoleEnd - DeviceHoleStart);
            available = HighEnd - address;
            return true;
        }

        offset = 0;
        available = 0;
        return false;
    }

    /// <summary>Writes the memory map that the guest is given, sorted by address.</summary>
    /// <param name="entries">Room for <see cref="MaximumEntries"/> entries.</param>
    /// <returns>How many there are.</returns>
    public int WriteMap(Span<MemoryMapEntry> entries)
    {
        int count = 0;
        entries[count++] = new MemoryMapEntry(MemoryRange.FromEnd(0, ConventionalEnd), MemoryKind.Usable);
        entries[count++] = new MemoryMapEntry(MemoryRange.FromEnd(FirmwareStart, ExtendedStart), MemoryKind.Reserved);
        entries[count++] = new MemoryMapEntry(MemoryRange.FromEnd(ExtendedStart, LowEnd), MemoryKind.Usable);
        if (HighEnd > DeviceHoleEnd)
        {
            entries[count++] = new MemoryMapEntry(MemoryRange.FromEnd(DeviceHoleEnd, HighEnd), MemoryKind.Usable);
        }

        return count;
    }
}
