using System;
using System.Globalization;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Xen;

public sealed class HypercallFuzzTests
{
    private const int StepsOfSeed = 20_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Random_hypercalls_break_nothing(int seed)
    {
        using HypercallFuzz fuzz = new(seed);
        fuzz.Run(StepsOfSeed);
        Assert.True(fuzz.StepsWithMappings > 0, "No page was ever mapped.");
    }

    [Fact]
    [Trait("Category", "Soak")]
    public void Random_hypercalls_break_nothing_for_as_long_as_asked()
    {
        int first = Asked("HYPERLAUNCH_FUZZ_SEED", 100);
        int seeds = Asked("HYPERLAUNCH_FUZZ_CASES", 10_000_000) / StepsOfSeed;
        for (int seed = first; seed < first + seeds; seed++)
        {
            using HypercallFuzz fuzz = new(seed);
            fuzz.Run(StepsOfSeed);
        }
    }

    private static int Asked(string name, int otherwise)
        => Environment.GetEnvironmentVariable(name) is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : otherwise;
}
