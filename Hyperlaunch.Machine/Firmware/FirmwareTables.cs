using System;
using System.Buffers.Binary;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Machine.Firmware;

/// <summary>
/// The machine's ACPI tables (ACPI 6.5, chapter 5). Firmware wrote them, so nothing in them is trusted: a table is handed out
/// only whole, mapped and with a right checksum, as a span, and its readers check what they find against its length.
/// </summary>
public sealed unsafe class FirmwareTables
{
    /// <summary>Bytes of the header that every table begins with (ACPI 6.5, 5.2.6).</summary>
    public const int HeaderSize = 36;

    // The root pointer (ACPI 6.5, 5.2.5.3).
    private const int RootPointerSize = 20;
    private const int ExtendedRootPointerSize = 36;
    private const int RevisionOffset = 15;
    private const int RsdtOffset = 16;
    private const int XsdtOffset = 24;
    private const byte RevisionWithXsdt = 2;

    // Where a BIOS leaves the root pointer (ACPI 6.5, 5.2.5.1): the first KiB of the extended BIOS data area, whose segment is at
    // 40Eh, and the last 128 KiB below 1 MiB; at a multiple of 16.
    private const ulong ExtendedBiosDataSegment = 0x40E;
    private const ulong ExtendedBiosDataSize = 0x400;
    private const ulong BiosStart = 0xE_0000;
    private const ulong BiosSize = 0x2_0000;
    private const ulong RootPointerAlignment = 16;

    private const int LengthOffset = 4;
    private const uint LargestTable = 16 << 20;

    private readonly IPhysicalMemory _memory;
    private readonly ulong _root;
    private readonly int _entrySize;

    private FirmwareTables(IPhysicalMemory memory, ulong root, int entrySize)
    {
        _memory = memory;
        _root = root;
        _entrySize = entrySize;
    }

    private static ReadOnlySpan<byte> RootPointerSignature => "RSD PTR "u8;

    /// <summary>Finds the tables.</summary>
    /// <param name="memory">The machine's memory.</param>
    /// <param name="rootPointer">Where the boot loader found the root pointer; 0 to look for it where a BIOS leaves it.</param>
    /// <returns>Null when there are none.</returns>
    public static FirmwareTables? Find(IPhysicalMemory memory, ulong rootPointer)
        => (rootPointer == 0 ? null : FromRootPointer(memory, rootPointer))
            ?? Scan(memory, ExtendedBiosData(memory), ExtendedBiosDataSize)
            ?? Scan(memory, BiosStart, BiosSize);

    /// <summary>A table by its signature of four letters; the first of several.</summary>
    /// <returns>An empty span when there is none that can be trusted.</returns>
    public ReadOnlySpan<byte> Find(ReadOnlySpan<byte> signature)
    {
        ReadOnlySpan<byte> root = Read(_memory, _root);
        for (int offset = HeaderSize; offset + _entrySize <= root.Length; offset += _entrySize)
        {
            ulong address = _entrySize == sizeof(ulong)
                ? BinaryPrimitives.ReadUInt64LittleEndian(root[offset..])
                : BinaryPrimitives.ReadUInt32LittleEndian(root[offset..]);
            ReadOnlySpan<byte> table = ReadIf(_memory, address, signature);
            if (!table.IsEmpty)
            {
                return table;
            }
        }

        return default;
    }

    /// <summary>The table at an address, if its signature is this one: the DSDT hangs on the FADT only.</summary>
    /// <returns>An empty span when it is not, or cannot be trusted.</returns>
    public ReadOnlySpan<byte> At(ulong address, ReadOnlySpan<byte> signature) => ReadIf(_memory, address, signature);

    private static FirmwareTables? Scan(IPhysicalMemory memory, ulong start, ulong size)
    {
        for (ulong address = start; address < start + size; address += RootPointerAlignment)
        {
            FirmwareTables? tables = FromRootPointer(memory, address);
            if (tables is not null)
            {
                return tables;
            }
        }

        return null;
    }

    private static ulong ExtendedBiosData(IPhysicalMemory memory)
    {
        const int ParagraphShift = 4;
        ReadOnlySpan<byte> segment = Map(memory, ExtendedBiosDataSegment, sizeof(ushort));
        return segment.IsEmpty ? BiosStart : (ulong)BinaryPrimitives.ReadUInt16LittleEndian(segment) << ParagraphShift;
    }

    private static FirmwareTables? FromRootPointer(IPhysicalMemory memory, ulong address)
    {
        ReadOnlySpan<byte> pointer = Map(memory, address, RootPointerSize);
        if (!pointer.StartsWith(RootPointerSignature) || !IsSumZero(pointer))
        {
            return null;
        }

        ReadOnlySpan<byte> extended = Map(memory, address, ExtendedRootPointerSize);
        if (pointer[RevisionOffset] >= RevisionWithXsdt && !extended.IsEmpty && IsSumZero(extended))
        {
            ulong xsdt = BinaryPrimitives.ReadUInt64LittleEndian(extended[XsdtOffset..]);
            if (!ReadIf(memory, xsdt, "XSDT"u8).IsEmpty)
            {
                return new FirmwareTables(memory, xsdt, sizeof(ulong));
            }
        }

        ulong rsdt = BinaryPrimitives.ReadUInt32LittleEndian(pointer[RsdtOffset..]);
        return ReadIf(memory, rsdt, "RSDT"u8).IsEmpty ? null : new FirmwareTables(memory, rsdt, sizeof(uint));
    }

    // The checksum is taken only of a table that is wanted.
    private static ReadOnlySpan<byte> ReadIf(IPhysicalMemory memory, ulong address, ReadOnlySpan<byte> signature)
        => Map(memory, address, HeaderSize).StartsWith(signature) ? Read(memory, address) : default;

    private static ReadOnlySpan<byte> Read(IPhysicalMemory memory, ulong address)
    {
        ReadOnlySpan<byte> header = Map(memory, address, HeaderSize);
        if (header.IsEmpty)
        {
            return default;
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(header[LengthOffset..]);
        if (length is < HeaderSize or > LargestTable)
        {
            return default;
        }

        ReadOnlySpan<byte> table = Map(memory, address, length);
        return IsSumZero(table) ? table : default;
    }

    // Sound: the memory's owner has said that all of the range can be read.
    private static ReadOnlySpan<byte> Map(IPhysicalMemory memory, ulong address, uint length)
    {
        byte* bytes = address == 0 ? null : memory.Map(address, length);
        return bytes is null ? default : new ReadOnlySpan<byte>(bytes, (int)length);
    }

    private static bool IsSumZero(ReadOnlySpan<byte> bytes)
    {
        byte sum = 0;
        foreach (byte b in bytes)
        {
            sum += b;
        }

        return sum == 0;
    }
}
