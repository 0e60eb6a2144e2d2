using System;
using Hyperlaunch.Tests.Domains.Plan;
using Xunit;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>
/// The kernel tests where it runs the language it is written in, the machine's time and interrupts, and small guests: every exit,
/// events, all state kept, preemption; with a second CPU also kicks, moves between CPUs and guests on two at once.
/// </summary>
[Collection(MachineCollection.Name)]
[Trait("Category", "Machine")]
public class SelfTestTests
{
    // The last one has no XSAVE, so that FXSAVE switches the state.
    [Theory]
    [InlineData(null, 1, true)]
    [InlineData(null, 2, true)]
    [InlineData("max", 2, true)]
    [InlineData("qemu64,+svm,+npt", 1, false)]
    public void Everything_works_on_bare_metal(string? processor, int processors, bool hasExtendedState)
    {
        using EmulatedMachine machine = EmulatedMachine.Start(
            new MachineOptions
            {
                Kernel = RepositoryFiles.SelfTestKernel,
                CommandLine = "selftest",
                Processor
                = processor,
                Processors = processors,
                IsParallel = true
            });

        string plans = machine.WaitForLine("selftest plans=");
        string digest = $"digest=0x{PlanFuzz.Run(PlanFuzz.SelfTestSeed, PlanFuzz.SelfTestCases):x}";
        machine.Check(plans.EndsWith(digest, StringComparison.Ordinal), $"On this host the launch plans give {digest}; {plans}.");
        string result = machine.WaitForLine("selftest passed=");
        machine.Check(result.EndsWith(" failed=0", StringComparison.Ordinal), $"{result}.");
        machine.WaitForLine("selftest virtualization=svm");
        if (hasExtendedState)
        {
            OutcomeTable.Check(machine, "instructions", "matrix", "qemu", "svm");
            OutcomeTable.Check(machine, "states", "state", "qemu", "svm");
        }
    }
}
