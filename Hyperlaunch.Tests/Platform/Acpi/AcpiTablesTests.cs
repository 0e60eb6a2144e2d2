using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Text;
using Hyperlaunch.Platform.Acpi;
using Hyperlaunch.Platform.Devices;
using Xunit;

namespace Hyperlaunch.Tests.Platform.Acpi;

public sealed class AcpiTablesTests
{
    private const int Base = 0xE_0000;

    [Fact]
    public void The_root_pointer_is_where_a_search_finds_it()
    {
        byte[] area = Write(1);

        Assert.Equal("RSD PTR ", Encoding.ASCII.GetString(area, 0, 8));
        Assert.Equal(0, Sum(area.AsSpan(0, 20)));
        Assert.Equal(0, Sum(area.AsSpan(0, 36)));
        Assert.Equal(2, area[15]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(PlatformLayout.MaximumProcessors)]
    public void Every_table_has_its_length_and_its_checksum(int processors)
    {
        byte[] area = Write(processors);

        Dictionary<string, byte[]> tables = Tables(area);

        Assert.Equal(["APIC", "DSDT", "FACP", "FACS", "XSDT"], Sorted(tables.Keys));
        foreach ((string name, byte[] table) in tables)
        {
            Assert.True(name == "FACS" || Sum(table) == 0, name);
        }

        Assert.Equal(276, tables["FACP"].Length);
        Assert.Equal(64, tables["FACS"].Length);
        Assert.Equal(0, AddressOf(area, "FACS") & 63);
    }

    [Fact]
    public void Tables_do_not_overlap_and_stay_in_their_area()
    {
        byte[] area = new byte[0x2_0000];
        AcpiTables.Write(area, Base, PlatformLayout.MaximumProcessors);

        Assert.False(area.AsSpan(AcpiTables.MaximumSize).ContainsAnyExcept((byte)0));
        byte[] owners = new byte[area.Length];
        foreach ((string name, byte[] table) in Tables(area))
        {
            Span<byte> place = owners.AsSpan(AddressOf(area, name) - Base, table.Length);
            Assert.False(place.ContainsAnyExcept((byte)0), name);
            place.Fill(1);
        }
    }

    [Fact]
    public void The_fixed_table_has_the_platforms_ports_and_no_others()
    {
        byte[] fadt = Tables(Write(1))["FACP"];

        Assert.Equal(PlatformLayout.SciLine, BitConverter.ToUInt16(fadt, 46));
        Assert.Equal(0u, BitConverter.ToUInt32(fadt, 48));
        Assert.Equal(0x600u, BitConverter.ToUInt32(fadt, 56));
        Assert.Equal(0u, BitConverter.ToUInt32(fadt, 60));
        Assert.Equal(0x604u, BitConverter.ToUInt32(fadt, 64));
        Assert.Equal(0x608u, BitConverter.ToUInt32(fadt, 76));
        Assert.Equal(0u, BitConverter.ToUInt32(fadt, 80));
        Assert.Equal([4, 2, 0, 4], fadt[88..92]);
        Assert.Equal("010800010000000000000000"[..2], Convert.ToHexString(fadt, 116, 1));
        Assert.Equal(0xCF9UL, BitConverter.ToUInt64(fadt, 120));
        Assert.Equal(6, fadt[128]);
        Assert.Equal(0x600UL, BitConverter.ToUInt64(fadt, 152));
        Assert.Equal(0x604UL, BitConverter.ToUInt64(fadt, 176));
        Assert.Equal(0x608UL, BitConverter.ToUInt64(fadt, 212));
        uint flags = BitConverter.ToUInt32(fadt, 112);
        Assert.True((flags & (1 << 20)) == 0, "not hardware-reduced");
        Assert.True((flags & (1 << 10)) != 0, "the reset register counts");
        Assert.True((flags & (1 << 8)) != 0, "32 bits of timer");
        Assert.True((flags & (1 << 4)) == 0, "a fixed power button");
    }

    [Fact]
    public void The_interrupt_table_lists_every_processor_and_the_lines_that_differ()
    {
        byte[] madt = Tables(Write(3))["APIC"];

        Assert.Equal(0xFEE0_0000u, BitConverter.ToUInt32(madt, 36));
        Assert.Equal(1u, BitConverter.ToUInt32(madt, 40));
        Assert.Equal(
            [
                "0008000001000000", "0008010101000000", "0008020201000000",
                "010CFE000000C0FE00000000",
                "020A0000020000000000", "020A0009090000000D00",
                "0406FF000001",
            ],
            Entries(madt));
    }

    [Fact]
    public void The_description_table_knows_soft_off()
    {
        byte[] dsdt = Tables(Write(1))["DSDT"];

        Assert.Equal("085F53355F1207040A05000000", Convert.ToHexString(dsdt.AsSpan(36)));
    }

    [Fact]
    public void The_disassembler_of_ACPICA_reads_them()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/iasl"), "acpica-tools is not installed");
        DirectoryInfo directory = Directory.CreateTempSubdirectory("acpi-tables-");
        string all = "";
        foreach ((string name, byte[] table) in Tables(Write(2)))
        {
            string file = Path.Combine(directory.FullName, name + ".dat");
            File.WriteAllBytes(file, table);
            using Process process = Process.Start(new ProcessStartInfo("/usr/bin/iasl", ["-d", file])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            string output = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, output);
            all += output + File.ReadAllText(Path.Combine(directory.FullName, name + ".dsl"));
        }

        directory.Delete(true);
        Assert.DoesNotContain("Invalid", all, StringComparison.Ordinal);
        Assert.DoesNotContain("Incorrect checksum", all, StringComparison.Ordinal);
        Assert.DoesNotContain("rror", all.Replace("Error Register", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("Name (_S5, Package (0x04)", all, StringComparison.Ordinal);
        Assert.Contains("Hardware Reduced (V5) : 0", all, StringComparison.Ordinal);
    }

    private static byte[] Write(int processors)
    {
        byte[] area = new byte[0x2_0000];
        Assert.Equal((ulong)Base, AcpiTables.Write(area, Base, processors));
        return area;
    }

    /// <summary>Follows the pointers from the root as a kernel does.</summary>
    private static Dictionary<string, byte[]> Tables(byte[] area)
    {
        var tables = new Dictionary<string, byte[]>();
        byte[] xsdt = Table(area, BitConverter.ToUInt64(area, 24));
        tables["XSDT"] = xsdt;
        for (int i = 36; i < xsdt.Length; i += 8)
        {
            byte[] table = Table(area, BitConverter.ToUInt64(xsdt, i));
            tables[Name(table)] = table;
        }

        byte[] fadt = tables["FACP"];
        Assert.Equal(BitConverter.ToUInt32(fadt, 40), BitConverter.ToUInt64(fadt, 140));
        tables["DSDT"] = Table(area, BitConverter.ToUInt64(fadt, 140));
        tables["FACS"] = Table(area, BitConverter.ToUInt32(fadt, 36));
        return tables;
    }

    private static byte[] Table(byte[] area, ulong address)
    {
        int offset = (int)address - Base;
        return area.AsSpan(offset, (int)BinaryPrimitives.ReadUInt32LittleEndian(area.AsSpan(offset + 4))).ToArray();
    }

    private static string Name(byte[] table) => Encoding.ASCII.GetString(table, 0, 4);

    private static int AddressOf(byte[] area, string name)
    {
        for (int i = 0; i < area.Length; i += 16)
        {
            if (Encoding.ASCII.GetString(area, i, 4) == name)
            {
                return Base + i;
            }
        }

        throw new ArgumentException(name);
    }

    private static List<string> Entries(byte[] madt)
    {
        var entries = new List<string>();
        for (int i = 44; i < madt.Length; i += madt[i + 1])
        {
            entries.Add(Convert.ToHexString(madt.AsSpan(i, madt[i + 1])));
        }

        return entries;
    }

    private static byte Sum(ReadOnlySpan<byte> bytes)
    {
        byte sum = 0;
        foreach (byte value in bytes)
        {
            sum += value;
        }

        return sum;
    }

    private static List<string> Sorted(IEnumerable<string> names)
    {
        List<string> list = [.. names];
        list.Sort(StringComparer.Ordinal);
        return list;
    }
}
