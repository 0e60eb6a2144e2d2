using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Tests.Domains.Plan;
using Xunit;
using static Hyperlaunch.Tests.Hypervisor.Launch.LaunchTree;
using static Hyperlaunch.Tests.Hypervisor.Launch.ScriptedGuest;

namespace Hyperlaunch.Tests.Hypervisor.Launch;

/// <summary>Creation, preparation, finalization, and who has the console in each.</summary>
public sealed class LaunchPhaseTests : IDisposable
{
    private readonly LaunchMachine _machine = new();

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void The_boot_domain_runs_alone_and_the_others_follow_when_it_has_finished()
    {
        Load(_machine, Node(
            "one", 1), Node("boot", 2, functions: BootFunction), Node("dom0", 3, ControlPermission | HardwarePermission));
        Add(_machine, PowerOffAtOnce);
        Add(_machine, Nothing);
        Add(_machine, guest => Then(guest.Print("preparing"), Spin(30), guest.Command("finish")));
        Add(_machine, Nothing);
        Add(_machine, PowerOffAtOnce);

        Assert.Equal(EndAction.PowerOff, _machine.Run());
        Assert.Equal(
            [
                "domain-created dom0", "domain-created boot", "domain-created one", "preparation-started boot",
                    "domain-started boot",
                "preparation-finished boot", "domain-stopped boot", "boot-domain-reclaimed boot", "console-assigned dom0",
                "domain-started dom0", "domain-started one", "launch-final", "domain-stopped dom0", "console-assigned one",
                "domain-stopped one", "machine-off",
            ],
            Events());
        Assert.Contains("(d2) preparing", _machine.Lines);
        Assert.Contains("reason=destroyed", _machine.Line("domain-stopped domid=2"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_boot_domain_starts_others_in_an_order_of_its_own()
    {
        Load(_machine, Node("one", 1), Node("two", 2), Node("boot", 3, functions: BootFunction));
        ScriptedGuest boot = Add(_machine, guest =>
            Then(guest.Command("unpause two"), Spin(20), guest.Command("unpause 1"), Spin(20), guest.Command("finish")));
        Add(_machine, Nothing);
        Add(_machine, PowerOffAtOnce);
        Add(_machine, Nothing);
        Add(_machine, PowerOffAtOnce);

        Assert.Equal(EndAction.PowerOff, _machine.Run());
        string[] events = Events();
        Assert.Equal(
            ["domain-started boot", "domain-started two", "domain-started one"],
            events.Where(e => e.StartsWith("domain-started", StringComparison.Ordinal)));
        Assert.True(Array.IndexOf(events, "domain-stopped two") < Array.IndexOf(events, "preparation-finished boot"));
        Assert.Equal(["ok", "ok", "ok"], boot.Answers);
    }

    [Fact]
    public void A_command_line_and_processors_are_set_before_a_start_and_not_after_it()
    {
        bool isInMemory = false;
        Load(_machine, Node("one", 1), Node("boot", 2, functions: BootFunction));
        ScriptedGuest boot = Add(_machine, guest =>
            Then(
                guest.Command("set one cmdline quiet init=/bin/sh  x"), Look(), guest.Command("show one"),
                guest.Command("set one vcpus 1"), guest.Command("set one vcpus 3"), guest.Command("set one vcpus 0"),
                guest.Command("set one colour blue"), guest.Command("set one cmdline " + new string('a', 2048)),
                guest.Command("set nobody vcpus 1"), guest.Command("show one --json"),
                guest.Command("unpause one"), guest.Command("set one vcpus 2"), guest.Command("finish")));
        Add(_machine, Nothing);
        Add(_machine, guest => Then(Spin(400), guest.PowerOff()));

        _machine.Run(50_000);
        Assert.Equal("ok", boot.Answers[0]);
        Assert.EndsWith("cmdline=\"quiet init=/bin/sh  x\"", boot.Answers[1], StringComparison.Ordinal);
        Assert.Equal(["ok", "ok"], boot.Answers.Skip(2).Take(2));
        Assert.All(boot.Answers.Skip(4).Take(5), answer => Assert.StartsWith("error: ", answer, StringComparison.Ordinal));
        Assert.Contains("\"vcpus\":1,", boot.Answers[9], StringComparison.Ordinal);
        Assert.EndsWith("\"cmdline\":\"quiet init=/bin/sh  x\"}", boot.Answers[9], StringComparison.Ordinal);
        Assert.Equal(["{\"status\":\"ok\"}", "ok"], boot.Answers.Skip(10).Take(2));
        Assert.Equal("error: The domain has been started; it can be set before that, in the preparation.", boot.Answers[12]);
        Assert.True(isInMemory);

        IEnumerable<VmExit> Look()
        {
            isInMemory = _machine.At(0, 128 << 20).AsSpan().IndexOf(Encoding.ASCII.GetBytes("quiet init=/bin/sh  x\0")) > 0;
            yield break;
        }
    }

    [Fact]
    public void After_the_preparation_nobody_has_the_boot_role()
    {
        Load(_machine, Node("both", 1, permissions: ControlPermission, functions: BootFunction), Node("one", 2));
        ScriptedGuest both = Add(_machine, guest => guest.Command("finish"));
        Add(_machine, Nothing);
        Add(_machine, PowerOffAtOnce);

        Assert.Equal(EndAction.PowerOff, _machine.Run());
        Assert.Equal(1, both.Lives);
        Assert.Contains("boot-domain-reclaimed both", Events());
    }

    [Fact]
    public void A_boot_domain_that_is_late_is_destroyed_and_the_launch_goes_on()
    {
        Load(_machine, Node("one", 1), Node("boot", 2, functions: BootFunction, more: "hyperlaunch,boot-timeout-ms = <50>;"));
        _machine.CommandLine = "end=poweroff";
        Add(_machine, Nothing);
        Add(_machine, Nothing);
        Add(_machine, PowerOffAtOnce);

        Assert.Equal(EndAction.PowerOff, _machine.Run());
        Assert.Contains("timeout-ms=50", _machine.Line("preparation-started"), StringComparison.Ordinal);
        Assert.Contains("phase=preparation problem=\"The boot domain did not finish within its time", _machine.Line(
            "domain-failed"), StringComparison.Ordinal);
        Assert.Contains("name=one reason=poweroff", _machine.Line("domain-stopped domid=1"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_boot_domain_alone_leaves_a_machine_that_ends()
    {
        Load(_machine, Node("boot", 1, functions: BootFunction));
        Add(_machine, guest => guest.Command("finish"));

        Assert.Equal(EndAction.PowerOff, _machine.Run());
        Assert.Contains("domains=1 started=0", _machine.Line("launch-final"), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_boot_domain_creation_is_followed_by_finalization_at_once()
    {
        Load(_machine, Node("one", 1), Node("rescue", 2, functions: RecoveryFunction));
        Add(_machine, Nothing);
        Add(_machine, Nothing);
        Add(_machine, PowerOffAtOnce);

        Assert.Equal(EndAction.PowerOff, _machine.Run());
        Assert.Equal(
            ["domain-created rescue", "domain-created one", "domain-started one", "launch-final", "domain-stopped one",
                "machine-off"], Events());
    }

    [Fact]
    public void The_memory_of_modules_that_nobody_keeps_is_scrubbed_and_given_back_and_the_rest_is_kept()
    {
        Load(_machine, Node("one", 1), Node("kept", 2, more: "hyperlaunch,retain-modules;", kernel: 2));
        _machine.Module(FakeKernel.Make("small"));
        Add(_machine, PowerOffAtOnce);
        Add(_machine, Nothing);
        Add(_machine, PowerOffAtOnce);

        _machine.Run();
        Assert.All(_machine.At(_machine.ModuleAt(1).Range.Start, 4096), value => Assert.Equal(0, value));
        Assert.Equal(FakeKernel.Make("small"), _machine.At(_machine.ModuleAt(2).Range.Start, 4096));
        Assert.EndsWith("reclaimed-kib=4", _machine.Line("launch-final"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_console_goes_from_the_boot_domain_to_its_owner_and_on_when_that_ends()
    {
        Load(
            _machine, Node("one", 1), Node("boot", 2, functions: BootFunction), Node("view", 3, functions: ConsoleFunction),
                Node("dom0", 4, ControlPermission));
        Add(_machine, guest => Then(Spin(50), guest.PowerOff()));
        Add(_machine, Nothing);
        Add(_machine, guest => Then(Spin(100), guest.PowerOff()));
        Add(_machine, Nothing);
        Add(_machine, guest => Then(Spin(20), guest.Command("finish")));
        Add(_machine, Nothing);
        Add(_machine, guest => Then(Spin(200), guest.PowerOff()));

        _machine.Run(30_000);
        Assert.Equal(
            ["console-assigned view", "console-assigned dom0", "console-assigned one"],
            Events().Where(e => e.StartsWith("console-assigned", StringComparison.Ordinal)));
    }

    [Fact]
    public void Lines_can_begin_with_the_domains_name()
    {
        Load(_machine, Node("one", 1));
        _machine.CommandLine = "prefix=name";
        Add(_machine, guest => Then(guest.Print("hello"), guest.PowerOff()));

        _machine.Run();
        Assert.Contains("(one) hello", _machine.Lines);
    }

    private static IEnumerable<VmExit> Nothing(ScriptedGuest guest) => [];

    private static IEnumerable<VmExit> PowerOffAtOnce(ScriptedGuest guest) => guest.PowerOff();

    private string[] Events()
    {
        string[] ours =
        [
            "domain-created", "preparation-started", "domain-started", "preparation-finished", "domain-stopped",
                "boot-domain-reclaimed",
            "console-assigned", "launch-final", "machine-off",
        ];
        return [.. from line in _machine.Lines
                where line.StartsWith("(HV) @", StringComparison.Ordinal)
                let words = line.Split(' ')
                where ours.Contains(words[2])
                let name = words.FirstOrDefault(word => word.StartsWith("name=", StringComparison.Ordinal))
                select name is null ? words[2] : $"{words[2]} {name[5..]}"];
    }
}
