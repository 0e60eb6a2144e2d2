using System;
using System.Buffers.Binary;

namespace Hyperlaunch.Machine.Firmware;

/// <summary>What the machine's FADT says of its fixed hardware (ACPI 6.5, 5.2.9), and how it is turned off.</summary>
public sealed class FixedHardware
{
    private const int DsdtOffset = 40;
    private const int SmiCommandOffset = 48;
    private const int AcpiEnableOffset = 52;
    private const int ControlAOffset = 64;
    private const int ControlBOffset = 68;
    private const int TimerOffset = 76;
    private const int CenturyOffset = 108;
    private const int FlagsOffset = 112;
    private const int ResetRegisterOffset = 116;
    private const int ResetValueOffset = 128;
    private const int ExtendedDsdtOffset = 140;
    private const int ExtendedControlAOffset = 172;
    private const int ExtendedControlBOffset = 184;
    private const int ExtendedTimerOffset = 208;

    private const uint FlagResetRegister = 1 << 10;

    /// <summary>Reads it from the tables; everything is absent when there is no FADT.</summary>
    public FixedHardware(FirmwareTables? tables)
    {
        if (tables is null)
        {
            return;
        }

        ReadOnlySpan<byte> fadt = tables.Find("FACP"u8);
        ControlA = Register(fadt, ControlAOffset, ExtendedControlAOffset);
        ControlB = Register(fadt, ControlBOffset, ExtendedControlBOffset);
        Timer = Register(fadt, TimerOffset, ExtendedTimerOffset);
        CenturyIndex = Byte(fadt, CenturyOffset);
        SmiCommandPort = AcpiRegister.AtPort(UInt32(fadt, SmiCommandOffset));
        AcpiEnable = Byte(fadt, AcpiEnableOffset);
        if ((UInt32(fadt, FlagsOffset) & FlagResetRegister) != 0)
        {
            Reset = AcpiRegister.Read(fadt, ResetRegisterOffset);
            ResetValue = Byte(fadt, ResetValueOffset);
        }

        ulong dsdt = fadt.Length >= ExtendedDsdtOffset + sizeof(ulong)
            ? BinaryPrimitives.ReadUInt64LittleEndian(fadt[ExtendedDsdtOffset..])
            : 0;
        SoftOff = SleepType.FindSoftOff(tables.At(dsdt != 0 ? dsdt : UInt32(fadt, DsdtOffset), "DSDT"u8))
            ?? SleepType.FindSoftOff(tables.Find("SSDT"u8));
    }

    /// <summary>PM1a control.</summary>
    public AcpiRegister ControlA { get; }

    /// <summary>PM1b control, which few machines have.</summary>
    public AcpiRegister ControlB { get; }

    /// <summary>The power management timer.</summary>
    public AcpiRegister Timer { get; }

    /// <summary>The CMOS index of the century; 0 when there is none.</summary>
    public byte CenturyIndex { get; }

    /// <summary>Where <see cref="AcpiEnable"/> is written to take the hardware over from the firmware.</summary>
    public AcpiRegister SmiCommandPort { get; }

    /// <summary>The value for that; 0 when the hardware is always in ACPI mode.</summary>
    public byte AcpiEnable { get; }

    /// <summary>The register that resets the machine.</summary>
    public AcpiRegister Reset { get; }

    /// <summary>What is written there.</summary>
    public byte ResetValue { get; }

    /// <summary>How the machine is turned off; null when nothing says.</summary>
    public SleepType? SoftOff { get; }

    // The newer form wins where it says something.
    private static AcpiRegister Register(ReadOnlySpan<byte> fadt, int portOffset, int extendedOffset)
    {
        AcpiRegister extended = AcpiRegister.Read(fadt, extendedOffset);
        return extended.Exists ? extended : AcpiRegister.AtPort(UInt32(fadt, portOffset));
    }

    private static byte Byte(ReadOnlySpan<byte> table, int offset) => offset < table.Length ? table[offset] : (byte)0;

    private static uint UInt32(ReadOnlySpan<byte> table, int offset)
        => offset <= table.Length - sizeof(uint) ? BinaryPrimitives.ReadUInt32LittleEndian(table[offset..]) : 0;
}
