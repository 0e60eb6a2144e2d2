using System;
using Xunit;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>A stock Linux kernel that finds Xen's interface: its clock, its timers and its event channels.</summary>
[Collection(MachineCollection.Name)]
[Trait("Category", "Machine")]
public class XenInterfaceTests
{
    [Theory]
    [InlineData(false, 2, "linux64", "Booting paravirtualized kernel on Xen PVH")]
    [InlineData(true, 2, "pvh", "Booting kernel on Xen PVH")]
    public void Linux_runs_by_Xens_clock_and_upcalls(bool isElf, int processors, string mode, string greeting)
    {
        using EmulatedMachine machine = Start("xen", isElf, processors,
            "hl.script=cat+/proc/interrupts hl.run=poweroff");

        machine.WaitForPowerOff();
        string text = machine.TextOf(1);
        Assert.Equal(mode, machine.WaitForEvent("domain-created")["mode"]);
        Assert.Contains("Hypervisor detected: Xen HVM", text, StringComparison.Ordinal);
        Assert.Contains(greeting, text, StringComparison.Ordinal);
        Assert.Contains("Xen HVM callback vector for event delivery is enabled", text, StringComparison.Ordinal);
        Assert.Contains($"installing Xen timer for CPU {processors - 1}", text, StringComparison.Ordinal);
        Assert.Contains("Switched to clocksource xen", text, StringComparison.Ordinal);
        Assert.Contains("Hypervisor callback interrupts", text, StringComparison.Ordinal);
        Assert.Equal("poweroff", machine.WaitForEvent("domain-stopped", ("domid", "1"))["reason"]);
        Assert.Equal("0", machine.WaitForEvent("exits", ("domid", "1"))["allocations"]);
    }

    [Theory]
    [InlineData("hl.run=reboot", "reboot")]
    [InlineData("panic=-1 hl.run=panic", "crash")]
    public void Its_end_is_told_by_the_reason_that_it_gives(string words, string reason)
    {
        using EmulatedMachine machine = Start("xen", false, 1, words);
        Assert.Equal(reason, machine.WaitForEvent("domain-stopped", ("domid", "1"))["reason"]);
        machine.WaitForPowerOff();
    }

    [Theory]
    [InlineData("kvm", true)]
    [InlineData("none", false)]
    public void A_domain_that_asks_for_another_interface_gets_that(string name, bool isKvm)
    {
        using EmulatedMachine machine = Start(name, false, 1, "hl.run=poweroff");
        machine.WaitForPowerOff();
        string text = machine.TextOf(1);
        Assert.DoesNotContain("Hypervisor detected: Xen", text, StringComparison.Ordinal);
        Assert.Equal(isKvm, text.Contains("Hypervisor detected: KVM", StringComparison.Ordinal));
    }

    private static EmulatedMachine Start(string name, bool isElf, int processors, string words) => EmulatedMachine.Start(new()
    {
        Modules =
        [
            Lcm.Compile(Lcm.Domain(
                "linux", 1, 128, 1, 2, virtualCpus: processors, more: $"hyperlaunch,interface = \"{name}\";")),
            new(isElf ? RepositoryFiles.LinuxElf : RepositoryFiles.LinuxImage, $"console=ttyS0 {words}"),
            new(RepositoryFiles.Initrd),
        ],
        Processors = processors,
        Limit = TimeSpan.FromMinutes(3),
    });
}
