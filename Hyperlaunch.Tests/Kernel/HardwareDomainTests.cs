using System;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using Xunit;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>
/// The hardware domain drives the machine's disk and network card with its usual drivers; nobody else sees them.
/// </summary>
[Collection(MachineCollection.Name)]
[Trait("Category", "Machine")]
public class HardwareDomainTests
{
    private const int FileSize = 500_000;

    private const int LargeFileSize = 64 << 20;

    private static readonly byte[] s_file = Random(FileSize, 6);

    [Theory]
    [InlineData(null, 1, 1, BootPath.Direct)]
    [InlineData("pc", 1, 1, BootPath.Direct)]
    [InlineData(null, 2, 2, BootPath.Direct)]
    [InlineData(null, 1, 1, BootPath.Bios)]
    [InlineData(null, 1, 1, BootPath.Uefi)]
    public void It_mounts_a_disk_and_fetches_a_file_while_another_domain_sees_no_device(
        string? kind, int processors, int virtualCpus, BootPath path)
    {
        using FileServer server = new(s_file);
        using EmulatedMachine machine = Start(
            kind, processors, virtualCpus, path, behindBridges: false,
            Script("/dev/vda", server.Port) + " hl.run=poweroff", "devices");

        CheckFile(machine);
        machine.WaitForText("(d2) guest: functions=0 ports=0 memory=0\r\n");
        Assert.Equal("poweroff", machine.WaitForEvent("domain-stopped", ("domid", "1"))["reason"]);
        Assert.Equal("0", machine.WaitForEvent("exits", ("domid", "1"))["allocations"]);
        machine.WaitForPowerOff();
    }

    [Fact]
    public void It_finds_devices_behind_bridges_and_their_interrupts()
    {
        using FileServer server = new(s_file);
        using EmulatedMachine machine = Start(
            null, 1, 1, BootPath.Direct, behindBridges: true, Script("/dev/vda", server.Port) + " hl.run=poweroff", null);

        CheckFile(machine);
        machine.WaitForPowerOff();
    }

