using Xunit;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>A guest may do anything a processor can; it can hurt nobody but itself.</summary>
[Collection(MachineCollection.Name)]
[Trait("Category", "Machine")]
public class HostileGuestTests
{
    [Theory]
    [InlineData("ports")]
    [InlineData("msrs")]
    [InlineData("cpuid")]
    [InlineData("memory")]
    [InlineData("privileged")]
    public void A_hostile_guest_comes_through_and_the_machine_goes_off_in_order(string guest)
    {
        using EmulatedMachine machine = StartGuest(guest);

        machine.WaitForText("(d0) guest: done");
        Assert.Equal("reboot", machine.WaitForEvent("domain-stopped", ("domid", "0"))["reason"]);
        machine.WaitForPowerOff();
    }

    [Fact]
    public void Ones_to_every_port_end_the_domain_at_most()
    {
        using EmulatedMachine machine = StartGuest("ports-ones");

        Assert.Contains(machine.WaitForEvent("domain-stopped", ("domid", "0"))["reason"], new[] { "poweroff", "reboot" });
        machine.WaitForPowerOff();
    }

    [Theory]
    [InlineData("vmrun")]
    [InlineData("vmload")]
    [InlineData("vmsave")]
    [InlineData("stgi")]
    [InlineData("clgi")]
    [InlineData("skinit")]
    [InlineData("invlpga")]
    [InlineData("vmxon")]
    [InlineData("vmlaunch")]
    [InlineData("vmxoff")]
    public void A_virtualization_instruction_is_an_invalid_opcode_to_a_guest(string instruction) =>
        Assert.Contains($"(d0) guest: {instruction}=6\r\n", VirtualizationLog.Value);

    [Theory]
    [InlineData("vmmcall")]
    [InlineData("vmcall")]
    public void A_call_that_does_not_exist_is_answered_or_an_invalid_opcode(string instruction) =>
        Assert.Matches($"\\(d0\\) guest: {instruction}=(6|none)\r\n", VirtualizationLog.Value);

    [Fact]
    public void A_guest_sees_no_virtualization_of_its_own()
    {
        using EmulatedMachine machine = StartGuest("cpuid");

        machine.WaitForText("(d0) guest: svm=0 vmx=0 hypervisor=1 ");
    }

    [Fact]
    public void Exits_keep_the_guests_registers()
    {
        using EmulatedMachine machine = StartGuest("state");

        machine.WaitForText("(d0) guest: general-changes=0 sse-changes=0");
    }

    [Fact]
    public void A_domain_that_spins_with_interrupts_off_does_not_stop_another()
    {
        string domains = Lcm.Domain("spinner", 1, 64, kernelIndex: 1)
            + Lcm.Domain("dom0", 0, 256, kernelIndex: 2, ramdiskIndex: 3, permissions: 3, functions: 0xC0000004);
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            Modules =
            [
                Lcm.Compile(domains),
                new(RepositoryFiles.Guest("spin")),
                new(RepositoryFiles.LinuxImage, "console=ttyS0 quiet hl.run=poweroff"),
                new(RepositoryFiles.Initrd),
            ],
        });

        machine.WaitForText("(d1) guest: spinning");
        Assert.Equal("poweroff", machine.WaitForEvent("domain-stopped", ("domid", "0"))["reason"]);
    }

    private static readonly System.Lazy<string> VirtualizationLog = new(() =>
    {
        using EmulatedMachine machine = StartGuest("virtualization");
        machine.WaitForText("(d0) guest: done");
        machine.WaitForPowerOff();
        return machine.Log;
    });

    private static EmulatedMachine StartGuest(string name) => EmulatedMachine.Start(new MachineOptions
    {
        Modules = [Lcm.OneDomain(memoryMebibytes: 64), new(RepositoryFiles.Guest(name))],
    });
}
