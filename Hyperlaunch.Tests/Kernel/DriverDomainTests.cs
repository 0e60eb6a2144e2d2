using System;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>Domains that give each other disks and networks, with the drivers of Debian's stock kernel at both ends.</summary>
[Collection(MachineCollection.Name)]
[Trait("Category", "Machine")]
public class DriverDomainTests
{
    private const int Mebibytes = 32;

    // What is typed goes to the first domain, the second, and then the hypervisor.
    private const string ToHypervisor = "\u0001\u0001\u0001\u0001\u0001\u0001";

    // 32 MiB of lines, which the storage domain makes and the other one reads.
    private const string Pattern = "yes+hyperlaunch|head+-c+32m";

    private static string PatternDigest
    {
        get
        {
            byte[] line = "hyperlaunch\n"u8.ToArray();
            byte[] bytes = new byte[Mebibytes << 20];
            for (int i = 0; i < bytes.Length; i++)
            {
                bytes[i] = line[i % line.Length];
            }

            return Convert.ToHexStringLower(SHA256.HashData(bytes));
        }
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public void A_disk_of_another_domain_reads_right_and_keeps_what_is_written(bool isElf, int processors)
    {
        const string storage = $"{Pattern}>/first;cp+/first+/second;backend";
        const string app = "echo+first+$(dd+if=/dev/xvda+bs=1M+iflag=direct|sha256sum);"
            + "echo+second+$(sha256sum+</dev/xvdb);"
            + "dd+if=/dev/zero+of=/dev/xvdb+bs=4k+count=1+2>&1|grep+-o+error;echo+read-only+$(cat+/sys/block/xvdb/ro);"
            + "dd+if=/dev/urandom+of=/tmp/some+bs=1M+count=8;dd+if=/tmp/some+of=/dev/xvda+bs=64k+oflag=direct;"
            + "cmp+/tmp/some+/dev/xvda+-n+8388608&&echo+written+and+read;"
            + "mke2fs+/dev/xvda;mount+/dev/xvda+/root;cp+/tmp/some+/root;umount+/root;mount+/dev/xvda+/root;"
            + "cmp+/tmp/some+/root/some&&echo+a+filesystem;umount+/root";
        using EmulatedMachine machine = Start(isElf, processors, storage, app, """
            disk@0 {
                compatible = "hyperlaunch,disk"; hyperlaunch,backend = <&storage>; hyperlaunch,source = "/first";
                hyperlaunch,target = "xvda";
            };
            disk@1 {
                compatible = "hyperlaunch,disk"; hyperlaunch,backend = <&storage>; hyperlaunch,source = "/second";
                hyperlaunch,target = "xvdb"; read-only;
            };
            """);

        machine.WaitForEvent("domain-stopped", ("domid", "2"));
        string text = machine.TextOf(2);
        machine.Check(text.Contains($"first {PatternDigest}", StringComparison.Ordinal), "The disk reads otherwise.");
        machine.Check(text.Contains($"second {PatternDigest}", StringComparison.Ordinal), "The second disk reads otherwise.");
        machine.Check(text.Contains("read-only 1", StringComparison.Ordinal), "The second disk can be written.");
        machine.Check(text.Contains("written and read", StringComparison.Ordinal), "What was written reads otherwise.");
        machine.Check(text.Contains("a filesystem", StringComparison.Ordinal), "The filesystem lost a file.");
        Assert.Equal("0", machine.WaitForEvent("exits", ("domid", "2"))["allocations"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_network_between_domains_carries_pings_and_files_both_ways(int processors)
    {
        const string storage = "brctl+addbr+br0;ip+link+set+br0+up;ip+addr+add+10.0.0.1/24+dev+br0;"
            + $"mkdir+/www;{Pattern}>/www/file;"
            + "httpd+-h+/www;(until+wget+-q+-O+/back+http://10.0.0.2/file;do+sleep+1;done;echo+back+$(sha256sum+</back))&backend";
        const string app = "ip+addr+add+10.0.0.2/24+dev+eth0;ip+link+set+eth0+up;until+ping+-c+1+-W+1+10.0.0.1>/dev/null;"
            + "do+sleep+1;done;ping+-c+3+10.0.0.1|grep+loss;mkdir+/www;wget+-q+-O+/www/file+http://10.0.0.1/file;"
            + "echo+there+$(sha256sum+</www/file);cat+/sys/class/net/eth0/address;httpd+-h+/www;sleep+1000";
        using EmulatedMachine machine = Start(isElf: true, processors, storage, app, """
            network@0 {
                compatible = "hyperlaunch,network"; hyperlaunch,backend = <&storage>; hyperlaunch,bridge = "br0";
                local-mac-address = [00 16 3e 00 00 42];
            };
            """);

        machine.WaitForText($"(d2) there {PatternDigest}");
        machine.WaitForText($"(d1) back {PatternDigest}");
        string text = machine.TextOf(2);
        machine.Check(text.Contains("3 packets received, 0% packet loss", StringComparison.Ordinal), "A ping was lost.");
        machine.Check(text.Contains("00:16:3e:00:00:42", StringComparison.Ordinal), "It has another address.");
    }

    [Fact]
    public void A_disk_of_the_machines_is_used_by_a_domain_that_has_no_device()
    {
        byte[] content = new byte[Mebibytes << 20];
        new Random(11).NextBytes(content);
        string image = RepositoryFiles.Write("nvme.img", content);
        using EmulatedMachine machine = EmulatedMachine.Start(new()
        {
            Modules =
            [
                Lcm.Compile(
                    "storage: " + Lcm.Domain("storage", 1, 256, 1, 3, permissions: 2, more: "hyperlaunch,direct-map;")
                    + Lcm.Domain("app", 2, 192, 2, 3, more: """
                        disk {
                            compatible = "hyperlaunch,disk"; hyperlaunch,backend = <&storage>;
                            hyperlaunch,source = "/dev/nvme0n1"; hyperlaunch,target = "xvda";
                        };
                        """)),
                new(RepositoryFiles.LinuxImage, "console=hvc0 quiet swiotlb=force hl.drivers hl.script=backend"),
                new(RepositoryFiles.LinuxImage, "console=hvc0 quiet hl.drivers "
                    + "hl.script=echo+read+$(dd+if=/dev/xvda+bs=1M+iflag=direct|sha256sum);ls+/sys/bus/pci/devices;"
                    + "tac+/proc/partitions>/tmp/some;dd+if=/tmp/some+of=/dev/xvda+conv=fsync;"
                    + "cmp+/tmp/some+/dev/xvda+-n+64&&echo+written hl.run=poweroff"),
                new(RepositoryFiles.DomainsInitrd),
            ],
            Devices = ["-drive", $"if=none,id=disk,format=raw,snapshot=on,file={image}", "-device", "nvme,drive=disk,serial=1"],
            Limit = TimeSpan.FromMinutes(4),
        });

        machine.WaitForEvent("domain-stopped", ("domid", "2"));
        string text = machine.TextOf(2);
        string digest = Convert.ToHexStringLower(SHA256.HashData(content));
        machine.Check(text.Contains($"read {digest}", StringComparison.Ordinal), "The disk reads otherwise.");
        machine.Check(text.Contains("written", StringComparison.Ordinal), "What was written reads otherwise.");
    }

    [Fact]
    public void The_sample_serves_a_page_from_a_disk_of_one_domain_over_a_network_of_another()
    {
        using EmulatedMachine machine = EmulatedMachine.Start(new()
        {
            Modules =
            [
                Lcm.CompileTree(File.ReadAllText(Path.Combine(RepositoryFiles.Root, "build/samples/driver-domains.dts"))),
                new(RepositoryFiles.LinuxImage),
                new(RepositoryFiles.DomainsInitrd),
            ],
            MemoryMebibytes = 2048,
            Limit = TimeSpan.FromMinutes(4),
        });

        machine.WaitForText("(d4) Hello from a disk of another domain.");
    }

    [Fact]
    public void A_frontend_that_is_built_again_and_again_under_traffic_costs_its_backend_nothing()
    {
        const int lives = 5;
        using EmulatedMachine machine = Start(isElf: true, 1, $"{Pattern}>/first;backend",
            "dd+if=/dev/xvda+bs=1M+count=4|sha256sum;echo+lives+on;"
            + "dd+if=/dev/xvda+of=/dev/null+bs=64k+iflag=direct+count=100000;sleep+1000", """
            hyperlaunch,retain-modules;
            disk@0 {
                compatible = "hyperlaunch,disk"; hyperlaunch,backend = <&storage>; hyperlaunch,source = "/first";
                hyperlaunch,target = "xvda";
            };
            """);

        for (int life = 1; life <= lives; life++)
        {
            machine.WaitForText("(d2) lives on", life);
            machine.Type(life == 1 ? ToHypervisor : "");
            machine.Type(life < lives ? "restart app\n" : "");
        }

        machine.Check(!machine.Events.Any(e => e.Name == "domain-stopped" && e["domid"] == "1"), "The backend has ended.");
        Assert.All(machine.Events.Where(e => e.Name == "exits"), e => Assert.Equal("0", e["allocations"]));
    }

    [Fact]
    public void A_backend_that_is_built_again_goes_on_where_its_frontend_waits()
    {
        using EmulatedMachine machine = Start(isElf: true, 1, $"{Pattern}>/first;backend",
            "while+sleep+0.2;do+echo+$(dd+if=/dev/xvda+bs=1M+count=4+iflag=direct|sha256sum);done", """
            disk@0 {
                compatible = "hyperlaunch,disk"; hyperlaunch,backend = <&storage>; hyperlaunch,source = "/first";
                hyperlaunch,target = "xvda";
            };
            """, storageMore: "hyperlaunch,retain-modules;");

        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(
            string.Concat(Enumerable.Repeat("hyperlaunch\n", ((4 << 20) / 12) + 1))[..(4 << 20)])));
        machine.WaitForText($"(d2) {digest}", 2);
        machine.Type(ToHypervisor + "restart storage\n");
        Assert.Equal(("storage", "wait"), (machine.WaitForEvent("backend-lost", ("domid", "2"))["backend"],
            machine.WaitForEvent("backend-lost", ("domid", "2"))["then"]));
        machine.WaitForEvent("domain-restarted", ("domid", "1"));
        int before = machine.TextOf(2).Split(digest).Length - 1;
        machine.WaitForText($"(d2) {digest}", before + 3);
    }

    private static EmulatedMachine Start(
        bool isElf, int processors, string storage, string app, string devices, string storageMore = "")
    {
        const string words = "console=hvc0 quiet hl.drivers";
        return EmulatedMachine.Start(new()
        {
            Modules =
            [
                Lcm.Compile(
                    "storage: " + Lcm.Domain("storage", 1, 320, 1, 3, virtualCpus: processors, more: storageMore)
                    + Lcm.Domain("app", 2, 256, 2, 3, virtualCpus: processors, more: devices)),
                new(isElf ? RepositoryFiles.LinuxElf : RepositoryFiles.LinuxImage, $"{words} hl.script={storage}"),
                new(isElf ? RepositoryFiles.LinuxElf : RepositoryFiles.LinuxImage, $"{words} hl.script={app} hl.run=poweroff"),
                new(RepositoryFiles.DomainsInitrd),
            ],
            Processors = processors,
            MemoryMebibytes = 1024,
            Limit = TimeSpan.FromMinutes(4),
        });
    }
}
