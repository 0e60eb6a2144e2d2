using System.Linq;
using Hyperlaunch.Domains.Plan;
using Xunit;

namespace Hyperlaunch.Tests.Domains.Plan;

public sealed class HypervisorOptionsTests
{
    [Fact]
    public void Nothing_gives_the_documented_defaults()
    {
        HypervisorOptions options = HypervisorOptions.Parse("");

        Assert.Equal(HypervisorConsole.Prefixed, options.Console);
        Assert.Equal(LogLevel.Info, options.Log);
        Assert.Null(options.End);
        Assert.False(options.PrefixByName);
        Assert.Equal(ulong.MaxValue, options.MemoryLimit);
        Assert.Equal(0u, options.ProcessorLimit);
        Assert.False(options.Measure);
        Assert.True(options.UsesThreads);
    }

    [Fact]
    public void Every_option_is_read()
    {
        HypervisorOptions options = HypervisorOptions.Parse(
            "  console=raw prefix=name log=debug  end=halt mem=1G cpus=3 dom0-memory=96M measure smt=off ");

        Assert.Equal(HypervisorConsole.Raw, options.Console);
        Assert.True(options.PrefixByName);
        Assert.Equal(LogLevel.Debug, options.Log);
        Assert.Equal(EndAction.Halt, options.End);
        Assert.Equal(1ul << 30, options.MemoryLimit);
        Assert.Equal(3u, options.ProcessorLimit);
        Assert.Equal(96ul << 10, options.Dom0MemoryKib);
        Assert.True(options.Measure);
        Assert.False(options.UsesThreads);
    }

    [Fact]
    public void The_last_of_two_wins()
        => Assert.Equal(EndAction.Reboot, HypervisorOptions.Parse("end=halt end=reboot").End);

    [Fact]
    public void A_number_without_a_unit_is_in_KiB()
        => Assert.Equal(64ul << 20, HypervisorOptions.Parse("mem=65536").MemoryLimit);

    [Theory]
    [InlineData("console", "option-value")]
    [InlineData("console=RAW", "option-value")]
    [InlineData("prefix=number", "option-value")]
    [InlineData("log=all", "option-value")]
    [InlineData("end=", "option-value")]
    [InlineData("mem=0", "option-value")]
    [InlineData("mem=1T", "option-value")]
    [InlineData("mem=17179869184G", "option-value")]
    [InlineData("cpus=0", "option-value")]
    [InlineData("cpus=4294967296", "option-value")]
    [InlineData("cpus=-1", "option-value")]
    [InlineData("dom0-memory=512B", "option-value")]
    [InlineData("measure=yes", "option-value")]
    [InlineData("smt=no", "option-value")]
    [InlineData("sync_console", "unknown-option")]
    [InlineData("consol=raw", "unknown-option")]
    [InlineData("=raw", "unknown-option")]
    [InlineData("quiet placeholder", "unknown-option")]
    public void What_is_not_understood_is_reported_and_changes_nothing(string commandLine, string rule)
    {
        FakeMachine machine = new() { CommandLine = commandLine };
        machine.Add(FakeKernel.Elf(hasNote: true));

        LaunchPlan plan = machine.Plan();

        PlanProblem[] problems = [.. plan.Problems.Where(problem => problem.Path == HypervisorOptions.CommandLinePath)];
        Assert.NotEmpty(problems);
        Assert.All(problems, problem => Assert.Equal(ProblemSeverity.Warning, problem.Severity));
        Assert.All(problems, problem => Assert.Equal(rule, problem.Rule.Name));
        Assert.Equal(0ul, plan.Hypervisor.Options.Dom0MemoryKib);
    }

    [Fact]
    public void A_placeholder_at_the_front_is_no_option()
    {
        FakeMachine machine = new() { CommandLine = "placeholder measure" };
        machine.Add(FakeKernel.Elf(hasNote: true));

        LaunchPlan plan = machine.Plan();

        Assert.Empty(plan.Problems);
        Assert.True(plan.Hypervisor.Options.Measure);
    }

    [Fact]
    public void A_memory_limit_leaves_out_what_lies_above_it()
    {
        FakeMachine machine = new() { CommandLine = "mem=512M" };
        machine.Add(FakeKernel.Elf(hasNote: true));

        // The first 2 MiB hold the first MiB, and the module lies in 16-18.
        Assert.Equal((512ul - 2 - 2) << 10, machine.Plan().Memory.AvailableKib);
    }
}
