using System;
using System.Buffers.Binary;
using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Platform.Acpi;

/// <summary>
/// Writes the ACPI tables of a domain's virtual platform (ACPI 6.5, chapters 5 and 19): the least with which a kernel finds its
/// processors, its interrupt controllers, and the way to power off and to reset. Ports, lines and addresses are
/// <see cref="PlatformLayout"/>'s. There is no device in the DSDT but what the caller adds: Linux finds the serial ports and the
/// clock where every PC has them.
/// </summary>
public static class AcpiTables
{
    /// <summary>Bytes that the tables take at most, with <see cref="MaximumDevices"/>.</summary>
    public const int MaximumSize = DsdtOffset + DsdtFixedSize + MaximumDevices;

    /// <summary>Bytes of devices that there is room for.</summary>
    public const int MaximumDevices = 0x4000;

    // Where each table is, from the start of the firmware's area. Firmware's tables begin on 16 bytes (section 5.2.5.1), and the
    // FACS on 64 (section 5.2.10).
    private const int RsdpOffset = 0;
    private const int XsdtOffset = 0x40;
    private const int FacsOffset = 0x80;
    private const int FadtOffset = 0x100;
    private const int MadtOffset = 0x240;
    private const int DsdtOffset = 0x800;
    private const int DsdtFixedSize = 0x40;

    // Section 5.2.6, the header of every table but the RSDP and the FACS.
    private const int HeaderSize = 36;
    private const int LengthField = 4;
    private const int RevisionField = 8;
    private const int ChecksumField = 9;
    private const int OemIdField = 10;
    private const int OemTableIdField = 16;
    private const int OemRevisionField = 24;
    private const int CreatorField = 28;
    private const int CreatorRevisionField = 32;
    private const uint TableSetRevision = 1;

    /// <summary>Section 5.2.5.3, the RSDP.</summary>
    private const int RsdpSize = 36;
    private const int RsdpFirstPart = 20;
    private const int RsdpChecksumField = 8;
    private const int RsdpOemIdField = 9;
    private const int RsdpRevisionField = 15;
    private const byte RsdpRevision = 2;
    private const int RsdpLengthField = 20;
    private const int RsdpXsdtField = 24;
    private const int RsdpExtendedChecksumField = 32;

    private const byte XsdtRevision = 1;
    private const int XsdtSize = HeaderSize + (2 * sizeof(ulong));

    /// <summary>Section 5.2.10, the FACS.</summary>
    private const int FacsSize = 64;
    private const int FacsVersionField = 32;
    private const byte FacsVersion = 2;

    /// <summary>Section 5.2.12, the MADT.</summary>
    private const byte MadtRevision = 6;
    private const int MadtFixedSize = HeaderSize + 8 + IoApicSize + (2 * OverrideSize) + NmiSize;
    private const int MadtApicAddressField = 36;
    private const int MadtFlagsField = 40;
    private const int MadtEntries = 44;
    private const uint HasLegacyControllers = 1;
    private const byte LocalApicType = 0;
    private const int LocalApicSize = 8;
    private const uint LocalApicEnabled = 1;
    private const byte IoApicType = 1;
    private const int IoApicSize = 12;
    private const byte OverrideType = 2;
    private const int OverrideSize = 10;
    private const byte NmiType = 4;
    private const int NmiSize = 6;
    private const byte AllProcessors = 0xFF;
    private const byte NmiPin = 1;

    /// <summary>
    /// Section 7.4.2.5, <c>_S5</c> as AML (section 20.2): NameOp, the name, PackageOp, its length, four elements: the sleep type
    /// for PM1a as a byte constant, three zeros.
    /// </summary>
    private static ReadOnlySpan<byte> SoftOffPackage => new byte[]
    {
        0x08, (byte)'_', (byte)'S', (byte)'5', (byte)'_', 0x12, 0x07, 0x04, 0x0A, PlatformLayout.SoftOffSleepType, 0x00,
            0x00, 0x00,
    };

    /// <summary>Writes the tables.</summary>
    /// <param name="area">Where they go, at least <see cref="MaximumSize"/> bytes, all zero.</param>
    /// <param name="address">
    /// The guest physical address of <paramref name="area"/>: where firmware has its tables, a multiple of 64 below 1 MiB.
    /// </param>
    /// <param name="processorCount">How many vCPUs, from 1 to <see cref="PlatformLayout.MaximumProcessors"/>.</param>
    /// <param name="devices">AML that follows in the DSDT, at most <see cref="MaximumDevices"/> bytes.</param>
    /// <param name="clock">Where the guest is to look for the time of day.</param>
    /// <returns>The guest physical address of the root pointer, where a search for it finds it (section 5.2.5.1).</returns>
    public static ulong Write(
        Span<byte> area,
        ulong address,
        int processorCount,
        ReadOnlySpan<byte> devices = default,
        WallClockSource clock = WallClockSource.Device)
    {
        WriteFacs(area.Slice(FacsOffset, FacsSize));
        FixedAcpiTable.Write(
            area.Slice(FadtOffset, FixedAcpiTable.Size), (uint)address + FacsOffset, (uint)address + DsdtOffset, clock);
        WriteDsdt(area.Slice(DsdtOffset), devices);
        WriteMadt(area.Slice(MadtOffset), processorCount);
        Span<byte> xsdt = area.Slice(XsdtOffset, XsdtSize);
        Write64(xsdt, HeaderSize, address + FadtOffset);
        Write64(xsdt, HeaderSize + sizeof(ulong), address + MadtOffset);
        Finish(xsdt, "XSDT"u8, XsdtRevision);
        WriteRsdp(area.Slice(RsdpOffset, RsdpSize), address + XsdtOffset);
        return address + RsdpOffset;
    }

