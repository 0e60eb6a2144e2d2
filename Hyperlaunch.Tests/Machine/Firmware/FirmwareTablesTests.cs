using System.Buffers.Binary;
using Hyperlaunch.Machine.Firmware;
using Xunit;

namespace Hyperlaunch.Tests.Machine.Firmware;

public class FirmwareTablesTests
{
    [Fact]
    public void Finds_a_table_through_the_root_pointer_that_the_loader_gave()
    {
        using AcpiImage image = new();
        image.Add("FACP", 1, 2, 3);
        image.Add("APIC", 4, 5, 6);
        FirmwareTables? tables = FirmwareTables.Find(image.WithXsdt(0x10_0800).Memory, 0x10_0800);
        Assert.NotNull(tables);
        Assert.Equal([4, 5, 6], tables.Find("APIC"u8)[FirmwareTables.HeaderSize..].ToArray());
        Assert.True(tables.Find("HPET"u8).IsEmpty);
    }

    [Fact]
    public void Finds_the_root_pointer_where_a_bios_leaves_it()
    {
        using AcpiImage image = new();
        image.Add("APIC", 1);
        Assert.NotNull(FirmwareTables.Find(image.WithRsdt(0xF_FFD0).Memory, 0));
    }

    [Fact]
    public void Finds_the_root_pointer_in_the_extended_bios_data_area()
    {
        using AcpiImage image = new();
        image.Add("APIC", 1);
        image.WithRsdt(0x10_0010);
        BinaryPrimitives.WriteUInt16LittleEndian(image.At(0x40E, 2), 0xF00F);
        Assert.Null(FirmwareTables.Find(image.Memory, 0));
        image.WithRsdt(0xE00 + 0x3F0 - 0x200);
        BinaryPrimitives.WriteUInt16LittleEndian(image.At(0x40E, 2), 0xC0);
        Assert.NotNull(FirmwareTables.Find(image.Memory, 0));
    }

    [Fact]
    public void Uses_the_older_table_when_the_newer_one_is_damaged()
    {
        using AcpiImage image = new();
        image.Add("APIC", 7);
        image.WithXsdt();
        image.WithRsdt();
        Assert.NotNull(FirmwareTables.Find(image.Memory, AcpiImage.RootPointer));
        image.At(AcpiImage.Root, 1)[0] = (byte)'Q';
        Assert.Null(FirmwareTables.Find(image.Memory, AcpiImage.RootPointer));
    }

    [Fact]
    public void Rejects_a_root_pointer_with_a_wrong_checksum()
    {
        using AcpiImage image = new();
        image.Add("APIC", 7);
        image.WithRsdt();
        image.At(AcpiImage.RootPointer + 8, 1)[0] ^= 1;
        Assert.Null(FirmwareTables.Find(image.Memory, AcpiImage.RootPointer));
    }

    [Fact]
    public void Passes_over_a_table_with_a_wrong_checksum()
    {
        using AcpiImage image = new();
        ulong bad = image.Add("APIC", 1);
        image.Add("APIC", 2);
        image.At(bad + FirmwareTables.HeaderSize, 1)[0] ^= 0x10;
        FirmwareTables? tables = FirmwareTables.Find(image.WithXsdt().Memory, 0);
        Assert.Equal(2, tables!.Find("APIC"u8)[FirmwareTables.HeaderSize]);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(35u)]
    [InlineData(0x0100_0001u)]
    [InlineData(0xFFFF_FFFFu)]
    [InlineData(0x8000_0000u)]
    public void Rejects_a_table_of_impossible_length(uint length)
    {
        using AcpiImage image = new();
        ulong table = image.Add("APIC", 1);
        BinaryPrimitives.WriteUInt32LittleEndian(image.At(table + 4, 4), length);
        Assert.True(FirmwareTables.Find(image.WithXsdt().Memory, 0)!.Find("APIC"u8).IsEmpty);
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(0xFFFF_FFFF_FFFF_FFFFul)]
    [InlineData(0x10_FFF8ul)]
    public void Passes_over_an_entry_that_points_nowhere(ulong address)
    {
        using AcpiImage image = new();
        ulong first = image.Add("FACP", 1);
        image.Add("APIC", 2);
        image.WithXsdt();
        Assert.NotEqual(0ul, first);
        BinaryPrimitives.WriteUInt64LittleEndian(image.At(AcpiImage.Root + FirmwareTables.HeaderSize, 8), address);
        byte sum = 0;
        image.At(AcpiImage.Root + 9, 1)[0] = 0;
        foreach (byte b in image.At(AcpiImage.Root, FirmwareTables.HeaderSize + 16))
        {
            sum += b;
        }

        image.At(AcpiImage.Root + 9, 1)[0] = (byte)-sum;
        FirmwareTables tables = FirmwareTables.Find(image.Memory, 0)!;
        Assert.True(tables.Find("FACP"u8).IsEmpty);
        Assert.False(tables.Find("APIC"u8).IsEmpty);
    }

    [Fact]
    public void A_machine_without_tables_has_none()
    {
        using AcpiImage image = new();
        Assert.Null(FirmwareTables.Find(image.Memory, 0));
        Assert.Null(FirmwareTables.Find(image.Memory, 0xFFFF_FFFF_FFFF_FFF0));
    }
}
