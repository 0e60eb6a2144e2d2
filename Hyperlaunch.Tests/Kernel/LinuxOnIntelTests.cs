using System;
using System.Linq;
using Hyperlaunch.Tool.Writing;
using Xunit;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>Debian's kernel under Intel's extension, which only Bochs emulates: half a minute a boot.</summary>
[Collection(MachineCollection.Name)]
[Trait("Category", "Machine")]
[Trait("Emulator", "Bochs")]
public class LinuxOnIntelTests
{
    [Fact]
    public void Linux_reaches_userspace_and_powers_off() => BootLinux(1, hasPvhEntry: false);

    [Fact]
    [Trait("Category", "Soak")]
    public void Linux_reaches_userspace_from_its_PVH_entry() => BootLinux(1, hasPvhEntry: true);

    [Fact]
    [Trait("Category", "Soak")]
    public void Two_Linux_domains_on_one_CPU_reach_userspace_and_power_off() => BootLinux(2, hasPvhEntry: false);

    [Fact]
    [Trait("Category", "Soak")]
    public void Two_Linux_domains_on_two_CPUs_reach_userspace_and_power_off() => BootLinux(2, hasPvhEntry: true, processors: 2);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [Trait("Category", "Soak")]
    public void Linux_with_two_processors_reaches_userspace_and_powers_off(int processors)
        => BootLinux(1, hasPvhEntry: false, processors, virtualCpus: 2);

    private static void BootLinux(int count, bool hasPvhEntry, int processors = 1, int virtualCpus = 1)
    {
        string domains = string.Concat(
            Enumerable.Range(1, count).Select(id => Lcm.Domain($"linux{id}", id, 128, 1, 2, virtualCpus: virtualCpus)));
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            Emulator = Emulator.Bochs,
            Processor = BochsPc.Intel,
            Processors = processors,
            Modules =
            [
                Lcm.Compile(domains),
                new(hasPvhEntry ? RepositoryFiles.LinuxElf : RepositoryFiles.LinuxImage, "console=ttyS0 quiet hl.run=poweroff"),
                new(RepositoryFiles.Initrd),
            ],
            MemoryMebibytes = 768,
            Limit = TimeSpan.FromMinutes(4 * count * processors),
        });

        machine.WaitForEvent("virtualization", ("extension", "vmx"));
        machine.WaitForPowerOff();
        for (int id = 1; id <= count; id++)
        {
            Assert.Contains($"(d{id}) hyperlaunch-guest: userspace up", machine.Log, StringComparison.Ordinal);
            Assert.Contains($" cpus={virtualCpus} ", machine.Log, StringComparison.Ordinal);
            Assert.Equal("poweroff", machine.WaitForEvent("domain-stopped", ("domid", $"{id}"))["reason"]);
            Assert.Equal("0", machine.WaitForEvent("exits", ("domid", $"{id}"))["allocations"]);
        }
    }
}
