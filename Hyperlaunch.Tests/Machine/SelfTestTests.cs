using Hyperlaunch.Domains.Plan;
using Xunit;

namespace Hyperlaunch.Tests.Machine;

/// <summary>The kernel tests the language it is written in where it runs.</summary>
[Collection(MachineCollection.Name)]
[Trait("Category", "Machine")]
public class SelfTestTests
{
    [Fact]
    public void Every_language_feature_works_on_bare_metal()
    {
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions { CommandLine = "selftest" });

        string plans = machine.WaitForLine("selftest plans=");
        string digest = $"digest=0x{PlanFuzz.Run(PlanFuzz.SelfTestSeed, PlanFuzz.SelfTestCases):x}";
        machine.Check(plans.EndsWith(digest, System.StringComparison.Ordinal), $"On this host the launch plans give {digest}; {plans}.");
        string result = machine.WaitForLine("selftest passed=");
        machine.Check(result.EndsWith(" failed=0", System.StringComparison.Ordinal), $"{result}.");
    }
}
