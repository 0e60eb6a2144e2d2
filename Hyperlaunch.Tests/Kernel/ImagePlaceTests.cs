using System;
using Xunit;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>
/// The hypervisor runs wherever GRUB puts it: copies of its file ask for places that firmware's memory at 2 MiB would lead to.
/// </summary>
[Collection(MachineCollection.Name)]
[Trait("Category", "Machine")]
public class ImagePlaceTests
{
    private const uint LinkedAddress = 0x20_0000;
    private const uint PreferLow = 1;
    private const uint PreferHigh = 2;

    [Theory]
    [InlineData(BootPath.Bios, LinkedAddress, PreferHigh)]
    [InlineData(BootPath.Uefi, LinkedAddress, PreferHigh)]
    [InlineData(BootPath.Bios, 0x1234_5000u, PreferLow)]
    public void Linux_with_two_processors_runs_over_an_image_at_another_place(BootPath path, uint lowest, uint preference)
    {
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            Kernel = new KernelFile(RepositoryFiles.Kernel).WriteAskingFor(
                $"elsewhere-{path}-{preference}.elf", lowest, preference),
            BootPath = path,
            Processors = 2,
            Modules =
            [
                Lcm.Compile(Lcm.Domain("linux", 1, 256, 1, 2, virtualCpus: 2)),
                new(RepositoryFiles.LinuxImage, "console=ttyS0 quiet hl.run=poweroff"),
                new(RepositoryFiles.Initrd),
            ],
        });

        ulong place = Place(machine);
        machine.Check(
            preference == PreferHigh ? place > 0x2000_0000 : place == 0x1240_0000, $"The image lies at 0x{place:x}.");
        machine.WaitForText("hyperlaunch-guest: userspace up");
        machine.WaitForText(" cpus=2 ");
        machine.WaitForPowerOff();
        Assert.Equal("poweroff", machine.WaitForEvent("domain-stopped", ("domid", "1"))["reason"]);
        Assert.DoesNotContain(machine.Events, e => e.Name == "cpu-failed");
    }

    [Fact]
    public void Everything_works_at_another_place()
    {
        using EmulatedMachine machine = Start("selftest", processors: 2);

        string result = machine.WaitForLine("selftest passed=");
        machine.Check(result.EndsWith(" failed=0", StringComparison.Ordinal), $"{result}.");
        machine.WaitForLine("selftest virtualization=svm");
    }

    [Theory]
    [InlineData("exception", "unhandled System.InvalidOperationException: nobody catches this", "Kernel_SelfTest_Crashes.Run")]
    [InlineData("write-constant", "#PF page fault", "Kernel_SelfTest_Crashes.Run")]
    public void A_panic_there_names_its_code_and_the_place(string crash, string reason, string code)
    {
        using EmulatedMachine machine = Start($"crash={crash}", processors: 1);

        machine.WaitForLine($"panic: {reason}");
        string line = machine.WaitForLine(" cpu=0x0 image=0x");
        machine.Check(!line.EndsWith($"=0x{LinkedAddress:x}", StringComparison.Ordinal), line);
        machine.WaitForLine(" at 0x", code);
    }

    // At the highest place, which a machine of 1 GiB has above its first half.
    private static EmulatedMachine Start(string commandLine, int processors) => EmulatedMachine.Start(new MachineOptions
    {
        Kernel = new KernelFile(RepositoryFiles.SelfTestKernel).WriteAskingFor(
            "selftest-elsewhere.elf", LinkedAddress, PreferHigh),
        CommandLine = commandLine,
        BootPath = BootPath.Bios,
        Processors = processors,
        IsParallel = true,
    });

    private static ulong Place(EmulatedMachine machine)
        => Convert.ToUInt64(machine.WaitForEvent("boot")["image"], 16);
}
