using System;
using System.Diagnostics;
using System.IO;
using Hyperlaunch.Hypervisor.Passthrough;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Paging;
using Hyperlaunch.Platform.Acpi;
using Hyperlaunch.Tests.Hypervisor.Execution;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Passthrough;

public sealed class HardwareAccessTests : IDisposable
{
    private const ulong MiB = 1 << 20;
    private const uint Display = 0x0300_0000;

    private static readonly PciAddress s_disk = new(0, 3, 0);
    private static readonly PciAddress s_network = new(0, 4, 0);

    private readonly TestMachine _domain = new();
    private readonly FakeHardware _hardware = new();
    private readonly PageAllocator _allocator =
        new([new MemoryMapEntry(MemoryRange.FromEnd(0, 64 * MiB), MemoryKind.Usable)], [], 4);

    public HardwareAccessTests()
    {
        Function(s_disk, 0xFEBD_1000, 11);
        Function(s_network, 0xFEBD_2000, 10);
        _hardware.Memory.Add(MemoryRange.FromLength(0xFEE0_0000, 0x1000));
    }

    public void Dispose() => _domain.Dispose();

    [Fact]
    public void The_domain_reaches_ports_configuration_and_memory_of_devices()
    {
        HardwareAccess access = Start();

        Assert.Equal(0x2000UL, access.MappedBytes);
        Assert.True(_domain.Machine.Memory.Tables!.TryTranslate(0xFEBD_2010, out ulong host, out PageRights rights));
        Assert.Equal((0xFEBD_2010UL, PageRights.All | PageRights.Uncached), (host, rights));
        Assert.Equal(0x5Au, _domain.Machine.Platform.Ports.Read(0xC000, 1));
        Assert.Equal(0x1234_1AF4u, Configuration(s_disk, 0));
        Assert.Equal(1u << 10 | 1u << 11, access.Lines);
    }

    [Fact]
    public void Its_own_virtual_devices_come_before_the_machines_ports()
    {
        Start();

        Assert.Equal(0x60u, _domain.Machine.Platform.Ports.Read(0x3FD, 1));
        Assert.Equal(0x00u, _domain.Machine.Platform.Ports.Read(0xCF9, 1));
        Assert.Empty(_hardware.Log);
    }

    [Fact]
    public void A_domain_that_is_given_nothing_sees_nothing()
    {
        _domain.Machine.Platform.Ports.Write(0xCF8, 4, 0x8000_1800);

        Assert.Equal(uint.MaxValue, _domain.Machine.Platform.Ports.Read(0xCFC, 4));
        Assert.Equal(uint.MaxValue, _domain.Machine.Platform.Ports.Read(0xCF8, 4));
        Assert.Equal(0xFFu, _domain.Machine.Platform.Ports.Read(0xC000, 1));
        Assert.False(_domain.Machine.Memory.Tables!.TryTranslate(0xFEBD_1000, out _, out _));
    }

    [Fact]
    public void The_address_register_of_configuration_space_is_the_domains_own()
    {
        Start();
        _domain.Machine.Platform.Ports.Write(0xCFB, 1, 1);
        _domain.Machine.Platform.Ports.Write(0xCF8, 4, 0x8000_0003);
        Assert.Equal(0x8000_0000u, _domain.Machine.Platform.Ports.Read(0xCF8, 4));
        _domain.Machine.Platform.Ports.Write(0xCF8, 4, 0x0000_1800);
        Assert.Equal(uint.MaxValue, _domain.Machine.Platform.Ports.Read(0xCFC, 4));
    }

    [Theory]
    [InlineData(1, 0x2Eu)]
    [InlineData(2, 0xBC2Eu)]
    public void Registers_are_reached_by_their_bytes(int size, uint expected)
    {
        _hardware.Pci.Space(s_disk)[0x82] = 0x2E;
        _hardware.Pci.Space(s_disk)[0x83] = 0xBC;
        Start();
        _domain.Machine.Platform.Ports.Write(0xCF8, 4, 0x8000_1880);

        Assert.Equal(expected, _domain.Machine.Platform.Ports.Read(0xCFE, size));
    }

    [Fact]
    public void A_display_is_the_hypervisors()
    {
        PciAddress display = new(0, 2, 0);
        _hardware.Pci.Add(display, code: Display);
        _hardware.Pci.Bar(display, 0, 0xFD00_0000, 0xFF00_0000);

        Start();

        Assert.Equal(uint.MaxValue, Configuration(display, 0));
        Assert.False(_domain.Machine.Memory.Tables!.TryTranslate(0xFD00_0000, out _, out _));
    }

    [Theory]
    [InlineData(0xFEE0_0000u)] // the local APIC
    [InlineData(0x0010_0000u)] // memory
    [InlineData(0x0000_F000u)] // below 1 MiB
    public void A_claim_at_memory_or_at_what_the_hypervisor_keeps_is_refused(uint address)
    {
        _hardware.Pci.Bar(s_network, 1, address, 0xFFFF_F000);

        HardwareAccess access = Start();

        Assert.Equal(1, access.RefusedClaims);
        Assert.Equal(0x1000UL, access.MappedBytes);
        Assert.False(_domain.Machine.Memory.Tables!.TryTranslate(address, out ulong host, out _) && host == address);
    }

