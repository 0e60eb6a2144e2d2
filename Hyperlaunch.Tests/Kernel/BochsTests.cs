using System;
using System.Linq;
using Hyperlaunch.Tool.Writing;
using Xunit;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>
/// The small tests of the machine in Bochs, which checks each entry as a processor does: AMD's extension a second time, and
/// Intel's.
/// </summary>
[Collection(MachineCollection.Name)]
[Trait("Category", "Machine")]
[Trait("Emulator", "Bochs")]
public class BochsTests
{
    // What Bochs 2.7 does not emulate as AMD's manual says, each seen to fail or to end Bochs.
    private static readonly string[] AmdFaults =
    [
        "guest-debug-cause:Bochs-exits-before-it-notes-the-cause-in-DR6",
        "guest-preemption-masked:Bochs-loses-the-interrupt-exit-of-a-guest-with-interrupts-off",
        "guest-two-spinners:Bochs-loses-the-interrupt-exit-of-a-guest-with-interrupts-off",
        "guest-triple-fault:Bochs-panics-in-place-of-the-shutdown-exit",
    ];

    [Theory]
    [InlineData(BochsPc.Amd, 1)]
    [InlineData(BochsPc.Amd, 2)]
    [InlineData(BochsPc.Intel, 1)]
    [InlineData(BochsPc.Intel, 2)]
    public void Everything_works_on_bare_metal(string processor, int processors)
    {
        (string extension, string[] faults) = processor == BochsPc.Amd ? ("svm", AmdFaults) : ("vmx", []);
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            Emulator = Emulator.Bochs,
            Processor = processor,
            Processors = processors,
            MemoryMebibytes = 256,
            Kernel = RepositoryFiles.SelfTestKernel,
            CommandLine = string.Join(' ', faults.Select(fault => "selftest-skip=" + fault).Prepend("selftest")),
            Limit = TimeSpan.FromMinutes(2),
        });

        string result = machine.WaitForLine("selftest passed=");
        machine.Check(result.EndsWith($" skipped={faults.Length} failed=0", StringComparison.Ordinal), $"{result}.");
        machine.WaitForLine("selftest virtualization=" + extension);
        OutcomeTable.Check(machine, "instructions", "matrix", "bochs", extension);
        OutcomeTable.Check(machine, "states", "state", "bochs", extension);
    }
}
