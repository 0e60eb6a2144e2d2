using System;
using System.IO;
using System.Linq;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Launch;
using Hyperlaunch.Tests.Domains.Plan;
using Hyperlaunch.Tests.Hypervisor.Execution;
using Hyperlaunch.Tests.Kernel;
using Hyperlaunch.Tool.Configuration;
using Hyperlaunch.Tool.Reporting;
using Xunit;
using static Hyperlaunch.Tests.Hypervisor.Launch.LaunchTree;

namespace Hyperlaunch.Tests.Hypervisor.Launch;

/// <summary>Whom <c>hyperlaunch explain</c> names as the owner of the console is who gets it.</summary>
public sealed class ConsoleOwnerTests
{
    // Nobody runs here: one running part does for all domains.
    private static readonly Lazy<TestMachine> s_machine = new(() => new TestMachine());

    private const uint XenstoreFunction = 1 << 30;

    private static string SampleFolder => Path.Combine(RepositoryFiles.Root, "build", "samples");

    public static TheoryData<string> Samples
        => new(Directory.GetFiles(SampleFolder, "*.dts").Select(path => Path.GetFileName(path)!).Order());

    [Theory]
    [InlineData(1ul)]
    [InlineData(2021ul)]
    [InlineData(ulong.MaxValue)]
    public void Of_any_plan_the_launch_gives_the_console_to_whom_the_plan_names(ulong seed)
    {
        PlanFuzz fuzz = PlanFuzz.Start(seed);
        int owned = 0;
        for (int i = 0; i < 3000; i++)
        {
            LaunchPlan plan = fuzz.Next();

            Assert.Same(plan.ConsoleDomain, OwnerAtLaunch(plan));
            owned += plan.ConsoleDomain is null ? 0 : 1;
        }

        Assert.InRange(owned, 500, 2500);
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Of_a_sample_the_launch_gives_the_console_to_whom_the_command_names(string file)
    {
        LaunchPlan plan = LaunchConfiguration.Read(Path.Combine(SampleFolder, file), new TargetMachine()).Plan;

        DomainPlan? owner = OwnerAtLaunch(plan);

        Assert.NotNull(owner);
        Assert.Equal(owner.Name, Explained(plan));
    }

    [Theory]
    [InlineData("a boot domain with the console role, which is gone by then", "dom0", 5u, 0u, "boot", "dom0")]
    [InlineData("one with recovery among other roles", "store", XenstoreFunction | RecoveryFunction, 0u, "store", "plain")]
    [InlineData("a domain that only waits for a failure", "plain", RecoveryFunction, 0u, "waiting", "plain")]
    [InlineData("two with the console role, by the tree's order", "first", ConsoleFunction, ConsoleFunction, "second", "first")]
    [InlineData("two without a role, by their numbers", "low", 0u, 0u, "low", "high")]
    public void The_owner_is_the_first_that_runs_on(
        string situation, string expected, uint functions, uint otherFunctions, string name, string otherName)
    {
        Assert.NotEmpty(situation);
        LaunchPlan plan = Plan(Node(otherName, 2, functions: otherFunctions), Node(name, 1, functions: functions));

        Assert.Equal(2, plan.CreationOrder.Length);
        Assert.Equal(expected, OwnerAtLaunch(plan)!.Name);
        Assert.Equal(expected, Explained(plan));
    }

    [Fact]
    public void When_only_a_boot_domain_is_launched_nobody_is_named()
    {
        LaunchPlan plan = Plan(Node("boot", 1, functions: BootFunction));

        Assert.True(plan.CanLaunch);
        Assert.Null(OwnerAtLaunch(plan));
        Assert.Equal("nobody, once the launch is final", Explained(plan));
    }

    private static LaunchPlan Plan(params string[] nodes)
    {
        FakeMachine machine = new();
        machine.Add(DeviceTreeCompiler.Compile(
            "/dts-v1/; / { chosen { hypervisor { compatible = \"hypervisor,xen\"; " + string.Concat(nodes) + " }; }; };"));
        machine.Add(FakeKernel.Make("small"));
        return machine.Plan();
    }

    private static DomainPlan? OwnerAtLaunch(LaunchPlan plan)
    {
        DomainTable domains = new(plan.CreationOrder.Length);
        foreach (DomainPlan domain in plan.CreationOrder)
        {
            domains.Add(new Domain(domain, s_machine.Value.Machine, null, new DomainConsole(domain.Name), null));
        }

        return ConsoleAssignment.Owner(domains)?.Plan;
    }

    private static string Explained(LaunchPlan plan)
    {
        using StringWriter writer = new();
        Explanation.Write(new TextOutput(writer, isRedirected: true), plan);
        const string key = "console ";
        string line = writer.ToString().Split('\n').Last(line => line.StartsWith(key, StringComparison.Ordinal));
        return line[key.Length..].Trim();
    }
}
