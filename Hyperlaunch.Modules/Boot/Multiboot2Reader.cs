using System;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Modules.Boot;

/// <summary>
/// Reads the information block that a Multiboot2 boot loader leaves (Multiboot2 Specification 2.0, section 3.6). A tag that is
/// wrong is left out and noted in <see cref="BootInfo.Problems"/>; reading fails only without a block or without memory. What it
/// makes holds copies of everything but the ACPI root pointer, for which the block has to stay where it is.
/// </summary>
public static class Multiboot2Reader
{
    /// <summary>What the boot loader leaves in EAX (section 3.5).</summary>
    public const uint Magic = 0x36D7_6289;

    /// <summary>The largest block that is read, in bytes. The longest part of a real one is the firmware's memory map.</summary>
    public const int MaximumSize = 4 * 1024 * 1024;

    private const uint CommandLineTag = 1;
    private const uint LoaderNameTag = 2;
    private const uint ModuleTag = 3;
    private const uint BasicMemoryTag = 4;
    private const uint MemoryMapTag = 6;
    private const uint FramebufferTag = 8;
    private const uint AcpiOldTag = 14;
    private const uint AcpiNewTag = 15;

    private const int ModuleFixedSize = 8;
    private const int BasicMemorySize = 8;
    private const int MemoryMapFixedSize = 8;
    private const int MemoryMapEntryMinimum = 24;
    private const int FramebufferFixedSize = 22;
    private const byte FramebufferTypeText = 2;
    private const int AcpiOldSize = 20;
    private const int AcpiNewSize = 36;
    private const ulong KiB = 1024;
    private const ulong UpperMemoryStart = 1024 * KiB;

    /// <summary>Reads the block at a physical address, as EBX holds it.</summary>
    /// <param name="memory">The machine's memory.</param>
    /// <param name="address">Where the block starts.</param>
    /// <param name="info">What it says.</param>
    /// <param name="problem">When reading fails, why.</param>
    public static unsafe bool TryRead(
        IPhysicalMemory memory, ulong address, [NotNullWhen(true)] out BootInfo? info, out BootProblem problem)
    {
        info = null;
        byte* header = memory.Map(address, Multiboot2Tags.BlockHeaderSize);
        if (header == null)
        {
            problem = new BootProblem(BootProblemKind.Unreachable, address, Multiboot2Tags.BlockHeaderSize);
            return false;
        }

        // Sound because the eight bytes have just been mapped.
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(new ReadOnlySpan<byte>(header, Multiboot2Tags.BlockHeaderSize));
        if (size > MaximumSize)
        {
            problem = new BootProblem(BootProblemKind.TooLarge, 0, size);
            return false;
        }

        byte* block = memory.Map(address, size);
        if (block == null)
        {
            problem = new BootProblem(BootProblemKind.Unreachable, address, size);
            return false;
        }

        // Sound because all of its bytes have just been mapped.
        return TryRead(new ReadOnlySpan<byte>(block, (int)size), address, out info, out problem);
    }

    /// <summary>Reads a block.</summary>
    /// <param name="bytes">The block; bytes after its stated size are ignored.</param>
    /// <param name="address">Its physical address, which the ACPI root pointer's address follows from.</param>
    /// <param name="info">What it says.</param>
    /// <param name="problem">When reading fails, why.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> bytes, ulong address, [NotNullWhen(true)] out BootInfo? info, out BootProblem problem)
    {
        info = null;
        if (bytes.Length < Multiboot2Tags.BlockHeaderSize)
        {
            problem = new BootProblem(BootProblemKind.TooShort, 0, (ulong)bytes.Length);
            return false;
        }

        uint size = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (size < Multiboot2Tags.BlockHeaderSize)
        {
            problem = new BootProblem(BootProblemKind.TooShort, 0, size);
            return false;
        }

        if (size > bytes.Length || size > MaximumSize)
        {
            problem = new BootProblem(BootProblemKind.TooLarge, 0, size);
            return false;
        }

        ReadOnlySpan<byte> block = bytes.Slice(0, (int)size);
        var reading = new BootReading();
        MemoryMapEntry[] map = ReadMemoryMap(block, reading);
        if (!HasUsableMemory(map))
        {
            problem = new BootProblem(BootProblemKind.NoMemory, 0, 0);
            return false;
        }

        string loaderName = ReadStringTag(block, LoaderNameTag, reading);
        bool hasFileNames = LoaderNaming.PutsFileNameFirst(loaderName);
        string commandLine = ReadStringTag(block, CommandLineTag, reading);
        BootModule[] modules = ReadModules(block, hasFileNames, reading);
        reading.CheckModules(modules, map);
        Framebuffer? framebuffer = ReadFramebuffer(block, reading);
        ulong rootPointer = FindRootPointer(block, address, reading);
        problem = default;
        info = new BootInfo(
            BootProtocol.Multiboot2,
            loaderName,
            hasFileNames ? LoaderNaming.WithoutFirstWord(commandLine) : commandLine,
            modules,
            map,
            rootPointer,
            framebuffer,
            MemoryRange.FromLength(address, size),
            reading.Problems);
        return true;
    }

