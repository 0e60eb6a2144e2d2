using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Tests.Domains.Plan;
using Hyperlaunch.Tests.Kernel;
using Hyperlaunch.Tool.Writing;
using Xunit;

namespace Hyperlaunch.Tests.Tool;

/// <summary>A configuration written in another dialect means the same, or it is said what was lost.</summary>
public sealed class ConvertTests
{
    public static TheoryData<string, string> SamplesAndDialects
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach (string sample in Directory.GetFiles(Path.Combine(RepositoryFiles.Root, "build", "samples"), "*.dts").Order())
            {
                foreach (LaunchDialect dialect in LaunchDialectNames.All)
                {
                    data.Add(Path.GetFileName(sample), LaunchDialectNames.Name(dialect));
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(SamplesAndDialects))]
    public void What_is_written_is_read_as_the_same_or_remarked(string sample, string dialectName)
    {
        LaunchPlan plan = Read(File.ReadAllText(Path.Combine(RepositoryFiles.Root, "build", "samples", sample)));
        LaunchDialect dialect = LaunchDialectNames.All.First(candidate => LaunchDialectNames.Name(candidate) == dialectName);
        PlanWriter writer = new(plan, dialect, "x");

        LaunchPlan written = Read(writer.Write());

        if (writer.Remarks.Count == 0)
        {
            Assert.Equal(dialect, written.Dialect);
            Assert.Equal(plan.Domains.Select(Describe), written.Domains.Select(Describe));
        }
        else
        {
            Assert.NotEqual(plan.Domains.Select(
                Describe).Append(dialectName), written.Domains.Select(Describe).Append(LaunchDialectNames.Name(written.Dialect)));
        }
    }

    [Theory]
    [InlineData("2021", "2022")]
    [InlineData("2022", "2021")]
    public void The_dialects_with_functions_express_every_role(string from, string to)
    {
        foreach (string sample in Directory.GetFiles(Path.Combine(RepositoryFiles.Root, "build", "samples"), "*.dts"))
        {
            LaunchPlan first = Read(Convert(Read(File.ReadAllText(sample)), from));
            PlanWriter writer = new(first, LaunchDialectNames.All.First(dialect => LaunchDialectNames.Name(dialect) == to));
            writer.Write();
            Assert.Empty(writer.Remarks);
        }
    }

    [Theory]
    [InlineData("2023")]
    [InlineData("2025")]
    [InlineData("dom0less")]
    public void A_role_without_a_word_is_remarked(string dialectName)
    {
        LaunchPlan plan = Read(File.ReadAllText(Path.Combine(RepositoryFiles.Root, "build", "samples", "dynamic-full.dts")));
        PlanWriter writer = new(plan, LaunchDialectNames.All.First(dialect => LaunchDialectNames.Name(dialect) == dialectName));

        writer.Write();

        Assert.Contains(writer.Remarks, remark => remark.StartsWith("boot: ", StringComparison.Ordinal));
        Assert.Contains(writer.Remarks, remark => remark.StartsWith("recovery: ", StringComparison.Ordinal));
    }

    [Fact]
    public void Minimum_and_maximum_survive_where_there_are_words_for_them()
    {
        LaunchPlan plan = Read(Convert(ReadVector("2025-memory-min-max"), "2022"));

        Assert.Equal((65536ul, 131072ul, 262144ul),
            (plan.Domains[0].MinimumMemoryKib, plan.Domains[0].MemoryKib, plan.Domains[0].MaximumMemoryKib));
    }

    [Fact]
    public void A_module_by_address_stays_where_it_is()
    {
        LaunchPlan plan = Read(Convert(ReadVector("dom0less-ramdisk-and-tree"), "2021"));

        Assert.Equal(0x5000000ul, plan.Domains[0].Ramdisk?.Range.Start);
        Assert.Equal(LaunchDialect.Year2021, plan.Dialect);
    }

    private static LaunchPlan ReadVector(string name)
        => Read(File.ReadAllText(
            Path.Combine(RepositoryFiles.Root, "Hyperlaunch.Tests", "Domains", "Plan", "Vectors", name + ".dts")));

    private static string Convert(LaunchPlan plan, string dialectName)
        => new PlanWriter(plan, LaunchDialectNames.All.First(dialect => LaunchDialectNames.Name(dialect) == dialectName)).Write();

    private static LaunchPlan Read(string source)
    {
        FakeMachine machine = new() { OnlyTree = true, KnowsMemory = false };
        machine.Add(DeviceTreeCompiler.Compile(source));
        return machine.Plan();
    }

    private static string Describe(DomainPlan domain) => string.Join(
        ' ',
        (IEnumerable<object?>)
        [
            domain.Name, domain.Id.Value, domain.Roles, domain.IsLegacyDom0, domain.RequestedMode, domain.VirtualCpus,
                domain.MemoryKib,
            domain.MinimumMemoryKib, domain.MaximumMemoryKib, System.Convert.ToHexString(domain.Uuid), domain.SecurityId,
                domain.CommandLine,
            domain.Kernel?.Index, domain.Ramdisk?.Index, domain.DeviceTree?.Index, domain.Configuration?.Index,
            domain.BootTimeoutMilliseconds, domain.RetainModules, domain.IsDirectMapped, domain.OnCrash, domain.Interface,
        ]);
}
