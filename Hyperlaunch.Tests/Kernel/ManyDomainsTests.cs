using System;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>Several domains from one tree, on one CPU and on more.</summary>
[Collection(MachineCollection.Name)]
[Trait("Category", "Machine")]
public class ManyDomainsTests
{
    private const int SumMebibytes = 2;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Eight_Linux_domains_compute_the_right_sum_and_power_off(int processors)
    {
        const int count = 8;
        string domains = string.Concat(Enumerable.Range(1, count).Select(id => Lcm.Domain($"linux{id}", id, 96, 1, 2)));
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            Modules =
            [
                Lcm.Compile(domains),
                new(RepositoryFiles.LinuxImage, $"console=ttyS0 quiet hl.sum={SumMebibytes} hl.run=poweroff"),
                new(RepositoryFiles.Initrd),
            ],
            MemoryMebibytes = 1536,
            Processors = processors,
            Limit = TimeSpan.FromMinutes(5),
        });

        machine.WaitForPowerOff();
        for (int id = 1; id <= count; id++)
        {
            string domid = $"{id}";
            Assert.Contains($"hyperlaunch-guest: sum={Sum}", machine.TextOf(id), StringComparison.Ordinal);
            Assert.Equal("poweroff", machine.WaitForEvent("domain-stopped", ("domid", domid))["reason"]);
            Assert.Equal("0", machine.WaitForEvent("exits", ("domid", domid))["allocations"]);
        }
    }

    [Theory]
    [InlineData(1, "kvm")]
    [InlineData(3, "kvm")]
    [InlineData(1, "xen")]
    public void Sixty_four_small_domains_launch_and_end(int processors, string face)
    {
        const int count = 64;
        string domains = string.Concat(Enumerable.Range(1, count).Select(
            id => Lcm.Domain($"small{id}", id, 8, 1, more: $"hyperlaunch,interface = \"{face}\";")));
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            Modules = [Lcm.Compile(domains), new(RepositoryFiles.Guest("hello"))],
            MemoryMebibytes = 1024,
            Processors = processors,
            Limit = TimeSpan.FromMinutes(2),
        });

        machine.WaitForPowerOff();
        Assert.Equal($"{count}", machine.WaitForEvent("launch-final")["started"]);
        for (int id = 1; id <= count; id++)
        {
            Assert.EndsWith("guest: done", machine.TextOf(id), StringComparison.Ordinal);
            Assert.Equal("reboot", machine.WaitForEvent("domain-stopped", ("domid", $"{id}"))["reason"]);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_Linux_domain_brings_four_processors_up_on_fewer_CPUs(int processors)
    {
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            Modules =
            [
                Lcm.Compile(Lcm.Domain("smp", 1, 256, 1, 2, virtualCpus: 4)),
                new(RepositoryFiles.LinuxImage, "console=ttyS0 quiet hl.run=poweroff"),
                new(RepositoryFiles.Initrd),
            ],
            Processors = processors,
            Limit = TimeSpan.FromMinutes(3),
        });

        machine.WaitForText(" cpus=4 ");
        Assert.Equal("poweroff", machine.WaitForEvent("domain-stopped", ("domid", "1"))["reason"]);
        machine.WaitForPowerOff();
    }

    [Fact]
    public void A_domain_that_lives_fifty_times_takes_nothing_more()
    {
        const int lives = 50;
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            Modules =
            [
                Lcm.Compile(Lcm.Domain("phoenix", 1, 8, 1, more: "hyperlaunch,retain-modules;")),
                new(RepositoryFiles.Guest("hello")),
            ],
            CommandLine = "end=halt",
        });

        machine.WaitForText("The machine stays up");
        for (int life = 1; life < lives; life++)
        {
            machine.Type("restart phoenix\n");
            machine.WaitForText(" exits domid=1 ", life + 1);
        }

        machine.Type("poweroff\n");
        machine.WaitForPowerOff();
        Assert.Equal(lives, machine.TextOf(1).Split("guest: done").Length - 1);
        Assert.All(
            machine.Events.Where(e => e.Name == "exits"),
            e => Assert.Equal(("0", "2"), (e["allocations"], e["touched-mib"])));
    }

    // Two Linux domains that differ in a `sleep 10` share a CPU with eight that spin. Instructions are counted in place of time:
    // what the hypervisor's events show is the machine's time, and no load of the host can change it.
    [Fact]
    public void Sleep_10_takes_10_seconds_beside_eight_domains_that_spin()
    {
        const int spinners = 8;
        string domains = Lcm.Domain("awake", 1, 96, 1, 3) + Lcm.Domain("asleep", 2, 96, 2, 3)
            + string.Concat(Enumerable.Range(3, spinners).Select(id => Lcm.Domain($"spinner{id}", id, 8, 4)));
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            Modules =
            [
                Lcm.Compile(domains),
                new(RepositoryFiles.LinuxImage, "console=ttyS0 quiet hl.run=poweroff"),
                new(RepositoryFiles.LinuxImage, "console=ttyS0 quiet hl.script=sleep+10 hl.run=poweroff"),
                new(RepositoryFiles.Initrd),
                new(RepositoryFiles.Guest("spin")),
            ],
            IsDeterministic = true,
            Limit = TimeSpan.FromMinutes(5),
        });

        double awake = machine.WaitForEvent("domain-stopped", ("name", "awake"), ("reason", "poweroff")).Milliseconds;
        double asleep = machine.WaitForEvent("domain-stopped", ("name", "asleep"), ("reason", "poweroff")).Milliseconds;
        Assert.InRange(asleep - awake, 9_800, 10_200);
        Assert.All(Enumerable.Range(3, spinners), id => Assert.Equal("guest: spinning", machine.TextOf(id)));
    }

    // What the sample guest's first process computes: the pattern that `yes hyperlaunch` repeats.
    private static string Sum { get; } = ComputeSum();

    private static string ComputeSum()
    {
        byte[] pattern = Encoding.ASCII.GetBytes("hyperlaunch\n");
        byte[] bytes = new byte[SumMebibytes << 20];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = pattern[i % pattern.Length];
        }

        return Convert.ToHexStringLower(SHA256.HashData(bytes));
    }
}
