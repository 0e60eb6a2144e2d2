using System;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text.RegularExpressions;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Tests.Domains.Plan;
using Hyperlaunch.Tests.Kernel;
using Hyperlaunch.Tool.Configuration;
using Xunit;

namespace Hyperlaunch.Tests.Tool;

/// <summary>docs/configuration.md: its examples are what it says, and nothing of the language is left out.</summary>
public sealed partial class DocumentationTests : IDisposable
{
    private static readonly string s_text = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "docs", "configuration.md"));

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<int> Examples => new(Enumerable.Range(0, Example().Count(s_text)));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Examples))]
    public void An_example_compiles_and_has_the_problems_that_it_says(int index)
    {
        Match example = Example().Matches(s_text)[index];

        LaunchConfiguration configuration = LaunchConfiguration.Read(
            _folder.Write("example.dts", example.Groups["source"].Value), new TargetMachine());

        string[] expected = example.Groups["problems"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(configuration.IsRead);
        // What dtc warns of (a unit address without reg, say) is not the language's matter; its errors are.
        Assert.Equal(
            expected.Order(),
            configuration.Findings.Where(finding => finding.Rule != Finding.SourceRule).Select(finding => finding.Rule).Order());
        Assert.True(configuration.Plan.CanLaunch);
    }

    [Fact]
    public void Each_dialect_has_a_section_with_an_example_in_it()
    {
        foreach (LaunchDialect dialect in LaunchDialectNames.All)
        {
            string name = LaunchDialectNames.Name(dialect);
            int start = s_text.IndexOf($"### {name}:", StringComparison.Ordinal);
            Match example = Example().Match(s_text, start);
            FakeMachine machine = new() { OnlyTree = true, KnowsMemory = false };
            machine.Add(DeviceTreeCompiler.Compile(example.Groups["source"].Value));

            Assert.Equal(name, LaunchDialectNames.Name(machine.Plan().Dialect));
        }
    }

    [Fact]
    public void Every_property_is_described()
    {
        foreach (string name in PropertyNames.Domain.Concat(PropertyNames.Module).Concat(PropertyNames.Config))
        {
            Assert.Matches($@"\|[^|]*`{Regex.Escape(name)}`[^|]*\|", s_text);
        }
    }

    [Fact]
    public void Every_option_is_described()
    {
        foreach (string name in HypervisorOptions.Names)
        {
            Assert.Matches($@"\n\| `{Regex.Escape(name)}[`=]", s_text);
        }
    }

    [Fact]
    public void Every_rule_is_described()
    {
        foreach (FieldInfo rule in typeof(ProblemRule).GetFields())
        {
            Assert.Contains($"| `{((ProblemRule)rule.GetValue(null)!).Name}` |", s_text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Its_limits_are_the_plans()
    {
        Assert.Contains($"1 to {DomainPlan.MaximumVirtualCpus} |", s_text, StringComparison.Ordinal);
        Assert.Contains($"most {LaunchPlan.MaximumDomains} domains", s_text, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"(?:<!-- problems: (?<problems>[^>]*) -->\n)?```dts\n(?<source>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();
}
