using System;
using System.Linq;
using System.Reflection;
using Hyperlaunch.Domains.Plan;
using Xunit;

namespace Hyperlaunch.Tests.Domains.Plan;

public sealed class ProblemRuleTests
{
    private static ProblemRule[] All => [.. typeof(ProblemRule).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(rule => (ProblemRule)rule.GetValue(null)!)];

    [Fact]
    public void Says_what_to_do_in_a_sentence()
        => Assert.All(All, rule => Assert.EndsWith(".", rule.ActionFor("Something."), StringComparison.Ordinal));

    [Fact]
    public void Puts_what_varies_in_its_place()
    {
        Assert.Equal("It is called \"a-2\"; rename its node.", ProblemRule.DuplicateName.ActionFor("\"a-2\""));
        Assert.Equal("Correct the size.", ProblemRule.ModuleEmpty.ActionFor(""));
    }

    [Fact]
    public void Two_of_one_name_differ_in_what_they_stop_or_in_what_to_do()
        => Assert.Equal(All.Length, All.Select(rule => (rule.Name, rule.Severity, rule.ActionFor("{}"))).Distinct().Count());

    [Fact]
    public void What_would_stop_a_domain_is_a_warning_on_a_node_of_the_hypervisors_own()
    {
        FakeMachine machine = new();
        machine.Add(DeviceTreeCompiler.Compile("""
            /dts-v1/;
            / { chosen { hypervisor {
                compatible = "hypervisor,xen";
                config { compatible = "xen,config"; m { compatible = "module,microcode"; mb-index = <9>; }; };
                a { compatible = "xen,domain"; memory = <0 0x10000>; k { compatible = "module,kernel"; mb-index = <9>; }; };
            }; }; };
            """));

        PlanProblem[] beyond = [.. machine.Plan().Problems.Where(
            problem => ReferenceEquals(problem.Rule, ProblemRule.ModuleIndexBeyondLast))];

        Assert.Equal(
            [("/chosen/hypervisor/config/m", ProblemSeverity.Warning), ("/chosen/hypervisor/a/k", ProblemSeverity.DomainError)],
            beyond.Select(problem => (problem.Path, problem.Severity)));
    }
}
