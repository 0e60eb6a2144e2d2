using System;
using System.IO;
using System.Linq;
using System.Text;
using Xunit;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>What a boot loader can hand over wrongly: one clear line, and a machine that is at its console or off.</summary>
[Collection(MachineCollection.Name)]
[Trait("Category", "Machine")]
public class BadInputTests
{
    [Fact]
    public void No_svm_is_said()
    {
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            Processor = "EPYC,-svm",
            Modules = [Lcm.OneDomain(), new(RepositoryFiles.Guest("hello"))],
        });

        machine.WaitForLine("svm");
        machine.WaitForPowerOff();
    }

    [Fact]
    public void Too_little_memory_for_a_domain_names_both_sizes()
    {
        using EmulatedMachine machine = Start(Lcm.OneDomain(memoryMebibytes: 4096), new(RepositoryFiles.Guest("hello")));

        machine.WaitForLine("/chosen/hypervisor/dom0", "memory", "4 GiB");
        machine.WaitForPowerOff();
    }

    [Theory]
    [InlineData(3)]
    [InlineData(39)]
    [InlineData(40)]
    [InlineData(200)]
    public void A_truncated_configuration_is_said(int length)
    {
        byte[] bytes = Lcm.Bytes(Lcm.OneDomain());
        string path = RepositoryFiles.Write($"truncated-{length}.dtb", bytes.AsSpan(0, length));
        using EmulatedMachine machine = Start(new(path), new(RepositoryFiles.Guest("hello")));

        machine.WaitForLine(length < 4 ? "kernel" : "flattened device tree", length < 4 ? "expected" : "whole");
        machine.WaitForPowerOff();
    }

    [Fact]
    public void A_configuration_with_a_bad_magic_is_taken_for_a_kernel_and_refused_by_name()
    {
        byte[] bytes = Lcm.Bytes(Lcm.OneDomain());
        bytes[0] ^= 0xff;
        using EmulatedMachine machine = Start(
            new(RepositoryFiles.Write("bad-magic.dtb", bytes)), new(RepositoryFiles.Guest("hello")));

        machine.WaitForLine("begins with");
        machine.WaitForPowerOff();
    }

    [Fact]
    public void A_tree_without_domains_is_no_configuration_and_the_next_module_boots()
    {
        using EmulatedMachine machine = Start(Lcm.CompileTree("/dts-v1/; / { };"), new(RepositoryFiles.Guest("hello")));

        machine.WaitForText("(d0) guest: done");
        machine.WaitForPowerOff();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    public void A_module_index_that_is_none_names_the_property(int index)
    {
        using EmulatedMachine machine = Start(Lcm.OneDomain(kernelIndex: index), new(RepositoryFiles.Guest("hello")));

        machine.WaitForLine("mb-index", "/chosen/hypervisor/dom0/kernel");
        machine.WaitForPowerOff();
    }

    [Fact]
    public void An_elf_without_a_pvh_note_is_said()
    {
        byte[] elf = File.ReadAllBytes(RepositoryFiles.Guest("hello"));
        int owner = elf.AsSpan().IndexOf("Xen\0"u8);
        elf[owner] = (byte)'Y';
        using EmulatedMachine machine = Start(Lcm.OneDomain(), new(RepositoryFiles.Write("no-note.elf", elf)));

        machine.WaitForLine("PVH entry note");
        machine.WaitForPowerOff();
    }

    [Fact]
    public void A_text_file_as_kernel_is_said()
    {
        byte[] text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("This is not a kernel.\n", 100)));
        using EmulatedMachine machine = Start(Lcm.OneDomain(), new(RepositoryFiles.Write("text-kernel", text)));

        machine.WaitForLine("text file", "bzImage");
        machine.WaitForPowerOff();
    }

    [Fact]
    public void An_empty_module_as_kernel_is_said()
    {
        // QEMU's own loader refuses an empty file; GRUB passes it on.
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            BootPath = BootPath.Bios,
            Modules = [Lcm.OneDomain(), new(RepositoryFiles.Write("empty-kernel", []))],
        });

        machine.WaitForLine("empty");
        machine.WaitForPowerOff();
    }

    [Fact]
    public void A_kernel_that_needs_more_room_than_its_domain_has_is_said()
    {
        using EmulatedMachine machine = Start(
            Lcm.OneDomain(memoryMebibytes: 24), new(RepositoryFiles.LinuxImage, "console=ttyS0"));

        machine.WaitForLine("/chosen/hypervisor/dom0 memory", "found 24 MiB", "unpack itself");
        machine.WaitForPowerOff();
    }

    [Fact]
    public void A_command_line_longer_than_the_kernel_takes_is_said()
    {
        string words = "console=ttyS0 " + new string('x', 4096);
        using EmulatedMachine machine = Start(Lcm.OneDomain(), new(RepositoryFiles.LinuxImage, words));

        machine.WaitForLine("command line", "4110");
        machine.WaitForPowerOff();
    }

    [Fact]
    public void No_module_at_all_is_said()
    {
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions());

        machine.WaitForLine("module");
        machine.WaitForPowerOff();
    }

    [Fact]
    public void With_end_halt_the_hypervisor_answers_at_its_console_when_nothing_runs()
    {
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            CommandLine = "end=halt",
            Modules = [Lcm.OneDomain(), new(RepositoryFiles.Write("short-kernel", "no"u8))],
        });

        machine.WaitForEvent("launch-final", ("started", "0"));
        machine.Type("help\n");
        machine.WaitForLine("list", "the domains");
        machine.Type("poweroff\n");
        machine.WaitForPowerOff();
    }

    private static EmulatedMachine Start(BootFile lcm, BootFile kernel) =>
        EmulatedMachine.Start(new MachineOptions { Modules = [lcm, kernel] });
}
