using System;
using System.Buffers.Binary;
using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Platform.Acpi;

/// <summary>The Fixed ACPI Description Table (ACPI 6.5, section 5.2.9): where the power-management registers are.</summary>
internal static class FixedAcpiTable
{
    /// <summary>Bytes of the table.</summary>
    public const int Size = 276;

    private const byte Revision = 6;
    private const byte MinorRevision = 5;

    private const int FacsField = 36;
    private const int DsdtField = 40;
    private const int SciField = 46;
    private const int Pm1EventField = 56;
    private const int Pm1ControlField = 64;
    private const int PmTimerField = 76;
    private const int Pm1EventLengthField = 88;
    private const int Pm1ControlLengthField = 89;
    private const int PmTimerLengthField = 91;
    private const int C2LatencyField = 96;
    private const int C3LatencyField = 98;
    private const int CenturyField = 108;
    private const int BootArchitectureField = 109;
    private const int FlagsField = 112;
    private const int ResetRegisterField = 116;
    private const int ResetValueField = 128;
    private const int MinorRevisionField = 131;
    private const int ExtendedDsdtField = 140;
    private const int ExtendedPm1EventField = 148;
    private const int ExtendedPm1ControlField = 172;
    private const int ExtendedPmTimerField = 208;

    /// <summary>Latencies above 100 and 1000 us say that there is no C2 and no C3 (table 5.9).</summary>
    private const ushort NoC2 = 101;
    private const ushort NoC3 = 1001;

    /// <summary>Register of the real-time clock that holds the century (table 5.9, CENTURY).</summary>
    private const byte CenturyRegister = 0x32;

    // IAPC_BOOT_ARCH (table 5.11)
    private const ushort LegacyDevices = 1 << 0;
    private const ushort NoVga = 1 << 2;
    private const ushort NoRealTimeClock = 1 << 5;

    // Flags (table 5.10)
    private const uint Wbinvd = 1 << 0;
    private const uint AllHaveC1 = 1 << 2;
    private const uint NoSleepButton = 1 << 5;
    private const uint ClockWakesNotFixed = 1 << 6;
    private const uint Timer32Bits = 1 << 8;
    private const uint HasResetRegister = 1 << 10;

    // Generic address structure (section 5.2.3.2)
    private const byte SystemIo = 1;
    private const byte ByteAccess = 1;
    private const byte WordAccess = 2;
    private const byte DwordAccess = 3;
    private const int BitsPerByte = 8;

    /// <summary>Fills the table.</summary>
    /// <param name="table">Its bytes, all zero.</param>
    /// <param name="facs">Guest physical address of the FACS.</param>
    /// <param name="dsdt">Guest physical address of the DSDT.</param>
    /// <param name="clock">Where the guest is to look for the time of day.</param>
    public static void Write(Span<byte> table, uint facs, uint dsdt, WallClockSource clock)
    {
        Write32(table, FacsField, facs);
        Write32(table, DsdtField, dsdt);
        Write16(table, SciField, PlatformLayout.SciLine);
        Write32(table, Pm1EventField, PlatformLayout.Pm1EventPort);
        Write32(table, Pm1ControlField, PlatformLayout.Pm1ControlPort);
        Write32(table, PmTimerField, PlatformLayout.PmTimerPort);
        table[Pm1EventLengthField] = PlatformLayout.Pm1EventLength;
        table[Pm1ControlLengthField] = PlatformLayout.Pm1ControlLength;
        table[PmTimerLengthField] = PlatformLayout.PmTimerLength;
        Write16(table, C2LatencyField, NoC2);
        Write16(table, C3LatencyField, NoC3);
        table[CenturyField] = CenturyRegister;
        int clockFlag = clock == WallClockSource.Interface ? NoRealTimeClock : 0;
        Write16(table, BootArchitectureField, (ushort)(LegacyDevices | NoVga | clockFlag));
        Write32(table, FlagsField, Wbinvd | AllHaveC1 | NoSleepButton | ClockWakesNotFixed | Timer32Bits | HasResetRegister);
        WriteRegister(table, ResetRegisterField, PlatformLayout.ResetControlPort, 1, ByteAccess);
        table[ResetValueField] = PlatformLayout.ResetControlValue;
        table[MinorRevisionField] = MinorRevision;
        BinaryPrimitives.WriteUInt64LittleEndian(table.Slice(ExtendedDsdtField), dsdt);
        WriteRegister(table, ExtendedPm1EventField, PlatformLayout.Pm1EventPort, PlatformLayout.Pm1EventLength, WordAccess);
        WriteRegister(table, ExtendedPm1ControlField, PlatformLayout.Pm1ControlPort, PlatformLayout.Pm1ControlLength, WordAccess);
        WriteRegister(table, ExtendedPmTimerField, PlatformLayout.PmTimerPort, PlatformLayout.PmTimerLength, DwordAccess);
        AcpiTables.Finish(table, "FACP"u8, Revision);
    }

    private static void WriteRegister(Span<byte> table, int offset, ushort port, byte bytes, byte access)
    {
        Span<byte> register = table.Slice(offset);
        register[0] = SystemIo;
        register[1] = (byte)(bytes * BitsPerByte);
        register[3] = access;
        BinaryPrimitives.WriteUInt64LittleEndian(register.Slice(4), port);
    }

    private static void Write16(Span<byte> table, int offset, ushort value)
        => BinaryPrimitives.WriteUInt16LittleEndian(table.Slice(offset), value);

    private static void Write32(Span<byte> table, int offset, uint value)
        => BinaryPrimitives.WriteUInt32LittleEndian(table.Slice(offset), value);
}
