using System;
using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>More memory than lies below 4 GiB, in a domain and in the machine.</summary>
[Collection(MachineCollection.Name)]
[Trait("Category", "Machine")]
public partial class LargeMemoryTests
{
    [Fact]
    public void Linux_has_its_memory_on_both_sides_of_the_hole_for_devices()
    {
        const int mebibytes = 5120;
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            Modules =
            [
                Lcm.Compile(Lcm.Domain("large", 1, mebibytes, 1, 2)),
                new(RepositoryFiles.LinuxImage, "console=ttyS0 quiet hl.run=poweroff"),
                new(RepositoryFiles.Initrd),
            ],
            MemoryMebibytes = 7168,
        });

        machine.WaitForPowerOff();
        int kibibytes = int.Parse(MemoryOfLinux().Match(machine.Log).Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.InRange(kibibytes >> 10, mebibytes * 95 / 100, mebibytes);
    }

    [Fact]
    public void Memory_that_the_hypervisor_cannot_map_is_named_and_not_used()
    {
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            Modules = [Lcm.Compile(Lcm.Domain("small", 1, 64, 1)), new(RepositoryFiles.Guest("hello"))],
            MemoryMebibytes = 80 << 10,
            Processor = "EPYC,+svm,+npt,-pdpe1gb",
        });

        machine.WaitForLine("Memory above", "GiB is not used");
        machine.WaitForPowerOff();
        Assert.Contains("(d1) guest: done\r\n", machine.Log, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"memory-kib=(\d+)")]
    private static partial Regex MemoryOfLinux();
}
