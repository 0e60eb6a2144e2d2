using System;
using System.Globalization;
using System.Linq;
using System.Runtime.InteropServices;
using Hyperlaunch.Tool.Writing;
using Xunit;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>
/// Guests that attack reach nothing of another's: not its memory, its registers, its lines of the console, nor its time. The
/// neighbours that prove it compute a checksum and look after their registers.
/// </summary>
[Collection(MachineCollection.Name)]
[Trait("Category", "Machine")]
public class IsolationTests
{
    private const int AttackerMebibytes = Neighbours.AttackerMebibytes;

    private static readonly string[] Attackers =
    [
        "capture-alignment", "dirty", "flood", "halt", "jump", "spin", "storm-debug", "storm-ipi", "storm-nmi", "storm-ports",
            "tables-changing", "tables-unbacked", "touch",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Attackers_change_neither_the_sum_nor_the_registers_of_their_neighbours(int processors)
    {
        using EmulatedMachine machine = Start(Attackers, processors);

        for (int id = 1; id <= Neighbours.Count; id++)
        {
            Neighbours.Check(machine, id);
        }

        Assert.Equal("halted", machine.WaitForEvent("domain-stopped", ("name", "halt"))["reason"]);
        Assert.Equal("unhandled-exit", machine.WaitForEvent("domain-stopped", ("name", "jump"))["reason"]);
        Assert.Equal("unhandled-exit", machine.WaitForEvent("domain-stopped", ("name", "tables-unbacked"))["reason"]);
        CheckThatNothingIsForged(machine);
    }

    // Bochs 2.7 on AMD's extension takes no interrupt while a guest spins with its own off: there all that attack exit now and
    // then.
    [Theory]
    [Trait("Emulator", "Bochs")]
    [InlineData(BochsPc.Amd, 2, "dirty halt jump storm-ipi storm-nmi tables-unbacked privileged virtualization")]
    [InlineData(BochsPc.Intel, 1,
        "capture-alignment capture-debug dirty halt jump spin storm-ipi storm-nmi tables-changing tables-unbacked touch "
            + "privileged virtualization")]
    [InlineData(BochsPc.Intel, 2,
        "capture-alignment capture-debug dirty halt jump spin storm-ipi storm-nmi tables-changing tables-unbacked touch "
            + "privileged virtualization")]
    public void Attackers_change_nothing_in_Bochs_either(string model, int processors, string attackers)
    {
        using EmulatedMachine machine = Start(attackers.Split(' '), processors, bochsModel: model);

        for (int id = 1; id <= Neighbours.Count; id++)
        {
            Neighbours.Check(machine, id);
        }
    }

    // Instructions are counted in place of time, so that the times are the hypervisor's doing alone, on a busy host too.
    [Fact]
    public void Attackers_leave_the_neighbours_their_right_sum_in_their_fair_time()
    {
        string[] endless = [.. Attackers.Except(["halt", "jump", "tables-unbacked"])];
        double alone = Neighbours.Milliseconds([]);
        double among = Neighbours.Milliseconds(Files(endless));

        // All are equal, and the neighbours' own time is what it was; a tenth for exits, switches, the console and the last
        // slice.
        double share = Neighbours.ShareAmong(endless.Length);
        Assert.InRange(among / alone, share * 0.9, share * 1.1);
    }

    // XSA-156: exceptions that come again before any interrupt is taken. The share is counted in instructions, by the neighbour.
    [Fact]
    public void Guests_whose_exceptions_raise_themselves_leave_a_neighbour_its_share()
    {
        const int domains = 3;
        const double window = 1 << 30;
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            Modules =
            [
                Lcm.Compile(string.Concat(Enumerable.Range(1, domains).Select(
                    id => Lcm.Domain($"d{id}", id, AttackerMebibytes, kernelIndex: id)))),
                new(RepositoryFiles.Guest("turns")),
                new(RepositoryFiles.Guest("storm-debug")),
                new(RepositoryFiles.Guest("capture-alignment")),
            ],
            BootPath = BootPath.Direct,
            IsDeterministic = true,
            Limit = TimeSpan.FromMinutes(5),
        });

        machine.WaitForEvent("domain-stopped", ("domid", "1"), ("reason", "reboot"));
        string text = machine.TextOf(1);
        const string mark = " runs=";
        string runs = text[(text.IndexOf(mark, StringComparison.Ordinal) + mark.Length)..].Split("guest: done")[0];
        double share = double.Parse(runs, CultureInfo.InvariantCulture) * domains / window;
        Assert.InRange(share, 0.95, 1.05);
        Assert.Contains("guest: capturing", machine.TextOf(2), StringComparison.Ordinal);
        Assert.Contains("guest: capturing", machine.TextOf(3), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(BootPath.Direct)]
    [InlineData(BootPath.Bios)]
    public void No_guest_finds_what_another_had_or_a_boot_module_held(BootPath path)
    {
        const int secretMebibytes = 16;
        const int memoryOfReach = 768;
        BootFile secret = new(RepositoryFiles.Write("secret", Secret(secretMebibytes)));
        string domains = Lcm.Domain("victim", 1, 64, kernelIndex: 1, ramdiskIndex: 2)
            + Lcm.Domain("reach", 2, memoryOfReach, kernelIndex: 3);
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            Modules = [Lcm.Compile(domains), new(RepositoryFiles.Guest("hello")), secret, new(RepositoryFiles.Guest("reach"))],
            BootPath = path,
        });

        // The registers of the two devices that every domain has are not among what it looks at.
        machine.WaitForPowerOff();
        Assert.Contains("guest: secrets=0 answers=0guest: done", machine.TextOf(2), StringComparison.Ordinal);
        Assert.Equal("0", machine.WaitForEvent("exits", ("domid", "2"))["allocations"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void No_clock_runs_backwards_between_the_four_processors_of_a_domain(int processors)
    {
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            Modules = [Lcm.Compile(
                Lcm.Domain("clocks", 1, AttackerMebibytes, 1, virtualCpus: 4)), new(RepositoryFiles.Guest("clocks"))],
            Processors = processors,
        });

        machine.WaitForPowerOff();
        Assert.Contains("guest: counters-behind=0 clocks-behind=0 turns=", machine.TextOf(1), StringComparison.Ordinal);
    }

    private static EmulatedMachine Start(string[] attackers, int processors, string? bochsModel = null)
        => Neighbours.StartAmong(Files(attackers), processors, bochsModel: bochsModel);

    private static (string Name, BootFile File)[] Files(string[] guests)
        => [.. guests.Select(name => (name, new BootFile(RepositoryFiles.Guest(name))))];

    // Every line of the flood is marked as its domain's, wherever a terminal may begin a line.
    private static void CheckThatNothingIsForged(EmulatedMachine machine)
    {
        string mark = $"(d{Neighbours.Count + 1 + Array.IndexOf(Attackers, "flood")}) ";
        string log = machine.Log;
        string[] lines = log[..(log.LastIndexOf('\n') + 1)].Split('\r', '\n');
        Assert.Contains(lines, line => line.Contains("forged", StringComparison.Ordinal));
        Assert.All(
            lines.Where(line => line.Contains("forged", StringComparison.Ordinal)),
            line => Assert.StartsWith(mark, line, StringComparison.Ordinal));
        Assert.DoesNotContain('\u001b', log);
    }

    private static byte[] Secret(int mebibytes)
    {
        const uint word = 0x51EC4E70;
        byte[] bytes = new byte[mebibytes << 20];
        MemoryMarshal.Cast<byte, uint>(bytes.AsSpan()).Fill(word);
        return bytes;
    }
}
