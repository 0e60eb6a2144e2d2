using System;
using Xunit;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>One console for the hypervisor, its domains and the person at the keyboard.</summary>
[Collection(MachineCollection.Name)]
[Trait("Category", "Machine")]
public class ConsoleTests
{
    private const string Switch = "\x01\x01\x01";

    [Fact]
    public void Ctrl_a_three_times_moves_the_input_to_the_hypervisor_and_back()
    {
        using EmulatedMachine machine = Start("");

        machine.WaitForText("(d0) / # ");
        machine.Type(Switch + "list\n");
        machine.WaitForLine("domid=0", "name=dom0", "state=running");
        machine.Type(Switch + "echo back $((6 * 7))\n");
        machine.WaitForText("(d0) back 42");
    }

    [Fact]
    public void A_raw_console_passes_the_domains_bytes_unchanged()
    {
        using EmulatedMachine machine = Start("console=raw");

        machine.WaitForText("/ # ");
        machine.Type("echo raw $((6 * 7))\n");
        machine.WaitForText("\nraw 42\r\n");
        machine.Check(!machine.Log.Contains("(d0) ", StringComparison.Ordinal), "A raw console has prefixes.");
        machine.Type("poweroff\n");
        machine.WaitForPowerOff();
    }

    [Fact]
    public void Ctrl_c_reaches_the_domains_shell()
    {
        using EmulatedMachine machine = Start("");

        machine.WaitForText("(d0) / # ");

        // What says that it sleeps is the job itself: it has the terminal then, so the key cannot come before it has.
        machine.Type("sh -c 'echo asleep; sleep 100000'; echo slept\n");
        machine.WaitForText("(d0) asleep");
        machine.Type("\x03");

        // The kernel's echo of the key and the shell's new line come in any order.
        machine.WaitForText("^C");
        machine.Type("echo awake $((6 * 7))\n");
        machine.WaitForText("(d0) awake 42");
        machine.Check(!machine.Log.Contains("(d0) slept", StringComparison.Ordinal), "The command was not interrupted.");
    }

    private static EmulatedMachine Start(string commandLine) => EmulatedMachine.Start(new MachineOptions
    {
        CommandLine = commandLine,
        Modules =
        [
            Lcm.OneDomain(hasRamdisk: true),
            new(RepositoryFiles.LinuxImage, "console=ttyS0 quiet"),
            new(RepositoryFiles.Initrd),
        ],
    });
}
