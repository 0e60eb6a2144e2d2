using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Tests.Domains.Plan;
using Xunit;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>
/// Each of the ten configurations as <c>build/samples/</c> has it, with Linux in every domain. One word is added to each domain's
/// command line, by which it tries what its roles grant and what they lack (<c>Guests/prove.sh</c>); one ordinary domain crashes.
/// </summary>
[Collection(MachineCollection.Name)]
[Trait("Category", "Machine")]
public class TenConfigurationsTests
{
    private const string WordsBegin = "bootargs = \"console=ttyS0 quiet";
    private const string Victim = "guest1";
    private const string Failing = "guest2";

    public static TheoryData<string> All => new(NamedConfiguration.All.Select(named => named.Name));

    [Theory]
    [MemberData(nameof(All))]
    public void A_configuration_launches_and_each_domain_may_what_its_roles_grant_and_no_more(string name)
    {
        string source = Sample(name);
        DomainPlan[] domains = Plan(source);
        bool hasGuests = domains.Any(domain => domain.Name == Victim);
        DomainPlan victim = domains.FirstOrDefault(domain => domain.Name == Victim) ?? domains.Last();
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            Modules =
            [
                Lcm.CompileTree(AddWords(source, domains, victim.Name, hasGuests)),
                new(RepositoryFiles.LinuxImage),
                new(RamdiskWithProof()),
            ],
            MemoryMebibytes = 2048,
            Processors = 2,
            Limit = TimeSpan.FromMinutes(6),
        });

        Assert.Equal("0", machine.WaitForEvent("plan")["problems"]);
        DomainPlan? boot = domains.FirstOrDefault(domain => domain.Has(DomainRoles.Boot));
        if (boot is not null)
        {
            CheckPreparation(machine, boot, victim);
        }

        machine.WaitForEvent("launch-final");
        foreach (DomainPlan domain in domains.Where(domain => !domain.Has(DomainRoles.Boot)))
        {
            CheckRoles(machine, domain, victim.Name, hasGuests);
        }

        CheckRecovery(machine, domains, hasGuests);
        CheckConsole(machine, domains, boot);
        Assert.All(
            machine.Events.SkipWhile(e => e.Name != "launch-final").Where(e => e.Name == "exits"), e
                => Assert.Equal("0", e["allocations"]));
    }

    /// <summary>
    /// The boot domain runs alone, sets what it may, lets the core domains start, and is gone when the launch is final.
    /// </summary>
    private static void CheckPreparation(EmulatedMachine machine, DomainPlan boot, DomainPlan victim)
    {
        Said(machine, boot, $"pause {victim.Name}: refused: ", "control");
        Said(machine, boot, $"restart {victim.Name}: refused: ", "control", "recovery");
        Said(machine, boot, $"set {victim.Name} vcpus 2: error: ");
        Said(machine, boot, "set: done");
        machine.WaitForEvent("boot-domain-reclaimed", ("name", boot.Name));
        machine.WaitForEvent("launch-final");
        IReadOnlyList<ConsoleEvent> events = machine.Events;
        int proofEnds = machine.Log.IndexOf($"(d{boot.Id.Value}) prove: finished", StringComparison.Ordinal);
        int othersBegin = machine.Log.IndexOf(
            "domain-started", machine.Log.IndexOf("domain-started", StringComparison.Ordinal) + 1, StringComparison.Ordinal);
        machine.Check(proofEnds >= 0 && proofEnds < othersBegin, "The boot domain was not alone before it let another run.");
        Assert.Equal(
            ["preparation-started", "preparation-finished", "boot-domain-reclaimed", "launch-final"],
            events.Select(e => e.Name).Where(
                e => e.StartsWith("preparation-", StringComparison.Ordinal) || e is "boot-domain-reclaimed" or "launch-final"));
        machine.WaitForText($"(d{victim.Id.Value}) prove: set by the boot domain");
    }

    private static void CheckRoles(EmulatedMachine machine, DomainPlan domain, string victim, bool hasGuests)
    {
        bool isControl = domain.Has(DomainRoles.Control);
        int devices = int.Parse(Said(machine, domain, "devices: "), CultureInfo.InvariantCulture);
        machine.Check(domain.Has(DomainRoles.Hardware) == devices > 0, $"{domain.Name} sees {devices} devices.");
        if (isControl)
        {
            Said(machine, domain, "finish: refused: ", "boot");
            Said(machine, domain, $"set {victim} vcpus 1: refused: ", "boot");
        }

        if (isControl && domain.Name == victim)
        {
            Said(machine, domain, $"destroy {victim}: error: A domain cannot do this to itself");
        }
        else if (isControl)
        {
            foreach (string command in (string[])["pause", "unpause", "destroy", "restart"])
            {
                Said(machine, domain, $"{command} {victim}: done");
            }

            Assert.Equal("destroyed", machine.WaitForEvent("domain-stopped", ("name", victim))["reason"]);
            machine.WaitForEvent("domain-restarted", ("name", victim));
        }
        else if (domain.Has(DomainRoles.Recovery) && (hasGuests || domain.Roles != DomainRoles.Recovery))
        {
            Said(machine, domain, $"pause {victim}: refused: ", "control");
            Said(machine, domain, $"unpause {victim}: refused: ", "control");
            Said(machine, domain, $"restart {victim}: error: The recovery role restarts only what has failed");
            Said(machine, domain, "finish: refused: ", "boot");
        }
        else if (!domain.Has(DomainRoles.Recovery))
        {
            Said(machine, domain, "list: hv: this domain has no control channel.");
        }
    }

    /// <summary>
    /// The domain with the recovery role learns of the crash and restarts what crashed, the others undisturbed.
    /// </summary>
    private static void CheckRecovery(EmulatedMachine machine, DomainPlan[] domains, bool hasGuests)
    {
        DomainPlan recovery = domains.Single(domain => domain.Has(DomainRoles.Recovery));
        if (!hasGuests)
        {
            Said(machine, recovery, "failures: done");
            return;
        }

        Assert.Equal("final", machine.WaitForEvent("domain-failed", ("name", Failing))["phase"]);
        if (recovery.Roles == DomainRoles.Recovery)
        {
            machine.WaitForEvent("recovery-started", ("name", recovery.Name));
            machine.WaitForText($"(d{recovery.Id.Value}) recovery-domain: failure: ");
            machine.WaitForText($"(d{recovery.Id.Value}) recovery-domain: {Failing} runs again");
        }
        else
        {
            Said(machine, recovery, $"restart {Failing}: done");
        }

        machine.WaitForEvent("domain-restarted", ("name", Failing));
    }

    /// <summary>What is typed arrives where the console is: at its domain, also after the recovery domain has had it.</summary>
    private static void CheckConsole(EmulatedMachine machine, DomainPlan[] domains, DomainPlan? boot)
    {
        DomainPlan console = domains.First(domain => domain.Has(DomainRoles.Console));
        DomainPlan? recovery = domains.FirstOrDefault(domain => domain.Roles == DomainRoles.Recovery);
        string[] owners = (boot, recovery) switch
        {
            (null, _) => [],
            (_, null) => [console.Name],
            _ => [console.Name, recovery.Name, console.Name],
        };
        machine.WaitForEvents(
            $"the console with {string.Join(", then ", owners)}",
            events => events.Where(e => e.Name == "console-assigned").Select(e => e["name"]).SequenceEqual(owners));
        machine.WaitForText($"(d{console.Id.Value}) / # ");
        machine.Type("echo typed $((6 * 7))\n");
        machine.WaitForText($"(d{console.Id.Value}) typed 42");
    }

    /// <summary>Waits for a line of a domain's proof, which has all of the words, and gives what follows its beginning.</summary>
    private static string Said(EmulatedMachine machine, DomainPlan domain, string begin, params string[] words)
    {
        string start = $"(d{domain.Id.Value}) prove: {begin}";
        string line = machine.WaitForWholeLine(start);
        machine.Check(words.All(
            word => line.Contains(word, StringComparison.Ordinal)), $"\"{line}\" does not name {string.Join(", ", words)}.");
        return line[start.Length..];
    }

    private static string Sample(string name)
    {
        string file = name.Replace(":", "", StringComparison.Ordinal).Replace(' ', '-').ToLowerInvariant();
        return File.ReadAllText(Path.Combine(RepositoryFiles.Root, "build", "samples", file + ".dts"));
    }

    private static DomainPlan[] Plan(string source)
    {
        FakeMachine machine = new();
        machine.Add(File.ReadAllBytes(Lcm.CompileTree(source).Path));
        machine.Add(FakeKernel.BzImage());
        machine.Add(new byte[4096]);
        return machine.Plan().Domains;
    }

    private static string AddWords(string source, DomainPlan[] domains, string victim, bool hasGuests)
    {
        StringBuilder text = new(source);
        foreach (DomainPlan domain in domains)
        {
            int node = text.ToString().IndexOf($"            {domain.Name} {{", StringComparison.Ordinal);
            int words = text.ToString().IndexOf(WordsBegin, node, StringComparison.Ordinal) + WordsBegin.Length;
            int end = text.ToString().IndexOf("\";", words, StringComparison.Ordinal);
            string run = domain.Roles == DomainRoles.Recovery ? "hl.run=poweroff" : "panic=-1 hl.run=panic";
            if (domain.Roles == DomainRoles.Recovery || domain.Name == Failing)
            {
                text.Insert(end, $" {run}");
            }

            text.Insert(words,
                $" hl.script=prove+{DomainRoleNames.List(domain.Roles)}+{victim}{(hasGuests ? "+" + Failing : "")}");
        }

        // What a busy host takes for the proof is no failure of the boot domain's.
        return text.ToString().Replace("boot-timeout-ms = <60000>", "boot-timeout-ms = <600000>", StringComparison.Ordinal);
    }

    /// <summary>The sample guest's ramdisk with the proof's script behind it, in an archive of its own.</summary>
    private static string RamdiskWithProof()
    {
        string folder = Directory.CreateTempSubdirectory("hyperlaunch-proof-").FullName;
        string script = Path.Combine(RepositoryFiles.Root, "Hyperlaunch.Tests", "Kernel", "Guests", "prove.sh");
        RepositoryFiles.Run("install", "-D", "-m", "755", script, Path.Combine(folder, "bin", "prove"));
        RepositoryFiles.Run("sh", "-c", $"cd '{folder}' && echo bin/prove | cpio --quiet -o -H newc -O proof");
        byte[] ramdisk = [.. File.ReadAllBytes(RepositoryFiles.Initrd), .. File.ReadAllBytes(Path.Combine(folder, "proof"))];
        Directory.Delete(folder, recursive: true);
        return RepositoryFiles.Write("ramdisk-with-proof", ramdisk);
    }
}
