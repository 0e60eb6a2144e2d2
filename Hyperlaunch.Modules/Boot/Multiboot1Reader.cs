using System;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Modules.Boot;

/// <summary>
/// Reads what a Multiboot boot loader leaves (Multiboot Specification 0.6.96, section 3.3): a structure that points to the rest.
/// Every pointer is followed through <see cref="IPhysicalMemory"/>, page by page. What it makes holds copies of everything, so
/// nothing of the information has to stay.
/// </summary>
public static class Multiboot1Reader
{
    /// <summary>What the boot loader leaves in EAX (section 3.2).</summary>
    public const uint Magic = 0x2BAD_B002;

    private const int InformationSize = 116;
    private const int FlagsOffset = 0;
    private const int LowerMemoryOffset = 4;
    private const int UpperMemoryOffset = 8;
    private const int CommandLineOffset = 16;
    private const int ModuleCountOffset = 20;
    private const int ModulesOffset = 24;
    private const int MapLengthOffset = 44;
    private const int MapOffset = 48;
    private const int LoaderNameOffset = 64;
    private const int FramebufferOffset = 88;
    private const int FramebufferPitchOffset = 96;
    private const int FramebufferWidthOffset = 100;
    private const int FramebufferHeightOffset = 104;
    private const int FramebufferDepthOffset = 108;
    private const int FramebufferTypeOffset = 109;
    private const byte FramebufferTypeText = 2;

    private const uint HasBasicMemory = 1 << 0;
    private const uint HasCommandLine = 1 << 2;
    private const uint HasModules = 1 << 3;
    private const uint HasMemoryMap = 1 << 6;
    private const uint HasLoaderName = 1 << 9;
    private const uint HasFramebuffer = 1 << 12;

    private const int ModuleSize = 16;
    private const int MapEntrySizeField = 4;
    private const int MapEntryMinimum = 20;

    /// <summary>Reads the structure at a physical address, as EBX holds it.</summary>
    /// <param name="memory">The machine's memory.</param>
    /// <param name="address">Where the structure starts.</param>
    /// <param name="info">What it says.</param>
    /// <param name="problem">When reading fails, why.</param>
    public static unsafe bool TryRead(
        IPhysicalMemory memory, ulong address, [NotNullWhen(true)] out BootInfo? info, out BootProblem problem)
    {
        info = null;
        byte* start = memory.Map(address, InformationSize);
        if (start == null)
        {
            problem = new BootProblem(BootProblemKind.Unreachable, address, InformationSize);
            return false;
        }

        // Sound because all of its bytes have just been mapped.
        var bytes = new ReadOnlySpan<byte>(start, InformationSize);
        uint flags = Read(bytes, FlagsOffset);
        var reading = new BootReading();
        MemoryMapEntry[] map = ReadMemoryMap(memory, bytes, flags, reading);
        bool isUsable = false;
        foreach (MemoryMapEntry entry in map)
        {
            isUsable |= entry.Kind == MemoryKind.Usable;
        }

        if (!isUsable)
        {
            problem = new BootProblem(BootProblemKind.NoMemory, 0, 0);
            return false;
        }

        string loaderName = (flags & HasLoaderName) != 0 ? ReadString(memory, Read(bytes, LoaderNameOffset), reading) : "";
        bool hasFileNames = LoaderNaming.PutsFileNameFirst(loaderName);
        string commandLine = (flags & HasCommandLine) != 0 ? ReadString(memory, Read(bytes, CommandLineOffset), reading) : "";
        BootModule[] modules = (flags & HasModules) != 0
            ? ReadModules(memory, Read(bytes, ModulesOffset), Read(bytes, ModuleCountOffset), hasFileNames, reading)
            : Array.Empty<BootModule>();
        reading.CheckModules(modules, map);
        Framebuffer? framebuffer = (flags & HasFramebuffer) != 0
            ? reading.CheckFramebuffer(
                BinaryPrimitives.ReadUInt64LittleEndian(bytes.Slice(FramebufferOffset)),
                Read(bytes, FramebufferPitchOffset),
                Read(bytes, FramebufferWidthOffset),
                Read(bytes, FramebufferHeightOffset),
                bytes[FramebufferDepthOffset],
                bytes[FramebufferTypeOffset] == FramebufferTypeText)
            : null;
        problem = default;
        info = new BootInfo(
            BootProtocol.Multiboot1,
            loaderName,
            hasFileNames ? LoaderNaming.WithoutFirstWord(commandLine) : commandLine,
            modules,
            map,
            0,
            framebuffer,
            default,
            reading.Problems);
        return true;
    }