    [Fact]
    public void No_device_reaches_memory_before_the_domain_drives_it_nor_after_it_has_ended()
    {
        HardwareAccess access = new(_hardware, _allocator);
        Assert.Equal((3, 3), (Command(s_disk), Command(s_network)));
        _domain.Machine.Platform.Attach(access);
        Assert.True(access.TryStart(_domain.Machine));
        Configuration(s_disk, 4, 0x0407);
        Configuration(s_network, 4, 0x0007);
        Assert.Equal((0x407, 7), (Command(s_disk), Command(s_network)));
        Assert.True(_hardware.IsConnected);

        access.Withdraw();

        Assert.Equal((0x403, 3), (Command(s_disk), Command(s_network)));
        Assert.Equal(0xFFFFu, _hardware.Masked);
        Assert.False(_hardware.IsConnected);
        _hardware.Fired = 1 << 11;
        access.Poll();
    }

    [Fact]
    public void It_can_be_given_again_to_the_domain_when_that_is_built_anew()
    {
        HardwareAccess access = Start();
        access.Withdraw();
        _domain.Machine.Memory.Reset();
        _domain.Machine.Reset(1);

        Assert.True(access.TryStart(_domain.Machine));

        Assert.Equal(0x2000UL, access.MappedBytes);
        Assert.Equal(0xFFFFu & ~(1u << 2 | 1u << 10 | 1u << 11), _hardware.Masked);
    }

    [Fact]
    public void The_tables_that_devices_memory_takes_are_counted_by_what_they_claim()
    {
        Assert.Equal(2UL * 4, new HardwareAccess(_hardware, _allocator).TablesNeeded);

        // A claim at memory is refused, and one of 8 GiB takes a directory each, and one pointer table.
        _hardware.Pci.Bar(s_network, 1, 0x0010_0000, 0xFFFF_F000);
        _hardware.Pci.Bar(s_disk, 2, 0x0000_000C, 0x0000_0000);
        _hardware.Pci.Bar(s_disk, 3, 0x0000_0038, 0xFFFF_FFFE);
        HardwareAccess access = new(_hardware, _allocator);
        Assert.Equal(4UL + 8 + 1, access.TablesNeeded);
    }

    [Fact]
    public void More_claims_than_the_usual_tables_hold_are_mapped_when_the_tables_were_counted()
    {
        for (int device = 5; device < 15; device++)
        {
            PciAddress address = new(0, device, 0);
            Function(address, 0xE000_0000 + ((uint)device << 24), 11);
            for (int bar = 0; bar < 6; bar++)
            {
                _hardware.Pci.Bar(address, bar, 0xE000_1000 + ((uint)device << 24) + ((uint)bar << 21), 0xFFFF_F000);
            }
        }

        HardwareAccess access = new(_hardware, _allocator);
        _domain.Machine.Memory.Destroy();
        Assert.True(_domain.Machine.Memory.TryAllocate(8 * MiB, false, access.TablesNeeded, out _));
        Assert.True(access.TryStart(_domain.Machine));

        Assert.Equal((0, 62 * 0x1000UL), (access.RefusedClaims, access.MappedBytes));
    }

    [Fact]
    public void What_a_device_writes_where_the_domain_never_was_is_what_the_domain_reads()
    {
        Start();
        ulong host = WriteAsDevice(5 * MiB);

        Assert.True(_domain.Machine.Memory.TryPopulate(5 * MiB));

        Assert.True(_domain.Machine.Memory.TryReadU64(5 * MiB, out ulong value));
        Assert.Equal(0x1122_3344_5566_7788UL, value);
        Assert.Equal(0x1122_3344_5566_7788UL, AsDevice(host));
    }

    [Fact]
    public void No_device_finds_what_somebody_left_in_the_domains_memory()
    {
        ulong host = _domain.MachineAddressOf(5 * MiB);
        AsDevice(host) = 0x5EC2_E75E_C2E7_5EC2;

        Start();

        Assert.Equal(0UL, AsDevice(host));
    }

    [Fact]
    public void What_only_a_device_wrote_is_scrubbed_when_the_domain_ends()
    {
        HardwareAccess access = Start();
        ulong host = WriteAsDevice(5 * MiB);
        access.Withdraw();

        _domain.Machine.Memory.Destroy();

        Assert.Equal(0UL, AsDevice(host));
    }

