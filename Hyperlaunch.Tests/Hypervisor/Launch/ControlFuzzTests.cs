using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Execution;
using Xunit;
using static Hyperlaunch.Tests.Hypervisor.Launch.LaunchTree;
using static Hyperlaunch.Tests.Hypervisor.Launch.ScriptedGuest;

namespace Hyperlaunch.Tests.Hypervisor.Launch;

/// <summary>Whatever comes over a control channel, every line gets one answer, and nobody but whom it names notices.</summary>
public sealed class ControlFuzzTests : IDisposable
{
    private const int Lines = 1500;

    // Nothing that ends the caller or the bystander, so that both are there to be looked at in the end.
    private static readonly string[] s_words =
    [
        "help", "list", "show", "modules", "log", "failures", "store", "pause", "unpause", "destroy", "restart", "set", "cmdline",
            "vcpus", "victim",
        "6", "0", "1", "4294967298", "nobody", "--json", "\"", "\\", "a=b", "", "999999999", "-1", "x", "finish", "reboot",
            "poweroff", "LIST",
    ];

    private readonly LaunchMachine _machine = new() { CommandLine = "end=poweroff" };

    public void Dispose() => _machine.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_line_gets_one_answer(int seed)
    {
        Random random = new(seed);
        Load(_machine, Node("caller", 1, ControlPermission, RecoveryFunction), Node(
            "bystander", 2), Node("victim", 6, more: "hyperlaunch,retain-modules;"));
        int answered = 0;
        bool isOver = false;
        ScriptedGuest caller = Add(
            _machine, guest => Then(Everything(guest), Spin(200), guest.Command("destroy victim"), guest.PowerOff()));
        Add(_machine, _ => []);
        Add(_machine, Bystander);
        Add(_machine, _ => []);

        Assert.Equal(EndAction.PowerOff, _machine.Run(4_000_000));
        Assert.Equal(Lines, answered);
        Assert.DoesNotContain("no answer", caller.Answers);
        Assert.Contains("name=bystander reason=poweroff", _machine.Line("domain-stopped domid=2"), StringComparison.Ordinal);

        IEnumerable<VmExit> Everything(ScriptedGuest guest)
        {
            for (int i = 0; i < Lines; i++)
            {
                int before = guest.Answers.Count(IsStatus);
                foreach (VmExit exit in guest.Command(Line(random)))
                {
                    yield return exit;
                }

                Assert.Equal(before + 1, guest.Answers.Count(IsStatus));
                answered++;
                guest.Answers.Clear();
            }

            isOver = true;
        }

        IEnumerable<VmExit> Bystander(ScriptedGuest guest)
        {
            while (!isOver)
            {
                yield return new VmExit { Reason = ExitReason.ExternalInterrupt };
            }

            foreach (VmExit exit in guest.PowerOff())
            {
                yield return exit;
            }
        }
    }

    [Fact]
    public void Bytes_that_are_no_lines_leave_a_channel_that_answers()
    {
        const int Count = 40_000;
        Random random = new(4);
        Load(_machine, Node("caller", 1, ControlPermission));
        ScriptedGuest caller = Add(
            _machine, guest => Then(Noise(guest), guest.Send(""), guest.Listen(400), guest.Command("list"), guest.PowerOff()));

        Assert.Equal(EndAction.PowerOff, _machine.Run(20_000_000));
        Assert.Equal(["domid=1 name=caller state=running roles=control", "ok"], caller.Answers.TakeLast(2));

        IEnumerable<VmExit> Noise(ScriptedGuest guest)
        {
            StringBuilder bytes = new();
            for (int i = 0; i < Count; i++)
            {
                char value = (char)random.Next(256);
                bytes.Append(value == '\n' && random.Next(8) != 0 ? 'x' : value);
            }

            return guest.Send(bytes.ToString());
        }
    }

    private static bool IsStatus(string line)
        => line.StartsWith("ok", StringComparison.Ordinal) || line.StartsWith("error", StringComparison.Ordinal)
        || line.StartsWith("refused", StringComparison.Ordinal) || line.StartsWith("{\"status\"", StringComparison.Ordinal);

    // The first word is one that no answer begins with: a line that is taken for an echo gets none.
    private static string Line(Random random)
    {
        string first = s_words[random.Next(13)];
        return string.Join(
            ' ', Enumerable.Range(0, random.Next(5)).Select(_ => s_words[random.Next(s_words.Length)]).Prepend(first));
    }
}