    private static bool HasUsableMemory(MemoryMapEntry[] map)
    {
        foreach (MemoryMapEntry entry in map)
        {
            if (entry.Kind == MemoryKind.Usable)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The first tag of a type that has at least as many bytes as its type holds; the others are noted.</summary>
    private static bool TryFind(
        ReadOnlySpan<byte> block, uint type, int minimum, BootReading reading, out ReadOnlySpan<byte> content, out int offset)
    {
        var tags = new Multiboot2Tags(block);
        while (tags.MoveNext())
        {
            if (tags.Type != type)
            {
                continue;
            }

            if (tags.Content.Length >= minimum)
            {
                content = tags.Content;
                offset = tags.Offset;
                return true;
            }

            reading.Note(BootProblemKind.TagTooShort, (ulong)tags.Offset,
                (ulong)(tags.Content.Length + Multiboot2Tags.TagHeaderSize));
        }

        content = default;
        offset = 0;
        return false;
    }

    private static string ReadStringTag(ReadOnlySpan<byte> block, uint type, BootReading reading)
        => TryFind(block, type, 0, reading, out ReadOnlySpan<byte> content, out int offset)
            ? reading.ReadString(content, (ulong)offset)
            : string.Empty;

    /// <summary>Section 3.6.6. The one walk that also notes how the walk itself ends.</summary>
    private static BootModule[] ReadModules(ReadOnlySpan<byte> block, bool hasFileNames, BootReading reading)
    {
        ulong count = 0;
        var counting = new Multiboot2Tags(block);
        while (counting.MoveNext())
        {
            count += counting.Type == ModuleTag ? 1UL : 0UL;
        }

        if (counting.Problem.Kind != BootProblemKind.None)
        {
            reading.Note(counting.Problem.Kind, counting.Problem.Offset, counting.Problem.Found);
        }

        if (count > BootReading.MaximumModules)
        {
            reading.Note(BootProblemKind.TooManyModules, 0, count);
            count = BootReading.MaximumModules;
        }

        var modules = new BootModule[(int)count];
        int index = 0;
        var tags = new Multiboot2Tags(block);
        while (index < modules.Length && tags.MoveNext())
        {
            if (tags.Type == ModuleTag)
            {
                modules[index] = ReadModule(index, tags.Content, (ulong)tags.Offset, hasFileNames, reading);
                index++;
            }
        }

        return modules;
    }

    private static BootModule ReadModule(
        int index, ReadOnlySpan<byte> content, ulong offset, bool hasFileName, BootReading reading)
    {
        if (content.Length < ModuleFixedSize)
        {
            reading.Note(BootProblemKind.TagTooShort, offset, (ulong)(content.Length + Multiboot2Tags.TagHeaderSize));
            return new BootModule(index, default, string.Empty);
        }

        uint start = BinaryPrimitives.ReadUInt32LittleEndian(content);
        uint end = BinaryPrimitives.ReadUInt32LittleEndian(content.Slice(4));
        if (end <= start)
        {
            reading.Note(BootProblemKind.ModuleRange, offset, start);
        }

        string text = reading.ReadString(content.Slice(ModuleFixedSize), offset);
        return new BootModule(
            index, MemoryRange.FromEnd(start, end), hasFileName ? LoaderNaming.WithoutFirstWord(text) : text);
    }

    /// <summary>Section 3.6.8; without a map, section 3.6.4's two figures.</summary>
    private static MemoryMapEntry[] ReadMemoryMap(ReadOnlySpan<byte> block, BootReading reading)
    {
        if (TryFind(block, MemoryMapTag, MemoryMapFixedSize, reading, out ReadOnlySpan<byte> content, out int offset))
        {
            uint entrySize = BinaryPrimitives.ReadUInt32LittleEndian(content);
            if (entrySize >= MemoryMapEntryMinimum && entrySize <= (uint)content.Length)
            {
                return ReadMemoryMapEntries(content.Slice(MemoryMapFixedSize), (int)entrySize, reading);
            }

            reading.Note(BootProblemKind.MemoryMapEntrySize, (ulong)offset, entrySize);
        }

        if (!TryFind(block, BasicMemoryTag, BasicMemorySize, reading, out ReadOnlySpan<byte> basic, out _))
        {
            return Array.Empty<MemoryMapEntry>();
        }

        Span<MemoryMapEntry> two = stackalloc MemoryMapEntry[2];
        FillBasic(BinaryPrimitives.ReadUInt32LittleEndian(basic), BinaryPrimitives.ReadUInt32LittleEndian(basic.Slice(4)), two);
        return MemoryMap.Sanitise(two);
    }

    /// <summary>Two entries from the sizes of lower memory (from 0) and upper memory (from 1 MiB), both in KiB.</summary>
    internal static void FillBasic(uint lower, uint upper, Span<MemoryMapEntry> two)
    {
        two[0] = new MemoryMapEntry(MemoryRange.FromLength(0, lower * KiB), MemoryKind.Usable);
        two[1] = new MemoryMapEntry(MemoryRange.FromLength(UpperMemoryStart, upper * KiB), MemoryKind.Usable);
    }

    private static MemoryMapEntry[] ReadMemoryMapEntries(ReadOnlySpan<byte> entries, int entrySize, BootReading reading)
    {
        int count = entries.Length / entrySize;
        if (count > BootReading.MaximumMemoryMapEntries)
        {
            reading.Note(BootProblemKind.TooManyMemoryMapEntries, 0, (ulong)count);
            count = BootReading.MaximumMemoryMapEntries;
        }

        Span<MemoryMapEntry> raw = stackalloc MemoryMapEntry[BootReading.MaximumMemoryMapEntries];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = entries.Slice(i * entrySize, entrySize);
            raw[i] = new MemoryMapEntry(
                MemoryRange.FromLength(
                    BinaryPrimitives.ReadUInt64LittleEndian(entry), BinaryPrimitives.ReadUInt64LittleEndian(entry.Slice(8))),
                BootReading.KindOf(BinaryPrimitives.ReadUInt32LittleEndian(entry.Slice(16))));
        }

        return MemoryMap.Sanitise(raw.Slice(0, count));
    }

    /// <summary>Section 3.6.12.</summary>
    private static Framebuffer? ReadFramebuffer(ReadOnlySpan<byte> block, BootReading reading)
    {
        if (!TryFind(block, FramebufferTag, FramebufferFixedSize, reading, out ReadOnlySpan<byte> content, out _))
        {
            return null;
        }

        return reading.CheckFramebuffer(
            BinaryPrimitives.ReadUInt64LittleEndian(content),
            BinaryPrimitives.ReadUInt32LittleEndian(content.Slice(8)),
            BinaryPrimitives.ReadUInt32LittleEndian(content.Slice(12)),
            BinaryPrimitives.ReadUInt32LittleEndian(content.Slice(16)),
            content[20],
            content[21] == FramebufferTypeText);
    }

    /// <summary>
    /// Sections 3.6.16 and 3.6.17: the tag holds the root pointer itself, and the newer form has the 64-bit table.
    /// </summary>
    private static ulong FindRootPointer(ReadOnlySpan<byte> block, ulong address, BootReading reading)
    {
        if (TryFind(block, AcpiNewTag, AcpiNewSize, reading, out _, out int offset)
            || TryFind(block, AcpiOldTag, AcpiOldSize, reading, out _, out offset))
        {
            return SafeSize.Add(address, (ulong)(offset + Multiboot2Tags.TagHeaderSize));
        }

        return 0;
    }
}
