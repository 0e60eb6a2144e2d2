using System;
using System.Buffers.Binary;
using System.Collections.Generic;

namespace Hyperlaunch.Machine.Firmware;

/// <summary>The machine's CPUs and I/O APICs, from its MADT (ACPI 6.5, 5.2.12).</summary>
public sealed class InterruptTopology
{
    /// <summary>The most CPUs that are used.</summary>
    public const int MaximumCpus = 256;

    private const int EntriesOffset = 44;
    private const int EntryHeaderSize = 2;
    private const byte EntryLocalApic = 0;
    private const byte EntryIoApic = 1;
    private const byte EntryX2Apic = 9;
    private const int LocalApicSize = 8;
    private const int IoApicSize = 12;
    private const int X2ApicSize = 16;
    private const uint FlagEnabled = 1;

    private readonly uint _highestApicId;
    private readonly List<uint> _apicIds = [];
    private readonly List<IoApicDescription> _ioApics = [];

    /// <summary>Reads it; without an MADT there is the boot CPU alone.</summary>
    /// <param name="tables">The ACPI tables, if there are any.</param>
    /// <param name="bootApicId">The APIC id of the CPU that runs this; it becomes the first.</param>
    /// <param name="highestApicId">The highest id that can be reached; CPUs beyond it are not used.</param>
    public InterruptTopology(FirmwareTables? tables, uint bootApicId, uint highestApicId = uint.MaxValue - 1)
    {
        _highestApicId = highestApicId;
        _apicIds.Add(bootApicId);
        ReadOnlySpan<byte> madt = tables is null ? default : tables.Find("APIC"u8);
        int offset = EntriesOffset;
        while (offset <= madt.Length - EntryHeaderSize)
        {
            int length = madt[offset + 1];
            if (length < EntryHeaderSize || length > madt.Length - offset)
            {
                return;
            }

            ReadEntry(madt.Slice(offset, length));
            offset += length;
        }
    }

    /// <summary>The APIC ids of the CPUs that can be used, the boot CPU's first.</summary>
    public IReadOnlyList<uint> ApicIds => _apicIds;

    /// <summary>The I/O APICs.</summary>
    public IReadOnlyList<IoApicDescription> IoApics => _ioApics;

    private void ReadEntry(ReadOnlySpan<byte> entry)
    {
        switch (entry[0])
        {
            case EntryLocalApic when entry.Length >= LocalApicSize:
                AddCpu(entry[3], BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]));
                break;
            case EntryX2Apic when entry.Length >= X2ApicSize:
                AddCpu(BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]), BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]));
                break;
            case EntryIoApic when entry.Length >= IoApicSize:
                _ioApics.Add(new IoApicDescription(
                    entry[2], BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]),
                        BinaryPrimitives.ReadUInt32LittleEndian(entry[8..])));
                break;
            default:
                break;
        }
    }

    private void AddCpu(uint apicId, uint flags)
    {
        if ((flags & FlagEnabled) != 0 && apicId <= _highestApicId && _apicIds.Count < MaximumCpus && !_apicIds.Contains(apicId))
        {
            _apicIds.Add(apicId);
        }
    }
}