    private static uint Read(ReadOnlySpan<byte> bytes, int offset)
        => BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(offset));

    /// <summary>Copies bytes at a physical address; false when some of them are not reachable.</summary>
    private static unsafe bool TryCopy(IPhysicalMemory memory, ulong address, Span<byte> destination)
    {
        byte* source = memory.Map(address, (ulong)destination.Length);
        if (source == null)
        {
            return false;
        }

        // Sound because exactly these bytes have just been mapped.
        new ReadOnlySpan<byte>(source, destination.Length).CopyTo(destination);
        return true;
    }

    private static BootModule[] ReadModules(
        IPhysicalMemory memory, uint address, uint count, bool hasFileNames, BootReading reading)
    {
        if (count > BootReading.MaximumModules)
        {
            reading.Note(BootProblemKind.TooManyModules, address, count);
            count = BootReading.MaximumModules;
        }

        var modules = new BootModule[(int)count];
        Span<byte> entry = stackalloc byte[ModuleSize];
        for (int i = 0; i < modules.Length; i++)
        {
            ulong entryAddress = address + ((ulong)i * ModuleSize);
            if (!TryCopy(memory, entryAddress, entry))
            {
                reading.Note(BootProblemKind.Unreachable, entryAddress, ModuleSize);
                modules[i] = new BootModule(i, default, string.Empty);
                continue;
            }

            uint start = Read(entry, 0);
            uint end = Read(entry, 4);
            if (end <= start)
            {
                reading.Note(BootProblemKind.ModuleRange, entryAddress, start);
            }

            uint text = Read(entry, 8);
            string commandLine = text == 0 ? string.Empty : ReadString(memory, text, reading);
            modules[i] = new BootModule(
                i, MemoryRange.FromEnd(start, end), hasFileNames ? LoaderNaming.WithoutFirstWord(commandLine) : commandLine);
        }

        return modules;
    }

    /// <summary>
    /// Reads a zero-terminated string. Its length is unknown, so no page is asked for before the one before it was read.
    /// </summary>
    private static unsafe string ReadString(IPhysicalMemory memory, ulong address, BootReading reading)
    {
        ulong length = 0;
        while (length <= BootReading.MaximumString)
        {
            ulong position = address + length;
            ulong step = PageSizes.Page - (position & PageSizes.PageMask);
            byte* page = memory.Map(position, step);
            if (page == null)
            {
                reading.Note(BootProblemKind.Unreachable, position, step);
                break;
            }

            // Sound because the rest of the page has just been mapped.
            int end = new ReadOnlySpan<byte>(page, (int)step).IndexOf((byte)0);
            if (end >= 0)
            {
                length += (ulong)end + 1;
                break;
            }

            length += step;
        }

        byte* text = length == 0 ? null : memory.Map(address, length);

        // Sound because all of the string has just been mapped; its length is at most the longest string and a page.
        return text == null ? string.Empty : reading.ReadString(new ReadOnlySpan<byte>(text, (int)length), address);
    }

    private static MemoryMapEntry[] ReadMemoryMap(
        IPhysicalMemory memory, ReadOnlySpan<byte> bytes, uint flags, BootReading reading)
    {
        Span<MemoryMapEntry> raw = stackalloc MemoryMapEntry[BootReading.MaximumMemoryMapEntries];
        int count = 0;
        if ((flags & HasMemoryMap) != 0)
        {
            count = ReadMemoryMapEntries(memory, Read(bytes, MapOffset), Read(bytes, MapLengthOffset), raw, reading);
        }

        if (count == 0 && (flags & HasBasicMemory) != 0)
        {
            Multiboot2Reader.FillBasic(Read(bytes, LowerMemoryOffset), Read(bytes, UpperMemoryOffset), raw);
            count = 2;
        }

        return MemoryMap.Sanitise(raw.Slice(0, count));
    }

    /// <summary>Each entry begins with its size, which does not count itself.</summary>
    private static int ReadMemoryMapEntries(
        IPhysicalMemory memory, ulong address, uint length, Span<MemoryMapEntry> raw, BootReading reading)
    {
        Span<byte> entry = stackalloc byte[MapEntrySizeField + MapEntryMinimum];
        ulong position = 0;
        int count = 0;
        while (SafeSize.Fits(position, (ulong)entry.Length, length))
        {
            if (count == raw.Length)
            {
                reading.Note(BootProblemKind.TooManyMemoryMapEntries, address, (ulong)count + 1);
                break;
            }

            if (!TryCopy(memory, address + position, entry))
            {
                reading.Note(BootProblemKind.Unreachable, address + position, (ulong)entry.Length);
                break;
            }

            uint size = Read(entry, 0);
            if (size < MapEntryMinimum)
            {
                reading.Note(BootProblemKind.MemoryMapEntrySize, address + position, size);
                break;
            }

            raw[count++] = new MemoryMapEntry(
                MemoryRange.FromLength(
                    BinaryPrimitives.ReadUInt64LittleEndian(entry.Slice(4)),
                    BinaryPrimitives.ReadUInt64LittleEndian(entry.Slice(12))),
                BootReading.KindOf(Read(entry, 20)));
            position += (ulong)size + MapEntrySizeField;
        }

        return count;
    }
}
