using System;
using Xunit;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>Interrupts of guests arrive as often as they are sent.</summary>
[Collection(MachineCollection.Name)]
[Trait("Category", "Machine")]
public class InterruptDeliveryTests
{
    // With counted instructions QEMU leaves its execution loop often, which is when it would deliver an interrupt a second time.
    [Fact]
    public void An_interrupt_is_delivered_once_and_never_into_its_own_handler()
    {
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            Modules = [Lcm.OneDomain(memoryMebibytes: 8), new(RepositoryFiles.Guest("interrupt-once"))],
            IsDeterministic = true,
        });

        machine.WaitForPowerOff();
        Assert.Contains("(d0) guest: delivered=50 nested=0\r\n", machine.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interrupt_that_CR8_held_back_is_there_when_it_is_lowered()
    {
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            Modules = [Lcm.OneDomain(memoryMebibytes: 8), new(RepositoryFiles.Guest("task-priority"))],
        });

        machine.WaitForPowerOff();
        Assert.Contains("(d0) guest: early=0 present=50\r\n", machine.Log, StringComparison.Ordinal);
    }
}
