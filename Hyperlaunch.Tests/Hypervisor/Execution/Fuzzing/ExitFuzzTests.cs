using System;
using System.Diagnostics;
using System.Globalization;
using System.Threading;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Execution.Fuzzing;

/// <summary>
/// Whatever a guest's processors exit for, in whatever state: no exception, no hang, no access beside the domain's memory, no
/// gate left held, and the same again. The case that fails is named by seed and number. <c>build/fuzz.sh --exits</c> sets the
/// variables below.
/// </summary>
public sealed class ExitFuzzTests(ITestOutputHelper output)
{
    private const ulong FixedSeed = 0x20261201;
    private const long CasesOfAMinute = 1_000_000;

    [Fact]
    public void Survives_some_thousand_cases() => Run(FixedSeed, 0, 10_000, TimeSpan.MaxValue);

    [Fact]
    [Trait("Category", "Slow")]
    public void Survives_cases_for_as_long_as_asked()
    {
        long seconds = Asked("HYPERLAUNCH_FUZZ_SECONDS", 0);
        Run(
            (ulong)Asked("HYPERLAUNCH_FUZZ_SEED", (long)FixedSeed),
            Asked("HYPERLAUNCH_FUZZ_FIRST", 0),
            Asked("HYPERLAUNCH_FUZZ_CASES", seconds == 0 ? CasesOfAMinute : long.MaxValue),
            seconds == 0 ? TimeSpan.MaxValue : TimeSpan.FromSeconds(seconds));
    }

    [Fact]
    public void A_case_is_the_same_whatever_came_before_it()
    {
        using ExitFuzz first = new();
        using ExitFuzz second = new();
        for (long number = 0; number < 2_000; number++)
        {
            ulong digest = first.Run(FixedSeed, number);
            if (number % 7 == 0)
            {
                Assert.True(digest == second.Run(FixedSeed, number), $"Seed {FixedSeed}, case {number} differs.");
            }
        }
    }

    private static long Asked(string variable, long otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value
            ? long.Parse(value, CultureInfo.InvariantCulture) : otherwise;

    private void Run(ulong seed, long first, long cases, TimeSpan time)
    {
        const int BetweenLooks = 4096;
        using ExitFuzz fuzz = new();
        using Timer watch = fuzz.WatchForHangs();
        Stopwatch clock = Stopwatch.StartNew();
        long number = first;
        for (; number - first < cases && clock.Elapsed < time; number++)
        {
            ulong digest = fuzz.Run(seed, number);
            if (number % BetweenLooks == 0)
            {
                ulong again = fuzz.Run(seed, number);
                Assert.True(digest == again, $"Seed {seed}, case {number}: it ends in another way the second time.");
                fuzz.AssertUntouched();
            }
        }

        fuzz.AssertUntouched();
        double seconds = clock.Elapsed.TotalSeconds;
        output.WriteLine($"{number - first} cases from {first} of seed {seed}, {fuzz.Exits} exits in {seconds:f1} s: "
            + $"{fuzz.Exits / seconds:f0} a second");
    }
}
