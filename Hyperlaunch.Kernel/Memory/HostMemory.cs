using System;
using Hyperlaunch.Kernel.Faults;
using Hyperlaunch.Kernel.Instructions;
using Hyperlaunch.Kernel.Runtime;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Paging;

namespace Hyperlaunch.Kernel.Memory;

/// <summary>
/// The hypervisor's view of memory: every physical address is its own virtual address. The first 4 GiB are mapped whole, devices
/// included, RAM above as the memory map says. No page is both writable and executable; page 0 and the page below each stack are
/// not mapped at all.
/// </summary>
internal sealed unsafe class HostMemory : IPhysicalMemory
{
    // Where the first 2 MiB appear a second time, so that firmware's data in page 0 can be read.
    private const ulong LowAlias = 0xffff_8000_0000_0000;

    private const uint ExtendedFeatures = 0x8000_0001;
    private const int GigabytePagesBit = 26;

    private static PageTable? s_tables;
    private static ulong s_end;
    private static int s_lock;

    /// <summary>The one view there is.</summary>
    public static HostMemory Instance { get; } = new();

    /// <summary>Builds the tables for the kernel and the first 4 GiB and switches to them.</summary>
    public static void Start(ImageLayout* image)
    {
        uint* registers = stackalloc uint[4];
        Processor.Identify(ExtendedFeatures, 0, registers);
        bool gigabytePages = (registers[3] >> GigabytePagesBit & 1) != 0;
        PageTable tables = new(new IdentityMemory(), PageTableFormat.Host(gigabytePages));
        s_tables = tables;
        s_end = PageSizes.FourGigabytes;

        ulong symbols = (ulong)image->SymbolsStart;

        // Devices lie between 3 and 4 GiB with a memory type of their own; a page of 1 GiB would span several types. So would
        // one of 2 MiB at 0, where each 4 KiB may have its own (Intel SDM volume 3, 12.11.9); unmapping page 0 splits the other.
        bool done = tables.TryStart(MemoryRange.FromEnd((ulong)image->PageTablesStart, (ulong)image->PageTablesEnd))
            && tables.TryMap(0, 0, PageSizes.FourGigabytes, PageRights.Write, PageSizes.Chunk)
            && tables.TryMap(LowAlias, 0, PageSizes.Chunk, PageRights.Write, PageSizes.Page)
            && tables.TryUnmap(0, PageSizes.Page)
            && tables.TryMap(image->TextStart, image->TextStart, PageAlign(image->TextEnd) - image->TextStart, PageRights.Execute)
            && tables.TryMap(image->RodataStart, image->RodataStart, image->RodataEnd - image->RodataStart, PageRights.ReadOnly)
            && tables.TryMap(symbols, symbols, image->ImageEnd - symbols, PageRights.ReadOnly)
            && TryGuard(image->BootCpuArea);
        if (!done)
        {
            Panic.Stop("the kernel's image has too few pages for its page tables"u8);
        }

        Processor.WriteCr3(tables.Root);
    }

    /// <summary>Where the mapped memory ends; what lies above is none of the hypervisor's.</summary>
    public static ulong End => s_end;

    /// <summary>Maps the RAM above 4 GiB, from the lowest address up.</summary>
    /// <returns>False when the tables have no room for all of it: <see cref="End"/> is where they were full.</returns>
    public static bool TryMapMemory(ReadOnlySpan<MemoryMapEntry> map)
    {
        foreach (MemoryMapEntry entry in map)
        {
            ulong start = Math.Max(entry.Range.Start, PageSizes.FourGigabytes) & ~PageSizes.ChunkMask;
            ulong end = entry.Range.End & ~PageSizes.PageMask;
            if (entry.Kind == MemoryKind.Reserved || end <= start)
            {
                continue;
            }

            for (ulong at = start, next; at < end; at = next)
            {
                next = Math.Min(end, (at & ~PageSizes.GigabyteMask) + PageSizes.Gigabyte);
                if (!TryMapRange(at, next - at, PageRights.Write))
                {
                    return false;
                }

                s_end = Math.Max(s_end, next);
            }
        }

        return true;
    }

