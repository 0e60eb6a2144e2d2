using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Modules.Boot;
using Xunit;

namespace Hyperlaunch.Tests.Domains.Plan;

public sealed class ClassicBootTests
{
    private const string NoDomains = "/dts-v1/; / { chosen { bootargs = \"quiet\"; }; };";

    private readonly FakeMachine _machine = new();

    [Fact]
    public void The_first_module_is_the_kernel_and_the_second_the_ramdisk()
    {
        _machine.Add(FakeKernel.Elf(hasNote: true), "console=ttyS0");
        _machine.Add(new byte[50]);

        LaunchPlan plan = _machine.Plan();

        DomainPlan domain = Assert.Single(plan.CreationOrder);
        Assert.Equal(LaunchDialect.Classic, plan.Dialect);
        Assert.Equal(0u, domain.Id.Value);
        Assert.Equal(0, domain.Kernel?.Index);
        Assert.Equal(1, domain.Ramdisk?.Index);
        Assert.Equal("console=ttyS0", domain.CommandLine);
        Assert.True(domain.Has(DomainRoles.Control | DomainRoles.Hardware | DomainRoles.Console));
    }

    [Fact]
    public void Dom0_gets_all_memory_that_is_left()
    {
        _machine.Add(FakeKernel.Elf(hasNote: true));

        LaunchPlan plan = _machine.Plan();

        Assert.InRange(plan.Domains[0].MemoryKib, 1900ul << 10, 2048ul << 10);
        Assert.True(plan.Memory.Fits);
        Assert.Empty(plan.Problems);
    }

    [Fact]
    public void Dom0_gets_the_memory_that_the_command_line_says()
    {
        _machine.Add(FakeKernel.Elf(hasNote: true));
        _machine.CommandLine = "dom0-memory=512M";

        Assert.Equal(512ul << 10, _machine.Plan().Domains[0].MemoryKib);
    }

    [Fact]
    public void A_tree_without_domains_is_passed_over_and_said_so()
    {
        _machine.Add(DeviceTreeCompiler.Compile(NoDomains));
        _machine.Add(FakeKernel.Elf(hasNote: true));
        _machine.Add(new byte[50]);

        LaunchPlan plan = _machine.Plan();

        Assert.Equal(1, plan.Domains[0].Kernel?.Index);
        Assert.Equal(2, plan.Domains[0].Ramdisk?.Index);
        Assert.Same(ProblemRule.NotLaunchControl, Assert.Single(plan.Problems).Rule);
    }

    [Fact]
    public void A_tree_without_domains_alone_stops_the_launch()
    {
        _machine.Add(DeviceTreeCompiler.Compile(NoDomains));

        LaunchPlan plan = _machine.Plan();

        Assert.False(plan.CanLaunch);
        Assert.Contains(plan.Problems, problem => problem.Rule == ProblemRule.NoModules);
    }

    [Fact]
    public void No_module_at_all_stops_the_launch()
    {
        LaunchPlan plan = _machine.Plan();

        Assert.False(plan.CanLaunch);
        Assert.Equal(ProblemSeverity.LaunchError, Assert.Single(plan.Problems).Severity);
    }

    [Fact]
    public void A_truncated_tree_stops_the_launch_and_says_what_is_wrong()
    {
        byte[] blob = DeviceTreeCompiler.Compile(NoDomains);
        _machine.Add(blob[..^4]);
        _machine.Add(FakeKernel.Elf(hasNote: true));

        LaunchPlan plan = _machine.Plan();

        Assert.False(plan.CanLaunch);
        PlanProblem problem = Assert.Single(plan.Problems, p => p.Severity == ProblemSeverity.LaunchError);
        Assert.Same(ProblemRule.TreeUnreadable, problem.Rule);
        Assert.Equal(
            "/: found at offset 0x4 that the total size in the header exceeds the buffer, expected a flattened device tree. "
            + "Compile the configuration again, and load it uncompressed and whole.",
            problem.Describe());
    }

    [Fact]
    public void A_tree_with_a_bad_magic_is_taken_for_a_kernel()
    {
        byte[] blob = DeviceTreeCompiler.Compile(NoDomains);
        blob[0] ^= 1;
        _machine.Add(blob);

        Assert.Equal(LaunchDialect.Classic, _machine.Plan().Dialect);
    }

    [Fact]
    public void A_module_beyond_the_second_is_named_as_unused()
    {
        _machine.Add(FakeKernel.Elf(hasNote: true));
        _machine.Add(FakeKernel.Elf(hasNote: true));
        _machine.Add(FakeKernel.Elf(hasNote: true));

        PlanProblem problem = Assert.Single(_machine.Plan().Problems);
        Assert.Equal("modules/2", problem.Path);
        Assert.Same(ProblemRule.ModuleUnused, problem.Rule);
    }

    [Fact]
    public void Reading_twice_gives_the_same_owners()
    {
        BootModule kernel = _machine.Add(FakeKernel.Elf(hasNote: true));

        LaunchPlan first = _machine.Plan();
        LaunchPlan second = _machine.Plan();

        Assert.Equal(1, first.UseOf(kernel).Owners);
        Assert.Equal(1, second.UseOf(kernel).Owners);
    }

    [Fact]
    public void Modules_and_reserved_memory_are_not_available()
    {
        _machine.Add(FakeKernel.Elf(hasNote: true));
        _machine.Reserved.Add(MemoryRange.FromLength(FakeMachine.MiB, 10 * FakeMachine.MiB));

        // Of 2048 MiB, 0-12 go to the first MiB, the reserved range and the alignment after it, 16-18 to the module.
        Assert.Equal((2048ul - 12 - 2) << 10, _machine.Plan().Memory.AvailableKib);
    }
}
