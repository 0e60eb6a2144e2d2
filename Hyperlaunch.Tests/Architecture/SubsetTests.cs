using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using Hyperlaunch.Tests.Violations;
using Xunit;

namespace Hyperlaunch.Tests.Architecture;

/// <summary>The class libraries keep to the C# that IL2CPU compiles correctly.</summary>
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

    public static TheoryData<string> Libraries() => [.. House.Libraries];

    /// <summary>What is marked in the assembly that breaks the rules, with the name that a breach has.</summary>
    public static TheoryData<string, string> Marked() =>
    [
        .. from type in typeof(BreaksAttribute).Assembly.GetTypes()
           from member in type.GetMembers(All).Append<MemberInfo>(type)
           let mark = member.GetCustomAttribute<BreaksAttribute>()
           where mark is not null
           select new TheoryDataRow<string,
               string>(mark.Rule, member is System.Type ? member.Name : $"{type.Name}::{member.Name}"),
    ];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_library_keeps_to_the_subset(string library) =>
        Assert.DoesNotContain(SubsetChecker.Check(House.FileOf(library)), breach => !IsKnownToBeRight(breach));

    [Fact]
    public void What_is_known_to_be_right_is_still_there()
    {
        List<Breach> breaches = [.. House.Libraries.SelectMany(library => SubsetChecker.Check(House.FileOf(library)))];

        Assert.All(SmallDivisors, known => Assert.Contains(
            breaches, breach => breach.Member.Contains(known.Key, System.StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_library_refers_to_the_house_and_the_standard_only(string library) =>
        Assert.All(
            Assembly.Load(library).GetReferencedAssemblies(),
            reference => Assert.True(
                reference.Name == "netstandard" || House.Libraries.Contains(reference.Name), reference.Name));

    [Theory]
    [MemberData(nameof(Marked))]
    public void Finds_what_breaks_a_rule(string rule, string member) =>
        Assert.Contains(Violations, breach => breach.Rule == rule
            && breach.Member.Contains(member, System.StringComparison.Ordinal));

    [Fact]
    public void Finds_nothing_in_what_breaks_none() =>
        Assert.DoesNotContain(
            Violations, breach => breach.Member.Contains("Violations.Allowed::", System.StringComparison.Ordinal));

    [Fact]
    public void Names_method_and_instruction()
    {
        Breach breach = Assert.Single(
            Violations, breach => breach.Member.Contains("::ShiftsLong(", System.StringComparison.Ordinal));

        Assert.Equal("System.Int64 Hyperlaunch.Tests.Violations.Instructions::ShiftsLong(System.Int64)", breach.Member);
        Assert.Matches("^IL_[0-9a-f]{4}: shr$", breach.Instruction);
    }

    private static bool IsKnownToBeRight(Breach breach) => breach.Rule == "divisor of ulong"
        && SmallDivisors.Keys.Any(method => breach.Member.Contains(method, System.StringComparison.Ordinal));
}