    /// <summary>Writes a table's header over its first bytes, with the checksum over all of it (section 5.2.6).</summary>
    internal static void Finish(Span<byte> table, ReadOnlySpan<byte> signature, byte revision)
    {
        signature.CopyTo(table);
        Write32(table, LengthField, (uint)table.Length);
        table[RevisionField] = revision;
        "HYPERL"u8.CopyTo(table.Slice(OemIdField));
        "HYPERLCH"u8.CopyTo(table.Slice(OemTableIdField));
        Write32(table, OemRevisionField, TableSetRevision);
        "HYPL"u8.CopyTo(table.Slice(CreatorField));
        Write32(table, CreatorRevisionField, TableSetRevision);
        table[ChecksumField] = 0;
        table[ChecksumField] = Checksum(table);
    }

    /// <summary>The byte that makes the sum of all bytes 0.</summary>
    private static byte Checksum(ReadOnlySpan<byte> bytes)
    {
        int sum = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            sum += bytes[i];
        }

        return (byte)-sum;
    }

    private static void WriteRsdp(Span<byte> rsdp, ulong xsdt)
    {
        "RSD PTR "u8.CopyTo(rsdp);
        "HYPERL"u8.CopyTo(rsdp.Slice(RsdpOemIdField));
        rsdp[RsdpRevisionField] = RsdpRevision;
        Write32(rsdp, RsdpLengthField, RsdpSize);
        Write64(rsdp, RsdpXsdtField, xsdt);
        rsdp[RsdpChecksumField] = Checksum(rsdp.Slice(0, RsdpFirstPart));
        rsdp[RsdpExtendedChecksumField] = Checksum(rsdp);
    }

    private static void WriteFacs(Span<byte> facs)
    {
        "FACS"u8.CopyTo(facs);
        Write32(facs, LengthField, FacsSize);
        facs[FacsVersionField] = FacsVersion;
    }

    private static void WriteDsdt(Span<byte> area, ReadOnlySpan<byte> devices)
    {
        const byte Revision = 2;
        SoftOffPackage.CopyTo(area.Slice(HeaderSize));
        devices.CopyTo(area.Slice(HeaderSize + SoftOffPackage.Length));
        Finish(area.Slice(0, HeaderSize + SoftOffPackage.Length + devices.Length), "DSDT"u8, Revision);
    }

    /// <summary>
    /// Section 5.2.12: a local APIC for each vCPU, the I/O APIC, and where the ISA lines are not what a guest would assume.
    /// </summary>
    private static void WriteMadt(Span<byte> area, int processorCount)
    {
        Span<byte> madt = area.Slice(0, MadtFixedSize + (processorCount * LocalApicSize));
        Write32(madt, MadtApicAddressField, (uint)PlatformLayout.LocalApicAddress);
        Write32(madt, MadtFlagsField, HasLegacyControllers);
        int position = MadtEntries;
        for (int i = 0; i < processorCount; i++)
        {
            Span<byte> apic = NextEntry(madt, LocalApicType, LocalApicSize, ref position);
            apic[2] = (byte)i;
            apic[3] = (byte)i;
            Write32(apic, 4, LocalApicEnabled);
        }

        Span<byte> ioApic = NextEntry(madt, IoApicType, IoApicSize, ref position);
        ioApic[2] = PlatformLayout.IoApicId;
        Write32(ioApic, 4, (uint)PlatformLayout.IoApicAddress);

        WriteOverride(madt, PlatformLayout.PitLine, PlatformLayout.PitGlobalInterrupt, 0, ref position);
        WriteOverride(madt, PlatformLayout.SciLine, PlatformLayout.SciLine, PlatformLayout.SciFlags, ref position);

        Span<byte> nmi = NextEntry(madt, NmiType, NmiSize, ref position);
        nmi[2] = AllProcessors;
        nmi[5] = NmiPin;
        Finish(madt, "APIC"u8, MadtRevision);
    }

    /// <summary>Section 5.2.12.5: the ISA line <paramref name="line"/> arrives at another input, or in another way.</summary>
    private static void WriteOverride(Span<byte> madt, int line, int globalInterrupt, ushort flags, ref int position)
    {
        Span<byte> entry = NextEntry(madt, OverrideType, OverrideSize, ref position);
        entry[3] = (byte)line;
        Write32(entry, 4, (uint)globalInterrupt);
        BinaryPrimitives.WriteUInt16LittleEndian(entry.Slice(8), flags);
    }

    private static Span<byte> NextEntry(Span<byte> madt, byte type, int size, ref int position)
    {
        Span<byte> entry = madt.Slice(position, size);
        entry[0] = type;
        entry[1] = (byte)size;
        position += size;
        return entry;
    }

    private static void Write32(Span<byte> bytes, int offset, uint value)
        => BinaryPrimitives.WriteUInt32LittleEndian(bytes.Slice(offset), value);

    private static void Write64(Span<byte> bytes, int offset, ulong value)
        => BinaryPrimitives.WriteUInt64LittleEndian(bytes.Slice(offset), value);
}
