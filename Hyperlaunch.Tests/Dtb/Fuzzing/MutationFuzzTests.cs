using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using Hyperlaunch.Dtb;
using Hyperlaunch.Tests.Dtb.Checking;
using Xunit;

namespace Hyperlaunch.Tests.Dtb.Fuzzing;

/// <summary>
/// Trees damaged at random, each against an unmapped page, opened, checked and read in every way, and judged against
/// libfdt. The case that fails is named by seed and number. <c>build/fuzz.sh</c> sets the variables below.
/// </summary>
public sealed class MutationFuzzTests(ITestOutputHelper output) : IDisposable
{
    private const ulong FixedSeed = 0x20261122;

    private readonly GuardedMemory memory = new(Mutator.LargestBlob);

    public void Dispose() => memory.Dispose();

    [Fact]
    public void Survives_a_few_thousand_damaged_trees() => Run(FixedSeed, 0, 30_000, TimeSpan.MaxValue);

    [Fact]
    [Trait("Category", "Slow")]
    public void Survives_damaged_trees_for_as_long_as_asked() => Run(
        (ulong)Asked("HYPERLAUNCH_FUZZ_SEED", (long)FixedSeed),
        Asked("HYPERLAUNCH_FUZZ_FIRST", 0),
        Asked("HYPERLAUNCH_FUZZ_CASES", long.MaxValue),
        TimeSpan.FromSeconds(Asked("HYPERLAUNCH_FUZZ_SECONDS", 60)));

    private static long Asked(string variable, long otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value
            ? long.Parse(value, CultureInfo.InvariantCulture) : otherwise;

    private void Run(ulong seed, long first, long cases, TimeSpan time)
    {
        Mutator mutator = new(seed);
        byte[] buffer = new byte[Mutator.LargestBlob];
        Dictionary<DtbErrorKind, long> verdicts = [];
        Stopwatch clock = Stopwatch.StartNew();
        long number = first;
        for (; number - first < cases && clock.Elapsed < time; number++)
        {
            int length = mutator.Make(number, buffer);
            Span<byte> blob = memory.PlaceAtEnd(buffer.AsSpan(0, length));
            try
            {
                DtbErrorKind verdict = Verdict.Of(blob);
                Libfdt.AssertAgrees(blob);
                verdicts[verdict] = verdicts.GetValueOrDefault(verdict) + 1;
            }
            catch (Exception e)
            {
                throw new InvalidOperationException(
                    $"Seed {seed}, number {number}: {Convert.ToHexString(blob)}", e);
            }
        }

        output.WriteLine($"{number - first} cases from {first} of seed {seed} in {clock.Elapsed.TotalSeconds:f1} s");
        foreach ((DtbErrorKind kind, long count) in verdicts.OrderByDescending(verdict => verdict.Value))
        {
            output.WriteLine($"{count,12} {kind}");
        }

        // A fuzzer whose cases all fail at the door tests nothing.
        if (number - first >= 10_000)
        {
            Assert.True(verdicts[DtbErrorKind.None] * 50 > number - first, "Too few cases can be opened.");
            Assert.True(verdicts.Count >= 20, "Too few rules are broken.");
        }
    }
}
