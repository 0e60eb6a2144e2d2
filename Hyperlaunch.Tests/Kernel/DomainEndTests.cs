using Xunit;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>However a domain ends, its reason is told, and the host stays.</summary>
[Collection(MachineCollection.Name)]
[Trait("Category", "Machine")]
public class DomainEndTests
{
    [Theory]
    [InlineData("hl.run=poweroff", "poweroff")]
    [InlineData("hl.run=reboot", "reboot")]
    [InlineData("panic=-1 hl.run=panic", "crash")]
    public void Linux_ends_and_its_reason_is_told(string words, string reason)
    {
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            Modules =
            [
                Lcm.OneDomain(hasRamdisk: true),
                new(RepositoryFiles.LinuxImage, $"console=ttyS0 quiet {words}"),
                new(RepositoryFiles.Initrd),
            ],
        });

        Assert.Equal(reason, machine.WaitForEvent("domain-stopped", ("domid", "0"))["reason"]);
        machine.WaitForPowerOff();
    }

    [Theory]
    [InlineData("hello", "reboot")]
    [InlineData("halt", "halted")]
    public void A_small_guest_ends_and_its_reason_is_told(string guest, string reason)
    {
        using EmulatedMachine machine = StartGuest(guest);

        Assert.Equal(reason, machine.WaitForEvent("domain-stopped", ("domid", "0"))["reason"]);
        machine.WaitForPowerOff();
    }

    [Fact]
    public void A_triple_fault_ends_the_domain_with_its_registers()
    {
        using EmulatedMachine machine = StartGuest("triple-fault");

        machine.WaitForText("(d0) guest: about to fault");
        ConsoleEvent stopped = machine.WaitForEvent("domain-stopped", ("domid", "0"));
        Assert.Equal("triple-fault", stopped["reason"]);
        Assert.StartsWith("0x1", stopped["rip"]);
        Assert.NotNull(stopped["cr0"]);
        machine.WaitForPowerOff();
    }

    [Fact]
    public void An_exit_that_nothing_handles_ends_the_domain_with_its_registers()
    {
        using EmulatedMachine machine = StartGuest("nowhere");

        ConsoleEvent stopped = machine.WaitForEvent("domain-stopped", ("domid", "0"));
        Assert.Equal("unhandled-exit", stopped["reason"]);
        Assert.Equal("nested-fault", stopped["exit"]);
        Assert.Equal("0xf0000000", stopped["address"]);
        Assert.Equal("0xf0000000", stopped["rip"]);
        machine.WaitForPowerOff();
    }

    private static EmulatedMachine StartGuest(string name) => EmulatedMachine.Start(new MachineOptions
    {
        Modules = [Lcm.OneDomain(), new(RepositoryFiles.Guest(name))],
    });
}