    /// <summary>Maps a device's registers or a screen that lies above 4 GiB; below, everything is mapped.</summary>
    public static bool TryMapDevice(ulong address, ulong length)
    {
        ulong start = address & ~PageSizes.PageMask;
        return (address < PageSizes.FourGigabytes && length <= PageSizes.FourGigabytes - address)
            || TryMapRange(start, PageAlign(address + length) - start, PageRights.Write | PageRights.Uncached);
    }

    /// <summary>
    /// Maps a screen's memory so that what is drawn goes out in bursts. On the boot CPU, before there are others.
    /// </summary>
    public static bool TryMapScreen(ulong address, ulong length)
    {
        ulong start = address & ~PageSizes.PageMask;
        ulong end = PageAlign(SafeSize.Add(address, length));
        bool done = end > start && TryMapRange(start, end - start, PageRights.Write | PageRights.Combining);

        // What was mapped otherwise before may be in the caches (Intel SDM volume 3, 12.12.4).
        Processor.WriteBackCaches();
        Processor.WriteCr3(Processor.ReadCr3());
        return done;
    }

    /// <summary>
    /// Reaches a table of firmware's, wherever it is: above 4 GiB a map may call its memory reserved, and then it is not mapped.
    /// </summary>
    /// <returns>Null where there is no memory, or the tables have no room.</returns>
    public byte* MapFirmware(ulong address, ulong length)
    {
        byte* mapped = Map(address, length);
        ulong end = PageAlign(SafeSize.Add(address, length));
        if (mapped is not null || address < PageSizes.FourGigabytes || end > AddressLimit())
        {
            return mapped;
        }

        ulong start = address & ~PageSizes.PageMask;
        return TryMapRange(start, end - start, PageRights.ReadOnly) ? (byte*)address : null;
    }

    /// <summary>
    /// Removes the guard pages of the area of a processor that has not started, so that no other one remembers them.
    /// </summary>
    public static bool TryGuard(byte* area)
    {
        bool done = true;
        Runtime.SpinLock.Enter(ref s_lock);
        for (int i = 0; i < CpuArea.GuardCount; i++)
        {
            ulong page = CpuArea.Guard(area, i);
            done &= s_tables!.TryUnmap(page, PageSizes.Page);
            Processor.InvalidatePage(page);
        }

        Runtime.SpinLock.Exit(ref s_lock);
        return done;
    }

    /// <inheritdoc/>
    public byte* Map(ulong address, ulong length)
    {
        if (length > s_end || address > s_end - length)
        {
            return null;
        }

        if (address < PageSizes.Page)
        {
            return length <= PageSizes.Chunk - address ? (byte*)(LowAlias + address) : null;
        }

        return IsMapped(address, length) ? (byte*)address : null;
    }

    // Everything below 4 GiB is mapped but the guard pages, which lie in the kernel's own image or heap.
    private static bool IsMapped(ulong address, ulong length)
    {
        ulong end = address + length;
        for (ulong at = Math.Max(address, PageSizes.FourGigabytes) & ~PageSizes.ChunkMask; at < end; at += PageSizes.Chunk)
        {
            if (!s_tables!.TryTranslate(Math.Max(at, address), out _, out _))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryMapRange(ulong start, ulong length, PageRights rights)
    {
        Runtime.SpinLock.Enter(ref s_lock);
        bool done = s_tables!.TryMap(start, start, length, rights);
        Runtime.SpinLock.Exit(ref s_lock);
        return done;
    }

    // A bit beyond the processor's physical addresses is reserved in an entry (CPUID 8000_0008h, EAX bits 7:0).
    private static ulong AddressLimit()
    {
        const uint AddressSizes = 0x8000_0008;
        const int Smallest = 36;
        const int Largest = 52;
        uint* registers = stackalloc uint[4];
        Processor.Identify(AddressSizes, 0, registers);
        int bits = (int)(registers[0] & 0xFF);
        return bits is >= Smallest and <= Largest ? 1UL << bits : 1UL << Smallest;
    }

    private static ulong PageAlign(ulong value) => (value + PageSizes.PageMask) & ~PageSizes.PageMask;
}