    [Fact]
    public void A_domain_that_is_built_anew_may_be_written_by_devices_everywhere_again()
    {
        HardwareAccess access = Start();
        WriteAsDevice(5 * MiB);
        access.Withdraw();
        _domain.Machine.Memory.Reset();
        _domain.Machine.Reset(1);
        Assert.True(access.TryStart(_domain.Machine));
        Assert.True(_domain.Machine.Memory.TryReadU64(5 * MiB, out ulong before));
        WriteAsDevice(5 * MiB);

        Assert.True(_domain.Machine.Memory.TryPopulate(5 * MiB));

        Assert.True(_domain.Machine.Memory.TryReadU64(5 * MiB, out ulong after));
        Assert.Equal((0UL, 0x1122_3344_5566_7788UL), (before, after));
    }

    [Fact]
    public void A_domain_whose_memory_cannot_be_reached_gets_no_device()
    {
        HardwareAccess access = new(_hardware, _allocator);
        _domain.Machine.Memory.Destroy();

        Assert.False(access.TryStart(_domain.Machine));

        Assert.Equal((0UL, false), (access.MappedBytes, _hardware.IsConnected));
    }

    [Fact]
    public void The_memory_of_devices_never_comes_to_the_allocator()
    {
        HardwareAccess access = Start();
        access.Withdraw();
        _domain.Machine.Memory.Destroy();

        Assert.Null(_domain.Machine.Memory.Tables);
        Assert.Equal(64 * MiB, _allocator.FreeBytes);
    }

    [Fact]
    public void The_disassembler_of_ACPICA_reads_the_root_bridge()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/iasl"), "acpica-tools is not installed");
        _hardware.Pci.Bar(s_disk, 4, 0x0000_000C, 0xFFFF_C000);
        _hardware.Pci.Bar(s_disk, 5, 0x0000_0038, 0xFFFF_FFFF);
        byte[] area = new byte[0x2_0000];
        AcpiTables.Write(area, 0xE_0000, 1, new HardwareAccess(_hardware, _allocator).Description);
        int start = area.AsSpan().IndexOf("DSDT"u8);
        DirectoryInfo directory = Directory.CreateTempSubdirectory("pci-root-");
        string file = Path.Combine(directory.FullName, "dsdt.dat");
        File.WriteAllBytes(file, area.AsSpan(start, BitConverter.ToInt32(area, start + 4)).ToArray());

        using Process process = Process.Start(new ProcessStartInfo("/usr/bin/iasl", ["-d", file])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        string output = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        string text = File.ReadAllText(Path.Combine(directory.FullName, "dsdt.dsl"));
        directory.Delete(true);

        Assert.True(process.ExitCode == 0, output);
        Assert.DoesNotContain("nvalid", output + text, StringComparison.Ordinal);
        Assert.Contains("Device (PCI0)", text, StringComparison.Ordinal);
        Assert.Contains("EisaId (\"PNP0A03\")", text, StringComparison.Ordinal);
        Assert.Contains("WordBusNumber (ResourceConsumer, MinFixed, MaxFixed, PosDecode,", text.Replace(
            "ResourceProducer", "ResourceConsumer", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("0xFEBD1000,         // Range Minimum", text, StringComparison.Ordinal);
        Assert.Contains("0xFEBD2FFF,         // Range Maximum", text, StringComparison.Ordinal);
        Assert.Contains("0x0000003800000000, // Range Minimum", text, StringComparison.Ordinal);
        Assert.Contains("0x0003FFFF", text, StringComparison.Ordinal);
        Assert.Contains("0x0004FFFF", text, StringComparison.Ordinal);
    }

    private HardwareAccess Start()
    {
        HardwareAccess access = new(_hardware, _allocator);
        _domain.Machine.Platform.Attach(access);
        Assert.True(access.TryStart(_domain.Machine));
        return access;
    }

    // What a device does: it knows the machine's addresses, and asks nobody.
    private ulong WriteAsDevice(ulong address)
    {
        ulong host = _domain.MachineAddressOf(address);
        AsDevice(host) = 0x1122_3344_5566_7788;
        return host;
    }

    private unsafe ref ulong AsDevice(ulong host) => ref *(ulong*)_domain.Map(host, sizeof(ulong));

    private void Function(PciAddress address, uint memory, byte line)
    {
        byte[] space = _hardware.Pci.Add(address);
        space[0x04] = 7;
        space[0x3D] = 1;
        space[0x3C] = line;
        _hardware.Pci.Bar(address, 1, memory, 0xFFFF_F000);
    }

    private int Command(PciAddress address) => BitConverter.ToUInt16(_hardware.Pci.Space(address), 4);

    private uint Configuration(PciAddress address, int offset)
    {
        _domain.Machine.Platform.Ports.Write(0xCF8, 4, 0x8000_0000 | ((uint)address.Value << 8) | (uint)offset);
        return _domain.Machine.Platform.Ports.Read(0xCFC, 4);
    }

    private void Configuration(PciAddress address, int offset, uint value)
    {
        _domain.Machine.Platform.Ports.Write(0xCF8, 4, 0x8000_0000 | ((uint)address.Value << 8) | (uint)offset);
        _domain.Machine.Platform.Ports.Write(0xCFC, 2, value);
    }
}
