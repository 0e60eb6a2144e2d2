using System;
using System.Globalization;
using System.Linq;
using Xunit;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>
/// Guests that interpret random programs of everything that a guest can ask for (<c>Guests/random.S</c>, after the idea of
/// HYPER-CUBE, NDSS 2020): their neighbours' sums are right and in time, and the machine goes on. A guest is named by its seed;
/// <c>build/fuzz.sh --guests</c> sets the variables below.
/// </summary>
[Collection(MachineCollection.Name)]
public class RandomGuestTests(ITestOutputHelper output)
{
    private const int GuestsOfALaunch = 12;

    [Fact]
    [Trait("Category", "Machine")]
    public void Random_guests_leave_their_neighbours_the_right_sum_in_time() => Run(1, GuestsOfALaunch);

    [Fact]
    [Trait("Category", "Soak")]
    public void Random_guests_of_as_many_seeds_as_asked_harm_nobody()
    {
        int first = Asked("HYPERLAUNCH_FUZZ_SEED", 1);
        int count = Asked("HYPERLAUNCH_FUZZ_CASES", 1000);
        for (int done = 0; done < count; done += GuestsOfALaunch)
        {
            Run(first + done, Math.Min(GuestsOfALaunch, count - done));
            output.WriteLine($"seeds {first} to {first + done + GuestsOfALaunch - 1}: done");
        }
    }

    private static int Asked(string variable, int otherwise)
        => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value
            ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;

    // Those that end themselves leave their time to the others: the neighbours have their share at least.
    private static void Run(int firstSeed, int count)
    {
        (string Name, BootFile File)[] guests =
            [.. Enumerable.Range(firstSeed, count).Select(
                seed => ($"random{seed}", new BootFile(RepositoryFiles.Guest("random"), $"seed={seed}")))];
        double alone = Neighbours.Milliseconds([]);
        using EmulatedMachine machine = Neighbours.StartAmong(guests, 1, isDeterministic: true);
        double began = machine.WaitForEvent("launch-final").Milliseconds;
        double among = Enumerable.Range(1, Neighbours.Count).Max(id => Neighbours.Check(machine, id)) - began;

        Assert.InRange(among / alone, 0.9, Neighbours.ShareAmong(count) * 1.1);
        int interpreters = Enumerable.Range(Neighbours.Count + 1, count).Count(
            id => machine.TextOf(id).Contains("guest: programs=", StringComparison.Ordinal));
        Assert.InRange(interpreters, (count + 1) / 2, count);
    }
}
