using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;
using Xunit;
using static Hyperlaunch.Tests.Hypervisor.Launch.LaunchTree;
using static Hyperlaunch.Tests.Hypervisor.Launch.ScriptedGuest;

namespace Hyperlaunch.Tests.Hypervisor.Launch;

/// <summary>The control channel: who may say what, and what it does.</summary>
public sealed class ControlTests : IDisposable
{
    private readonly LaunchMachine _machine = new() { CommandLine = "end=poweroff" };

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void A_control_domain_lists_pauses_unpauses_and_destroys_the_others()
    {
        Load(_machine, Node("dom0", 1, ControlPermission), Node("one", 2));
        ScriptedGuest dom0 = Add(_machine, guest =>
            Then(
                guest.Command("list"), guest.Command("pause one"), guest.Command("list"), guest.Command("pause one"),
                guest.Command("unpause one"), guest.Command("unpause one"), guest.Command("destroy one"), Spin(200),
                guest.Command("list"), guest.Command("destroy one"), guest.PowerOff()));
        Add(_machine, Nothing);
        Add(_machine, Nothing);

        Assert.Equal(EndAction.PowerOff, _machine.Run(50_000));
        Assert.Equal(
            [
                "domid=1 name=dom0 state=running roles=control", "domid=2 name=one state=running roles=none", "ok",
                "ok",
                "domid=1 name=dom0 state=running roles=control", "domid=2 name=one state=paused roles=none", "ok",
                "error: The domain does not run.",
                "ok", "error: The domain is not paused.",
                "ok",
                "domid=1 name=dom0 state=running roles=control",
                    "domid=2 name=one state=reclaimed roles=none reason=destroyed", "ok",
                "error: The domain has ended already.",
            ],
            dom0.Answers);
    }

    [Theory]
    [InlineData("list", 0)]
    [InlineData("list", 5)]
    [InlineData("log", 50)]
    public void An_answer_that_nobody_read_is_gone_when_the_port_is_opened_again(string command, int wait)
    {
        Load(_machine, Node("dom0", 1, ControlPermission));
        ScriptedGuest dom0 = Add(_machine, guest =>
            Then(
                guest.Open(), guest.Send(command), Spin(wait), guest.Open(), guest.Command("nonsense"), guest.Open(),
                    guest.Command("list"),
                guest.PowerOff()));

        Assert.Equal(EndAction.PowerOff, _machine.Run(50_000));
        Assert.Equal(
            ["error: There is no such command. Type help for those that there are.",
                "domid=1 name=dom0 state=running roles=control", "ok"],
            dom0.Answers);
    }

    [Fact]
    public void A_line_that_was_left_unfinished_is_gone_when_the_port_is_opened_again()
    {
        Load(_machine, Node("dom0", 1, ControlPermission));
        ScriptedGuest dom0 = Add(_machine, guest =>
            Then(guest.Open(), guest.SendPart("destroy "), guest.Open(), guest.Command("list"), guest.PowerOff()));

        Assert.Equal(EndAction.PowerOff, _machine.Run(50_000));
        Assert.Equal(["domid=1 name=dom0 state=running roles=control", "ok"], dom0.Answers);
    }

    [Theory]
    [InlineData("pause dom0")]
    [InlineData("destroy dom0")]
    [InlineData("restart dom0")]
    public void A_domain_cannot_do_it_to_itself(string command)
    {
        Load(_machine, Node("dom0", 1, ControlPermission, more: "hyperlaunch,retain-modules;"));
        ScriptedGuest dom0 = Add(_machine, guest => Then(guest.Command(command), guest.PowerOff()));

        Assert.Equal(EndAction.PowerOff, _machine.Run());
        Assert.Equal("error: A domain cannot do this to itself; it can power off.", dom0.Status);
    }

