using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using Xunit;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>The sample dom0 boots by every path a user has, and the console keeps its contract.</summary>
[Collection(MachineCollection.Name)]
[Trait("Category", "Machine")]
public class Dom0BootTests
{
    private const string Marker = "(d0) hyperlaunch-guest: userspace up";

    [Theory]
    [InlineData(BootPath.Bios)]
    [InlineData(BootPath.Uefi)]
    public void The_iso_boots_the_seeds_dom0_to_its_shell(BootPath path)
    {
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            BootPath = path,
            Iso = RepositoryFiles.Iso,
            MemoryMebibytes = 2048,
        });

        Assert.Equal("multiboot2", machine.WaitForEvent("boot")["protocol"]);
        machine.WaitForText(Marker);
        machine.WaitForText("(d0) / # ");
        machine.Type("echo answer $((6 * 7))\n");
        machine.WaitForText("(d0) answer 42");
        machine.Type("poweroff\n");
        Assert.Equal("poweroff", machine.WaitForEvent("domain-stopped", ("domid", "0"))["reason"]);
        machine.WaitForPowerOff();
    }

    [Fact]
    public void Qemu_kernel_boots_the_seeds_dom0_with_the_events_of_the_contract()
    {
        using EmulatedMachine machine = EmulatedMachine.Start(
            Linux(RepositoryFiles.LinuxImage, "console=ttyS0 quiet hl.run=poweroff"));

        machine.WaitForText(Marker);
        machine.WaitForPowerOff();
        Assert.Equal(
            ["boot", "module", "module", "module", "plan", "domain-created", "domain-started", "launch-final", "domain-stopped",
                "machine-off"],
            machine.Events.Select(e => e.Name).Where(IsOfTheContract));
        Assert.Equal(machine.Events.Select(e => e.Milliseconds).Order(), machine.Events.Select(e => e.Milliseconds));

        ConsoleEvent boot = machine.WaitForEvent("boot");
        Assert.Equal(["protocol", "loader", "cpus", "memory-mib", "modules", "image"], boot.Keys);
        Assert.Equal("multiboot1", boot["protocol"]);
        Assert.Equal("3", boot["modules"]);
        ConsoleEvent kernel = machine.WaitForEvent("module", ("index", "1"));
        Assert.Equal(["index", "kind", "address", "size", "headroom", "owners", "string"], kernel.Keys);
        Assert.Equal("kernel", kernel["kind"]);
        Assert.Equal("console=ttyS0 quiet hl.run=poweroff", kernel["string"]);
        Assert.Equal("ramdisk", machine.WaitForEvent("module", ("index", "2"))["kind"]);
        ConsoleEvent plan = machine.WaitForEvent("plan");
        Assert.Equal("2021", plan["dialect"]);
        Assert.Equal("1", plan["domains"]);
        ConsoleEvent created = machine.WaitForEvent("domain-created");
        Assert.Equal("0", created["domid"]);
        Assert.Equal("dom0", created["name"]);
        Assert.Equal("1", created["vcpus"]);
        Assert.Equal("poweroff", machine.WaitForEvent("domain-stopped")["reason"]);
        Assert.Equal("no-domains", machine.WaitForEvent("machine-off")["reason"]);
    }

    [Fact]
    public void An_elf_kernel_boots_through_its_pvh_entry()
    {
        using EmulatedMachine machine = EmulatedMachine.Start(
            Linux(RepositoryFiles.LinuxElf, "console=ttyS0 quiet hl.run=poweroff"));

        Assert.Equal("pvh", machine.WaitForEvent("domain-created")["mode"]);
        machine.WaitForText(Marker);
        machine.WaitForPowerOff();
    }

    [Fact]
    public void Without_a_configuration_the_first_module_is_the_kernel_and_the_second_its_ramdisk()
    {
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            Modules = [new(RepositoryFiles.LinuxImage, "console=ttyS0 quiet hl.run=poweroff"), new(RepositoryFiles.Initrd)],
        });

        machine.WaitForText(Marker);
        machine.WaitForPowerOff();
    }

    [Fact]
    public void A_stock_kernel_that_talks_boots_too()
    {
        using EmulatedMachine machine = EmulatedMachine.Start(Linux(RepositoryFiles.LinuxImage, "console=ttyS0 hl.run=poweroff"));

        machine.WaitForText("(d0) [    0.000000] Linux version");
        machine.WaitForText("hyperlaunch-guest: userspace up");
        machine.WaitForPowerOff();
    }

    [Fact]
    public void A_domain_sees_its_own_memory_and_not_the_machines()
    {
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            Modules =
            [
                Lcm.OneDomain(memoryMebibytes: 256, hasRamdisk: true),
                new(RepositoryFiles.LinuxImage, "console=ttyS0 quiet hl.run=poweroff"),
                new(RepositoryFiles.Initrd),
            ],
        });

        Assert.Equal("256", machine.WaitForEvent("domain-created")["memory-mib"]);
        machine.WaitForPowerOff();
        Assert.InRange(GuestMemoryKibibytes(machine), 200 * 1024, 256 * 1024);
    }

    [Fact]
    public void A_module_of_600_MiB_is_in_nobodys_way()
    {
        string large = RepositoryFiles.Write("600-mib", []);
        using (FileStream file = new(large, FileMode.Open))
        {
            file.SetLength(600L << 20);
        }

        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            MemoryMebibytes = 2048,
            Modules =
            [
                Lcm.Compile(Lcm.Domain("guest", 1, 256, kernelIndex: 2, functions: 4)),
                new(large),
                new(RepositoryFiles.Guest("hello")),
            ],
        });

        Assert.Equal("629145600", machine.WaitForEvent("module", ("index", "1"))["size"]);
        machine.WaitForText("(d1) guest: done");
        machine.WaitForPowerOff();
    }

    [Fact]
    public void A_domain_can_have_memory_beyond_4_GiB()
    {
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            MemoryMebibytes = 6144,
            Processors = 2,
            Modules =
            [
                Lcm.OneDomain(memoryMebibytes: 4608, hasRamdisk: true),
                new(RepositoryFiles.LinuxImage, "console=ttyS0 quiet hl.sum=8 hl.run=poweroff"),
                new(RepositoryFiles.Initrd),
            ],
        });

        machine.WaitForText("hyperlaunch-guest: sum=");
        machine.WaitForPowerOff();
        Assert.InRange(GuestMemoryKibibytes(machine), 4400 * 1024, 4608 * 1024);
    }

    [Fact]
    public void A_launch_takes_few_instructions_and_none_of_them_allocates_after_it()
    {
        // QEMU counts one nanosecond an instruction: a figure that is the same on every machine, busy or not.
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            IsDeterministic = true,
            Limit = TimeSpan.FromSeconds(180),
            Modules =
            [
                Lcm.OneDomain(memoryMebibytes: 512, hasRamdisk: true),
                new(RepositoryFiles.LinuxImage, "console=ttyS0 quiet hl.run=poweroff"),
                new(RepositoryFiles.Initrd),
            ],
        });

        Assert.InRange(machine.WaitForEvent("launch-final").Milliseconds, 0, 30);
        Assert.Equal("0", machine.WaitForEvent("exits")["allocations"]);
    }

    [Fact]
    public void Measuring_gives_each_module_its_sha_256()
    {
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            CommandLine = "measure",
            Modules = [Lcm.OneDomain(), new(RepositoryFiles.Guest("hello"))],
        });

        machine.WaitForPowerOff();
        byte[] kernel = File.ReadAllBytes(RepositoryFiles.Guest("hello"));
        string expected = Convert.ToHexStringLower(SHA256.HashData(kernel));
        Assert.Equal(expected, machine.WaitForEvent("module", ("index", "1"))["sha256"]);
    }

    private static MachineOptions Linux(string kernel, string commandLine) => new()
    {
        MemoryMebibytes = 2048,
        Modules = [Lcm.CompileTree(
            File.ReadAllText(RepositoryFiles.SeedLcm)), new(kernel, commandLine), new(RepositoryFiles.Initrd)],
    };

    private static int GuestMemoryKibibytes(EmulatedMachine machine) =>
        int.Parse(machine.Log.Split("memory-kib=")[1].Split(' ')[0], CultureInfo.InvariantCulture);

    private static bool IsOfTheContract(string name) => ContractEvents.Contains(name);

    private static readonly HashSet<string> ContractEvents =
        ["boot", "module", "plan", "domain-created", "domain-started", "launch-final", "domain-stopped", "machine-off"];
}