    [Fact]
    public void It_drives_a_disk_whose_driver_prefers_message_interrupts()
    {
        using FileServer server = new(s_file);
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            Modules = Modules(1, Script("/dev/nvme0n1", server.Port) + " hl.run=poweroff", null),
            Devices = [.. Disk(), "-device", "nvme,drive=disk,serial=1", .. Network("")],
        });

        CheckFile(machine);
        machine.WaitForPowerOff();
    }

    [Fact]
    public void It_drives_its_disk_again_after_it_has_been_built_anew()
    {
        const string script = "hl.script=mount+-t+ext4+/dev/vda+/root;sha256sum+/root/file;echo+c+>/proc/sysrq-trigger";
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            Modules = Modules(1, $"panic=-1 {script}", null, "hyperlaunch,retain-modules; hyperlaunch,on-crash = \"restart\";"),
            Devices = [.. Disk(), "-device", "virtio-blk-pci,drive=disk"],
        });

        machine.WaitForEvent("domain-restarted", ("domid", "1"));
        machine.WaitForText($"(d1) {Convert.ToHexStringLower(SHA256.HashData(s_file))}  /root/file\r\n", 2);
    }

    /// <summary>
    /// The disk writes into memory that the domain's processors have never touched, unless the kernel clears what it allocates,
    /// as Debian's does by itself.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void It_reads_what_its_disk_holds_whether_its_kernel_clears_memory_first_or_not(int clears)
    {
        byte[] file = Random(LargeFileSize, 7);
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            Modules = Modules(
                1, $"init_on_alloc={clears} hl.script=mount+-t+ext4+/dev/vda+/root;sha256sum+/root/file hl.run=poweroff", null),
            Devices = [.. Disk("large", file, "96M"), "-device", "virtio-blk-pci,drive=disk"],
        });

        machine.WaitForText($"(d1) {Convert.ToHexStringLower(SHA256.HashData(file))}  /root/file\r\n");
        machine.WaitForPowerOff();
    }

    [Fact]
    public void The_trust_that_it_is_given_is_said()
    {
        using EmulatedMachine machine = Start(null, 1, 1, BootPath.Direct, false, "hl.run=poweroff", null);

        ConsoleEvent hardware = machine.WaitForEvent("hardware", ("domid", "1"));
        Assert.Equal("0", hardware["refused"]);
        machine.WaitForLine("no IOMMU", "hardware", "trusted");
        machine.WaitForPowerOff();
    }

    private static void CheckFile(EmulatedMachine machine)
    {
        string sum = Convert.ToHexStringLower(SHA256.HashData(s_file));
        machine.WaitForText($"(d1) {sum}  /root/file\r\n");
        machine.WaitForText($"(d1) {sum}  /tmp/file\r\n");
    }

    private static EmulatedMachine Start(
        string? kind, int processors, int virtualCpus, BootPath path, bool behindBridges, string words, string? guest) =>
        EmulatedMachine.Start(new MachineOptions
        {
            Modules = Modules(virtualCpus, words, guest),
            Kind = kind,
            BootPath = path,
            Processors = processors,
            Devices =
            [
                .. behindBridges
                    ? ["-device", "pcie-root-port,id=a,chassis=1", "-device", "pcie-root-port,id=b,chassis=2"]
                    : Array.Empty<string>(),
                .. Disk(),
                "-device", "virtio-blk-pci,drive=disk" + (behindBridges ? ",bus=a" : ""),
                .. Network(behindBridges ? ",bus=b" : ""),
            ],
        });

    private static List<BootFile> Modules(int virtualCpus, string words, string? guest, string more = "")
    {
        const int memory = 256;
        string domains = Lcm.Domain(
            "hardware", 1, memory, kernelIndex: 1, ramdiskIndex: 2, permissions: 2, virtualCpus: virtualCpus,
                more: "hyperlaunch,direct-map; " + more);
        string other = guest is null ? "" : Lcm.Domain("other", 2, 32, kernelIndex: 3);
        List<BootFile> modules =
        [
            Lcm.Compile(domains + other),
            new(RepositoryFiles.LinuxImage, $"console=ttyS0 quiet hl.drivers {words}"),
            new(RepositoryFiles.HardwareInitrd),
        ];
        if (guest is not null)
        {
            modules.Add(new(RepositoryFiles.Guest(guest)));
        }

        return modules;
    }

    /// <summary>Words for the sample guest: the sums of the file on the disk and of the one from the network.</summary>
    private static string Script(string disk, int port) =>
        $"hl.script=mount+-t+ext4+{disk}+/root;sha256sum+/root/file;ip+link+set+eth0+up;ip+addr+add+10.0.2.15/24+dev+eth0;"
        + $"wget+-q+-O+/tmp/file+http://10.0.2.2:{port}/file;sha256sum+/tmp/file";

    private static string[] Disk() => Disk("disk", s_file, "16M");

    private static string[] Disk(string name, byte[] file, string size) =>
        ["-drive", $"if=none,id=disk,format=raw,snapshot=on,file={DiskImage(name, file, size)}"];

    private static string[] Network(string bus) => ["-netdev", "user,id=net", "-device", $"virtio-net-pci,netdev=net{bus}"];

    /// <summary>A disk with a file system that holds a file.</summary>
    private static string DiskImage(string name, byte[] file, string size)
    {
        string content = RepositoryFiles.Write(name + "/file", file);
        string image = Path.Combine(Path.GetDirectoryName(content)!, "..", name + ".img");
        File.Delete(image);
        RepositoryFiles.Run("mke2fs", "-q", "-F", "-t", "ext4", "-d", Path.GetDirectoryName(content)!, image, size);
        return image;
    }

    private static byte[] Random(int size, int seed)
    {
        byte[] bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