    [Theory]
    [InlineData("boot", "pause one", "control")]
    [InlineData("boot", "destroy one", "control")]
    [InlineData("boot", "restart one", "control or recovery")]
    [InlineData("control", "set one vcpus 1", "boot")]
    [InlineData("control", "finish", "boot")]
    [InlineData("recovery", "pause one", "control")]
    [InlineData("recovery", "unpause one", "control or boot")]
    [InlineData("recovery", "destroy one", "control")]
    [InlineData("recovery", "set one vcpus 1", "boot")]
    [InlineData("recovery", "finish", "boot")]
    public void What_a_role_does_not_grant_is_refused_with_the_role_that_is_missing(string role, string command, string missing)
    {
        // Beside recovery there is the console role, so that the domain runs from the start.
        (uint permissions, uint functions) = role switch
        {
            "boot" => (0u, BootFunction),
            "control" => (ControlPermission, 0u),
            _ => (0u, RecoveryFunction | ConsoleFunction),
        };
        Load(_machine, Node("caller", 1, permissions, functions), Node("one", 2));
        ScriptedGuest caller = Add(
            _machine, guest => Then(guest.Command(command), guest.Command(command + " --json"), guest.PowerOff()));
        Add(_machine, Nothing);
        Add(_machine, guest => Then(Spin(300), guest.PowerOff()));

        _machine.Run(30_000);
        string sentence = $"{command.Split(' ')[0]} needs the {missing} role.";
        Assert.Equal("refused: " + sentence, caller.Answers[0]);
        using JsonDocument answer = JsonDocument.Parse(caller.Answers[1]);
        Assert.Equal("refused", answer.RootElement.GetProperty("status").GetString());
        Assert.Equal(sentence, answer.RootElement.GetProperty("message").GetString());
        Assert.Contains("name=one reason=poweroff", _machine.Line("domain-stopped domid=2"), StringComparison.Ordinal);
    }

    [Fact]
    public void Help_shows_what_the_caller_may_say()
    {
        Load(_machine, Node("boot", 1, functions: BootFunction));
        ScriptedGuest boot = Add(_machine, guest => Then(guest.Command("help"), guest.Command("finish")));

        _machine.Run(30_000);
        string[] commands = [.. boot.Answers.Where(line => line != "ok").Select(line => line.Trim().Split(' ')[0])];
        Assert.Equal(["help", "list", "show", "modules", "log", "failures", "unpause", "set", "finish"], commands);
    }

    [Fact]
    public void The_store_is_read_and_changed()
    {
        Load(_machine, Node("dom0", 1, ControlPermission));
        ScriptedGuest dom0 = Add(_machine, guest => Then(
            guest.Command("store /a/b one"), guest.Command("store /a/c two words"), guest.Command("store /a"),
            guest.Command("store /a/b rm"), guest.Command("store /a/b"), guest.Command("store /a --json"),
            guest.Command("store"), guest.PowerOff()));

        _machine.Run(60_000);
        Assert.Equal(
            [
                "ok", "ok", "value=\"\"", "name=\"b\" value=\"one\"", "name=\"c\" value=\"two words\"", "ok", "ok",
                "error: There is no such node; a path is like /local/domain/1/name.",
                "{\"value\":\"\"}", "{\"name\":\"c\",\"value\":\"two words\"}", "{\"status\":\"ok\"}",
                "error: There is no such node; a path is like /local/domain/1/name.",
            ],
            dom0.Answers.Take(12));
    }

    [Fact]
    public void Every_answer_in_json_is_json()
    {
        string[] commands
            = ["help", "list", "show dom0", "modules", "log", "failures", "nonsense", "show nobody", "pause one", "finish"];
        Load(_machine, Node("dom0", 1, ControlPermission), Node("one", 2), Node("bad", 3, kernel: 9));
        ScriptedGuest dom0 = Add(_machine, guest =>
            Then(commands.SelectMany(
                command => guest.Command(command + " --json")), guest.Command("unpause one"), guest.PowerOff()));
        Add(_machine, Nothing);
        Add(_machine, guest => Then(Spin(4000), guest.PowerOff()));

        _machine.Run(400_000);
        List<string> statuses = [];
        foreach (string line in dom0.Answers.SkipLast(1))
        {
            using JsonDocument answer = JsonDocument.Parse(line);
            if (answer.RootElement.TryGetProperty("status", out JsonElement status))
            {
                statuses.Add(status.GetString()!);
            }
        }

        Assert.Equal(["ok", "ok", "ok", "ok", "ok", "ok", "error", "error", "ok", "refused"], statuses);
        Assert.Contains(dom0.Answers, line => line.Contains("\"line\":\"(HV) @", StringComparison.Ordinal)
            && line.Contains("launch-final", StringComparison.Ordinal));
        Assert.Contains(dom0.Answers, line => line.Contains("\"name\":\"bad\"", StringComparison.Ordinal)
            && line.Contains("\"phase\":\"creation\"", StringComparison.Ordinal));
    }

