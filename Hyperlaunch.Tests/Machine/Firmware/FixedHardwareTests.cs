using System;
using System.Buffers.Binary;
using Hyperlaunch.Machine.Firmware;
using Xunit;

namespace Hyperlaunch.Tests.Machine.Firmware;

public class FixedHardwareTests
{
    private static readonly byte[] s_softOff
        = [0x08, (byte)'_', (byte)'S', (byte)'5', (byte)'_', 0x12, 0x06, 0x04, 0x0A, 0x05, 0x00, 0x00, 0x00];

    [Fact]
    public void Reads_ports_the_reset_register_and_the_sleep_type()
    {
        using AcpiImage image = new();
        ulong dsdt = image.AddUnlisted("DSDT", s_softOff);
        byte[] fadt = Fadt();
        BinaryPrimitives.WriteUInt32LittleEndian(At(fadt, 40), (uint)dsdt);
        image.Add("FACP", fadt);
        FixedHardware hardware = new(FirmwareTables.Find(image.WithXsdt().Memory, 0));
        Assert.Equal(0x604ul, hardware.ControlA.Address);
        Assert.Equal(AcpiRegisterSpace.Port, hardware.ControlA.Space);
        Assert.False(hardware.ControlB.Exists);
        Assert.Equal(0x608ul, hardware.Timer.Address);
        Assert.Equal(0xCF9ul, hardware.Reset.Address);
        Assert.Equal(0x0F, hardware.ResetValue);
        Assert.Equal(0x32, hardware.CenturyIndex);
        Assert.Equal(0xB2ul, hardware.SmiCommandPort.Address);
        Assert.Equal(2, hardware.AcpiEnable);
        Assert.Equal(5, hardware.SoftOff!.A);
        Assert.Equal(0, hardware.SoftOff.B);
    }

    [Fact]
    public void The_newer_addresses_win()
    {
        using AcpiImage image = new();
        byte[] fadt = Fadt();
        WriteRegister(fadt, 172, 0, 0xFED0_0000);
        WriteRegister(fadt, 208, 1, 0x1808);
        image.Add("FACP", fadt);
        FixedHardware hardware = new(FirmwareTables.Find(image.WithXsdt().Memory, 0));
        Assert.Equal(AcpiRegisterSpace.Memory, hardware.ControlA.Space);
        Assert.Equal(0xFED0_0000ul, hardware.ControlA.Address);
        Assert.Equal(0x1808ul, hardware.Timer.Address);
    }

    [Fact]
    public void A_register_in_an_unknown_space_or_beyond_the_ports_does_not_exist()
    {
        byte[] table = new byte[24];
        WriteRegister(table, 0 + 36, 1, 0x1_0000, 36);
        Assert.False(AcpiRegister.Read(table, 0).Exists);
        WriteRegister(table, 36, 2, 0x80, 36);
        Assert.False(AcpiRegister.Read(table, 0).Exists);
        WriteRegister(table, 36, 0, 0, 36);
        Assert.False(AcpiRegister.Read(table, 0).Exists);
        Assert.False(AcpiRegister.Read(table, 13).Exists);
    }

    // ACPI 1.0's FADT ends at 116: no reset register, no 64-bit addresses.
    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(116 - 36)]
    [InlineData(130 - 36)]
    public void A_short_table_lacks_what_would_lie_behind_its_end(int length)
    {
        using AcpiImage image = new();
        image.Add("FACP", Fadt()[..length]);
        FixedHardware hardware = new(FirmwareTables.Find(image.WithXsdt().Memory, 0));
        Assert.Null(hardware.SoftOff);
        Assert.Equal(length >= 130 - 36, hardware.Reset.Exists);
        Assert.Equal(length >= 80 - 36, hardware.Timer.Exists);
    }

    [Fact]
    public void Without_tables_nothing_exists()
    {
        FixedHardware hardware = new(null);
        Assert.False(hardware.ControlA.Exists);
        Assert.False(hardware.Reset.Exists);
        Assert.Null(hardware.SoftOff);
    }

    private static byte[] Fadt()
    {
        byte[] fadt = new byte[244 - 36];
        BinaryPrimitives.WriteUInt32LittleEndian(At(fadt, 48), 0xB2);
        fadt[52 - 36] = 2;
        BinaryPrimitives.WriteUInt32LittleEndian(At(fadt, 64), 0x604);
        BinaryPrimitives.WriteUInt32LittleEndian(At(fadt, 76), 0x608);
        fadt[108 - 36] = 0x32;
        BinaryPrimitives.WriteUInt32LittleEndian(At(fadt, 112), 1 << 10);
        WriteRegister(fadt, 116, 1, 0xCF9);
        fadt[128 - 36] = 0x0F;
        return fadt;
    }

    private static Span<byte> At(byte[] fadt, int offset) => fadt.AsSpan(offset - 36);

    private static void WriteRegister(byte[] table, int offset, byte space, ulong address, int header = 36)
    {
        table[offset - header] = space;
        BinaryPrimitives.WriteUInt64LittleEndian(table.AsSpan(offset - header + 4), address);
    }
}
