using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using Hyperlaunch.Tests.Violations;
using Xunit;

namespace Hyperlaunch.Tests.Subset;

/// <summary>The two class libraries keep to the C# that IL2CPU compiles correctly.</summary>
public class SubsetTests
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly List<Breach> Violations = SubsetChecker.Check(typeof(BreaksAttribute).Assembly.Location);

    /// <summary>Divisors that the instructions do not show to be below 2^63, and why they are.</summary>
    private static readonly Dictionary<string, string> SmallDivisors = new()
    {
        ["LocalApic::Advance("] = "The period is a 32-bit count shifted left by at most 7.",
    };

    /// <summary>What is marked in the assembly that breaks the rules, with the name that a breach has.</summary>
    public static TheoryData<string, string> Marked() =>
    [
        .. from type in typeof(BreaksAttribute).Assembly.GetTypes()
           from member in type.GetMembers(All).Append<MemberInfo>(type)
           let mark = member.GetCustomAttribute<BreaksAttribute>()
           where mark is not null
           select new TheoryDataRow<string, string>(mark.Rule, member is System.Type ? member.Name : $"{type.Name}::{member.Name}"),
    ];

    [Fact]
    public void The_device_tree_library_keeps_to_the_subset() =>
        Assert.Empty(SubsetChecker.Check(typeof(Hyperlaunch.Dtb.DeviceTree).Assembly.Location));

    [Fact]
    public void The_domains_library_keeps_to_the_subset()
    {
        List<Breach> breaches = SubsetChecker.Check(Assembly.Load("Hyperlaunch.Domains").Location);

        Assert.DoesNotContain(breaches, breach => !IsKnownToBeRight(breach));
        Assert.All(SmallDivisors, known => Assert.Contains(breaches, breach => breach.Member.Contains(known.Key, System.StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("Hyperlaunch.Dtb", "netstandard")]
    [InlineData("Hyperlaunch.Domains", "Hyperlaunch.Dtb netstandard")]
    public void The_libraries_refer_to_nothing_else(string library, string references) =>
        Assert.Equal(references, string.Join(' ', Assembly.Load(library).GetReferencedAssemblies().Select(name => name.Name).Order()));

    [Theory]
    [MemberData(nameof(Marked))]
    public void Finds_what_breaks_a_rule(string rule, string member) =>
        Assert.Contains(Violations, breach => breach.Rule == rule && breach.Member.Contains(member, System.StringComparison.Ordinal));

    [Fact]
    public void Finds_nothing_in_what_breaks_none() =>
        Assert.DoesNotContain(Violations, breach => breach.Member.Contains("Violations.Allowed::", System.StringComparison.Ordinal));

    [Fact]
    public void Names_method_and_instruction()
    {
        Breach breach = Assert.Single(Violations, breach => breach.Member.Contains("::ShiftsLong(", System.StringComparison.Ordinal));

        Assert.Equal("System.Int64 Hyperlaunch.Tests.Violations.Instructions::ShiftsLong(System.Int64)", breach.Member);
        Assert.Matches("^IL_[0-9a-f]{4}: shr$", breach.Instruction);
    }

    private static bool IsKnownToBeRight(Breach breach) => breach.Rule == "divisor of ulong"
        && SmallDivisors.Keys.Any(method => breach.Member.Contains(method, System.StringComparison.Ordinal));
}