    [Fact]
    public void An_echo_of_the_answers_is_no_command()
    {
        Load(_machine, Node("dom0", 1, ControlPermission));
        ScriptedGuest dom0 = Add(_machine, guest =>
            Then(
                guest.Command("list"), guest.Send("domid=1 name=dom0 state=running"), guest.Send("ok"), guest.Send("error: x"),
                guest.Send("refused: x"), guest.Send("{\"status\":\"ok\"}"), guest.Send("  help    the commands"),
                guest.Send("(HV) x"), guest.Listen(100), guest.Command("show dom0"), guest.PowerOff()));

        _machine.Run(50_000);
        Assert.Equal(4, dom0.Answers.Count);
        Assert.StartsWith("domid=1 name=dom0 state=running roles=control vcpus=2", dom0.Answers[2], StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_longer_than_any_command_is_one_error_and_the_next_is_understood()
    {
        Load(_machine, Node("dom0", 1, ControlPermission));
        ScriptedGuest dom0 = Add(
            _machine, guest => Then(guest.Command("list " + new string('x', 5000)), guest.Command("list"), guest.PowerOff()));

        _machine.Run(100_000);
        Assert.Equal("error: The line is longer than any command.", dom0.Answers[0]);
        Assert.Equal("ok", dom0.Status);
    }

    [Fact]
    public void A_domain_without_such_a_role_has_no_second_serial_port()
    {
        Load(_machine, Node("one", 1, HardwarePermission));
        ulong read = 0;
        Add(_machine, guest => Probe(value => read = value).Concat(guest.PowerOff()));

        _machine.Run();
        Assert.Equal(0xFFUL, read);

        IEnumerable<VmExit> Probe(Action<ulong> found)
        {
            yield return new VmExit { Reason = ExitReason.PortAccess, Port = 0x2FD, Size = 1, IsInput = true };
            found(_machine.Processors[0].GetRegister(GuestRegister.Rax) & 0xFF);
        }
    }

    [Fact]
    public void A_restart_builds_a_domain_again_and_leaves_the_others_alone()
    {
        Load(_machine, Node("dom0", 1, ControlPermission), Node("one", 2, more: "hyperlaunch,retain-modules;"), Node("two", 3));
        ScriptedGuest dom0 = Add(_machine, guest =>
            Then(
                Spin(20), guest.Command("restart one"), Spin(100), guest.Command("show one"), guest.Command("restart two"),
                guest.Command("destroy one"), Spin(50), guest.Command("restart one"), Spin(100), guest.PowerOff()));
        Add(_machine, Nothing);
        ScriptedGuest one = Add(
            _machine, guest => guest.Lives < 3 ? Then(guest.Print($"life {guest.Lives}"), Spin(500)) : guest.PowerOff());
        Add(_machine, Nothing);
        ScriptedGuest two = Add(_machine, guest => Then(Spin(800), guest.PowerOff()));

        Assert.Equal(EndAction.PowerOff, _machine.Run(50_000));
        Assert.Equal(3, one.Lives);
        Assert.Equal(1, two.Lives);
        Assert.Contains("(d2) life 2", _machine.Lines);
        Assert.Contains(dom0.Answers, line => line.Contains("name=one state=running", StringComparison.Ordinal)
            && line.Contains("restarts=1", StringComparison.Ordinal));
        Assert.Contains("error: Its modules are not kept: give its node hyperlaunch,retain-modules.", dom0.Answers);
        Assert.Equal(2, _machine.Lines.Count(line => line.Contains("domain-restarted domid=2", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_restart_is_answered_when_the_domain_runs_again()
    {
        Load(_machine, Node("dom0", 1, ControlPermission), Node("one", 2, more: "hyperlaunch,retain-modules;"));
        ScriptedGuest dom0 = Add(_machine, guest =>
            Then(
                Spin(20), guest.Command("restart one"), guest.Command("show one"), guest.Command("destroy one"),
                guest.PowerOff()));
        Add(_machine, Nothing);

        Assert.Equal(EndAction.PowerOff, _machine.Run(50_000));
        Assert.Equal("ok", dom0.Answers[0]);
        Assert.Contains(" state=running ", dom0.Answers[1], StringComparison.Ordinal);
        Assert.Contains(" restarts=1 ", dom0.Answers[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("restart one", "error: ")]
    [InlineData("restart one --json", "{\"status\":\"error\",\"message\":\"")]
    public void A_restart_that_fails_is_answered_with_the_reason(string command, string start)
    {
        Load(_machine, Node("dom0", 1, ControlPermission), Node("one", 2, more: "hyperlaunch,retain-modules;"));
        ScriptedGuest dom0 = Add(_machine, guest =>
            Then(
                Spin(20), Damage(), guest.Command(command), guest.Command("show one"), guest.Command("failures"),
                guest.PowerOff()));
        Add(_machine, Nothing);

        Assert.Equal(EndAction.PowerOff, _machine.Run(50_000));
        Assert.StartsWith(start, dom0.Answers[0], StringComparison.Ordinal);
        Assert.Contains(" state=stopped roles=none reason=destroyed ", dom0.Answers[1], StringComparison.Ordinal);
        Assert.Contains(" failed=yes ", dom0.Answers[1], StringComparison.Ordinal);
        string sentence = dom0.Answers[3][(dom0.Answers[3].IndexOf("problem=\"", StringComparison.Ordinal) + 9)..].TrimEnd('"');
        Assert.Contains(sentence, dom0.Answers[0], StringComparison.Ordinal);

        IEnumerable<VmExit> Damage()
        {
            _machine.Put(_machine.ModuleAt(1).Range.Start, new byte[4096]);
            yield break;
        }
    }

    [Fact]
    public void The_hypervisors_console_is_told_why_a_restart_failed()
    {
        Load(_machine, Node("one", 1), Node("two", 2, more: "hyperlaunch,retain-modules;"));
        Add(_machine, guest => Then(Spin(300), guest.PowerOff()));
        Add(_machine, Nothing);
        Add(_machine, Nothing);
        _machine.Run(20);
        _machine.Put(_machine.ModuleAt(1).Range.Start, new byte[4096]);
        _machine.Type("\u0001\u0001\u0001\u0001\u0001\u0001restart two\rlist\r");

        Assert.Equal(EndAction.PowerOff, _machine.GoOn(30_000));
        string[] answers = [.. _machine.Lines.SkipWhile(line => !line.StartsWith("(HV) error: ", StringComparison.Ordinal))];
        Assert.Contains("(HV) domid=2 name=two state=stopped roles=none reason=destroyed", answers);
    }

    [Fact]
    public void A_restarted_domain_finds_nothing_of_its_former_life()
    {
        Load(_machine, Node("dom0", 1, ControlPermission), Node("one", 2, more: "hyperlaunch,retain-modules;"));
        ulong free = 0;
        ScriptedGuest dom0 = Add(
            _machine, guest => Then(Spin(20), Restarts(guest), guest.Command("destroy one"), Spin(20), guest.PowerOff()));
        Add(_machine, Nothing);
        ScriptedGuest one = Add(_machine, guest => Spin(1));

        Assert.Equal(EndAction.PowerOff, _machine.Run(100_000));
        Assert.Equal(21, one.Lives);
        Assert.DoesNotContain(dom0.Answers, line => line != "ok");

        IEnumerable<VmExit> Restarts(ScriptedGuest guest)
        {
            for (int i = 0; i < 20; i++)
            {
                foreach (VmExit exit in guest.Command("restart one").Concat(Spin(40)))
                {
                    yield return exit;
                }

                free = free == 0 ? _machine.Allocator!.FreeBytes : free;
                Assert.Equal(free, _machine.Allocator!.FreeBytes);
            }
        }
    }

    [Fact]
    public void The_hypervisors_console_has_the_same_commands_and_the_machines_ends()
    {
        Load(_machine, Node("one", 1));
        Add(_machine, Nothing);
        _machine.Type("\u0001\u0001\u0001help\rpause one\rlist\rfinish\runpause one\rdestroy 1\r");

        Assert.Equal(EndAction.PowerOff, _machine.Run(30_000));
        Assert.Contains(_machine.Lines, line => line.StartsWith("(HV)   poweroff", StringComparison.Ordinal));
        Assert.Contains("(HV) domid=1 name=one state=paused roles=none", _machine.Lines);
        Assert.Contains("(HV) refused: finish needs the boot role.", _machine.Lines);
        Assert.Contains("reason=destroyed", _machine.Line("domain-stopped"), StringComparison.Ordinal);
    }

    private static IEnumerable<VmExit> Nothing(ScriptedGuest guest) => [];
}
