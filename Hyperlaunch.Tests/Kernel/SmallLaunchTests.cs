using System;
using System.Linq;
using Xunit;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>
/// Launches of small guests, one after the other, in every number of domains and of processors that a small machine has: no
/// domain and no machine ends without a word. <c>build/soak.sh --launches</c> repeats them until they are a thousand.
/// </summary>
[Collection(MachineCollection.Name)]
public class SmallLaunchTests
{
    private const int Mebibytes = 8;

    // Guests and how each ends.
    private static readonly (string Guest, string Reason)[] s_guests =
        [("hello", "reboot"), ("halt", "halted"), ("triple-fault", "triple-fault"), ("jump", "unhandled-exit")];

    [Fact]
    [Trait("Category", "Machine")]
    public void Every_domain_of_some_launches_ends_with_its_record() => LaunchAll(first: 3, count: 4);

    [Fact]
    [Trait("Category", "Soak")]
    public void Every_domain_of_a_hundred_launches_ends_with_its_record() => LaunchAll(first: 0, count: 100);

    private static void LaunchAll(int first, int count)
    {
        for (int i = first; i < first + count; i++)
        {
            Launch(domains: 1 + (i % 8), processors: 1 + (i / 8 % 4));
        }
    }

    private static void Launch(int domains, int processors)
    {
        string nodes = string.Concat(Enumerable.Range(0, domains).Select(
            i => Lcm.Domain($"small{i + 1}", i + 1, Mebibytes, 1 + (i % s_guests.Length))));
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            Modules = [Lcm.Compile(nodes), .. s_guests.Select(guest => new BootFile(RepositoryFiles.Guest(guest.Guest)))],
            BootPath = BootPath.Direct,
            Processors = processors,
            CommandLine = "end=poweroff",
            Limit = TimeSpan.FromMinutes(1),
        });

        machine.WaitForPowerOff();
        for (int i = 0; i < domains; i++)
        {
            string domid = $"{i + 1}";
            ConsoleEvent end = Assert.Single(
                machine.Events, e => e.Name == "domain-stopped" && e["domid"] == domid);
            Assert.Equal(s_guests[i % s_guests.Length].Reason, end["reason"]);
            Assert.Equal("0", Assert.Single(machine.Events, e => e.Name == "exits" && e["domid"] == domid)["allocations"]);
        }

        Assert.Single(machine.Events, e => e.Name == "machine-off");
    }
}
