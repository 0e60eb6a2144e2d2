using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Hypervisor.Launch;
using Hyperlaunch.Tests.Kernel;
using Xunit;
using static Hyperlaunch.Tests.Hypervisor.Launch.LaunchTree;
using static Hyperlaunch.Tests.Hypervisor.Launch.ScriptedGuest;

namespace Hyperlaunch.Tests.Hypervisor.Launch;

/// <summary>Every failure in every phase, with every kind of recovery: what is done is what the table says.</summary>
public sealed class FailureTests : IDisposable
{
    private const int Processors = 2;

    private readonly LaunchMachine _machine = new() { CommandLine = "end=poweroff" };

    public static TheoryData<LaunchPhaseKind, FailureSubject, FailureKind, CrashAction, RecoveryState> Everything
    {
        get
        {
            TheoryData<LaunchPhaseKind, FailureSubject, FailureKind, CrashAction, RecoveryState> data = [];
            foreach ((LaunchPhaseKind phase, FailureSubject subject, FailureKind kind,
                CrashAction onCrash) in FailureTable.Cases())
            {
                foreach (RecoveryState recovery in Enum.GetValues<RecoveryState>())
                {
                    // The recovery domain's own failure says itself who there is.
                    if (subject != FailureSubject.Recovery || recovery == RecoveryState.None)
                    {
                        data.Add(phase, subject, kind, onCrash, recovery);
                    }
                }
            }

            return data;
        }
    }

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void The_documents_table_is_what_the_code_decides()
    {
        string document = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "docs", "launch.md"));
        Assert.True(document.Contains(
            FailureTable.Markdown(), StringComparison.Ordinal), "docs/launch.md should hold this table:\n"
            + FailureTable.Markdown());
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public void A_failure_is_answered_as_the_table_says_and_nobody_else_notices(
        LaunchPhaseKind phase, FailureSubject subject, FailureKind kind, CrashAction onCrash, RecoveryState recovery)
    {
        FailureResponse expected = FailurePolicy.Decide(subject, kind, onCrash, recovery);
        Scenario scenario = new(_machine, phase, subject, kind, onCrash, recovery);
        scenario.Run();

        string failure = _machine.Lines.Last(
            line => line.Contains(" domain-failed ", StringComparison.Ordinal)
            && line.Contains("name=" + scenario.Failing, StringComparison.Ordinal));
        Assert.Contains("phase=" + LaunchPhaseNames.Name(phase), failure, StringComparison.Ordinal);
        if (kind == FailureKind.NotBuilt && phase != LaunchPhaseKind.Creation)
        {
            Assert.DoesNotContain("problem=triple-fault", failure, StringComparison.Ordinal);
        }

        bool isStarted = _machine.Lines.Any(line => line.Contains(" recovery-started ", StringComparison.Ordinal));
        bool hadToStart = subject == FailureSubject.Recovery && phase != LaunchPhaseKind.Creation;
        Assert.Equal((expected & FailureResponse.StartRecovery) != 0 || hadToStart, isStarted);
        Assert.Equal((expected & FailureResponse.Restart) != 0, _machine.Lines.Any(
            line => line.Contains(" domain-restarted ", StringComparison.Ordinal)));
        Assert.Equal((expected & FailureResponse.TellRecovery) != 0, scenario.Told.Any(
            line => line.StartsWith("event domid=", StringComparison.Ordinal)));
        Assert.Single(_machine.Lines, line => line.Contains(" launch-final ", StringComparison.Ordinal));

        // The bystander was started in the end, ran its whole time, and ended in order.
        Assert.Contains("name=bystander reason=poweroff", _machine.Line("domain-stopped domid=2"), StringComparison.Ordinal);
        Assert.EndsWith("machine-off reason=no-domains", _machine.Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void The_recovery_domain_gets_the_console_and_reads_the_record_and_its_end_gives_the_console_back()
    {
        Load(_machine, Node("one", 1), Node("two", 2), Node("rescue", 3, functions: RecoveryFunction));
        ScriptedGuest rescue = Add(_machine, guest => Then(guest.Command("failures"), guest.PowerOff()));
        Add(_machine, Nothing);
        Add(_machine, guest => Then(Spin(30), Crash()));
        Add(_machine, Nothing);
        Add(_machine, guest => Then(Spin(500), guest.PowerOff()));

        _machine.Run(50_000);
        Assert.StartsWith("domid=1 name=one at-ms=", rescue.Answers[0], StringComparison.Ordinal);
        Assert.Contains("phase=final problem=triple-fault vcpu=0 exit=triple-fault", rescue.Answers[0], StringComparison.Ordinal);
        Assert.Contains(" cr3=0x", rescue.Answers[0], StringComparison.Ordinal);
        string[] console = [.. _machine.Lines.Where(line => line.Contains("console-assigned", StringComparison.Ordinal))];
        Assert.Equal(2, console.Length);
        Assert.EndsWith("name=rescue", console[0], StringComparison.Ordinal);
        Assert.EndsWith("name=two", console[1], StringComparison.Ordinal);
    }

    [Fact]
    public void The_record_of_a_panic_has_no_registers_of_a_processor()
    {
        Load(_machine, Node("one", 1), Node("rescue", 3, functions: RecoveryFunction));
        ScriptedGuest rescue = Add(_machine, guest => Then(guest.Command("failures"), guest.PowerOff()));
        Add(_machine, Nothing);
        Add(_machine, _ => Enumerable.Repeat(new VmExit { Reason = ExitReason.Halt }, 1));
        Add(_machine, Nothing);

        _machine.Run(50_000);
        Assert.EndsWith("phase=final problem=halted", rescue.Answers[0], StringComparison.Ordinal);
    }

    [Fact]
    public void The_recovery_domain_reads_why_an_entry_was_refused()
    {
        Load(_machine, Node("one", 1), Node("rescue", 3, functions: RecoveryFunction));
        ScriptedGuest rescue = Add(_machine, guest => Then(guest.Command("failures"), guest.PowerOff()));
        Add(_machine, Nothing);
        Add(_machine, _ => [new VmExit { Reason = ExitReason.InvalidState, RawReason = 0x21, Qualification = 4, Diagnosis
            = "Guest CS is unusable." }]);
        Add(_machine, Nothing);

        _machine.Run(50_000);
        Assert.Contains(" code=0x21 qualification=0x4 rflags=0x", rescue.Answers[0], StringComparison.Ordinal);
        Assert.EndsWith(" diagnosis=\"Guest CS is unusable.\"", rescue.Answers[0], StringComparison.Ordinal);
    }

    [Fact]
    public void The_recovery_domain_restarts_what_has_failed_and_nothing_else()
    {
        Load(_machine, Node("one", 1, more: "hyperlaunch,retain-modules;"), Node(
            "two", 2, more: "hyperlaunch,retain-modules;"), Node("rescue", 3, functions: RecoveryFunction));
        ScriptedGuest rescue = Add(
            _machine, guest => Then(guest.Command("restart two"), guest.Command("restart one"), Spin(100), guest.PowerOff()));
        Add(_machine, Nothing);
        ScriptedGuest one = Add(_machine, guest => guest.Lives == 1 ? Then(Spin(30), Crash()) : guest.PowerOff());
        Add(_machine, Nothing);
        ScriptedGuest two = Add(_machine, guest => Then(Spin(500), guest.PowerOff()));

        Assert.Equal(EndAction.PowerOff, _machine.Run(50_000));
        Assert.Equal(["error: The recovery role restarts only what has failed; the control role restarts any domain.", "ok"],
            rescue.Answers);
        Assert.Equal(2, one.Lives);
        Assert.Equal(1, two.Lives);
    }

    [Fact]
    public void The_recovery_domain_is_started_once()
    {
        Load(_machine, Node("one", 1), Node("two", 2), Node("rescue", 3, functions: RecoveryFunction));
        ScriptedGuest rescue = Add(_machine, guest => guest.PowerOff());
        Add(_machine, Nothing);
        Add(_machine, guest => Then(Spin(30), Crash()));
        Add(_machine, Nothing);
        Add(_machine, guest => Then(Spin(300), Crash()));

        Assert.Equal(EndAction.PowerOff, _machine.Run(50_000));
        Assert.Equal(1, rescue.Lives);
        Assert.Single(_machine.Lines, line => line.Contains("recovery-started", StringComparison.Ordinal));
        Assert.Equal(2, _machine.Lines.Count(line => line.Contains("domain-failed", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_domain_that_crashes_again_and_again_is_not_built_for_ever()
    {
        Load(_machine, Node(
            "one", 1, more: "hyperlaunch,on-crash = \"restart\";"), Node("rescue", 2, functions: RecoveryFunction));
        ScriptedGuest rescue = Add(_machine, guest => guest.PowerOff());
        Add(_machine, Nothing);
        ScriptedGuest one = Add(_machine, guest => Then(Spin(20), Crash()));

        Assert.Equal(EndAction.PowerOff, _machine.Run(50_000));
        Assert.Equal(FailurePolicy.ShortLives, one.Lives);
        Assert.Equal(1, rescue.Lives);
    }

    [Fact]
    public void Long_lives_are_built_again_as_often_as_they_end()
    {
        const int LongLife = 10_500;
        Load(_machine, Node("one", 1, more: "hyperlaunch,on-crash = \"restart\";"));
        ScriptedGuest one = Add(_machine, guest => guest.Lives < 8 ? Then(Spin(LongLife), Crash()) : guest.PowerOff());

        Assert.Equal(EndAction.PowerOff, _machine.Run(200_000));
        Assert.Equal(8, one.Lives);
    }

    [Fact]
    public void After_a_failure_with_nobody_left_the_machine_stays_at_its_console_with_the_record()
    {
        _machine.CommandLine = "";
        Load(_machine, Node("one", 1));
        Add(_machine, _ => Crash());

        Assert.Null(_machine.Run(200));
        Assert.Equal("(HV) No domain runs. The machine stays up: type help.", _machine.Lines[^1]);

        _machine.Type("failures\rpoweroff\r");
        Assert.Equal(EndAction.PowerOff, _machine.GoOn(200));
        Assert.Contains(_machine.Lines, line => line.StartsWith("(HV) domid=1 name=one at-ms=", StringComparison.Ordinal));
    }

    [Fact]
    public void A_restart_that_fails_is_on_record_and_the_machine_does_not_idle_for_ever()
    {
        _machine.CommandLine = "";
        Load(_machine, Node("one", 1, more: "hyperlaunch,on-crash = \"restart\";"));
        Add(_machine, guest => Then(Spin(30), Damage(), Crash()));

        Assert.Null(_machine.Run(500));
        string[] failures = [.. _machine.Lines.Where(line => line.Contains(" domain-failed ", StringComparison.Ordinal))];
        Assert.Equal(2, failures.Length);
        Assert.Contains("phase=final problem=\"", failures[1], StringComparison.Ordinal);
        Assert.Equal("(HV) No domain runs. The machine stays up: type help.", _machine.Lines[^1]);

        _machine.Type("failures\rlist\rpoweroff\r");
        Assert.Equal(EndAction.PowerOff, _machine.GoOn(200));
        Assert.Equal(2, _machine.Lines.Count(line => line.StartsWith("(HV) domid=1 name=one at-ms=", StringComparison.Ordinal)));
        Assert.Contains("(HV) domid=1 name=one state=stopped roles=none reason=triple-fault", _machine.Lines);
    }

    [Fact]
    public void A_restart_that_fails_ends_the_machine_as_the_command_line_says()
    {
        Load(_machine, Node(
            "one", 1, more: "hyperlaunch,on-crash = \"restart\";"), Node("rescue", 2, functions: RecoveryFunction));
        ScriptedGuest rescue = Add(_machine, guest => Then(guest.Command("failures"), guest.PowerOff()));
        Add(_machine, Nothing);
        Add(_machine, guest => Then(Spin(30), Damage(), Crash()));

        Assert.Equal(EndAction.PowerOff, _machine.Run(50_000));
        Assert.Equal(1, rescue.Lives);
        Assert.Equal(3, rescue.Answers.Count);
        Assert.Contains("problem=triple-fault ", rescue.Answers[0], StringComparison.Ordinal);
        Assert.Contains("name=one ", rescue.Answers[1], StringComparison.Ordinal);
    }

    private static void DamageKernel(LaunchMachine machine) => machine.Put(machine.ModuleAt(1).Range.Start, new byte[4096]);

    private static IEnumerable<VmExit> Nothing(ScriptedGuest guest) => [];

    private IEnumerable<VmExit> Damage()
    {
        DamageKernel(_machine);
        yield break;
    }

    /// <summary>A launch in which one failure happens: a domain that fails, a bystander, and who there is to recover.</summary>
    private sealed class Scenario
    {
        private readonly LaunchMachine _machine;
        private readonly ScriptedGuest? _listener;

        public Scenario(
            LaunchMachine machine, LaunchPhaseKind phase, FailureSubject subject, FailureKind kind, CrashAction onCrash,
                RecoveryState recovery)
        {
            _machine = machine;
            bool isPrepared = phase == LaunchPhaseKind.Preparation || subject == FailureSubject.Boot;
            bool waits = recovery == RecoveryState.Waiting || subject == FailureSubject.Recovery;
            string crash = $"hyperlaunch,on-crash = \"{onCrash.ToString().ToLowerInvariant()}\";";
            Failing = subject switch
            {
                FailureSubject.Boot => "boot",
                FailureSubject.Recovery => "rescue",
                _ => "victim",
            };

            // Only a control domain has a recovery domain built again: one that runs in that phase.
            bool isDamaged = kind == FailureKind.NotBuilt && phase != LaunchPhaseKind.Creation;
            bool isRebuilt = isDamaged && subject == FailureSubject.Recovery;
            uint control = isRebuilt ? ControlPermission : 0;
            List<string> nodes = [Node("bystander", 2, permissions: isPrepared ? 0 : control)];
            if (isRebuilt && !isPrepared)
            {
                AddDomain("bystander", guest => Then(Rebuild(guest), Spin(1200), guest.PowerOff()));
            }

            if (recovery == RecoveryState.Listening)
            {
                nodes.Add(Node("holder", 3, functions: RecoveryFunction | ConsoleFunction));
                _listener = AddDomain("holder", guest => Then(guest.Command("list"), guest.Listen(800), guest.PowerOff()));
            }

            if (isPrepared)
            {
                string limit = kind == FailureKind.TimedOut ? "hyperlaunch,boot-timeout-ms = <300>;" : "";
                string more = subject == FailureSubject.Boot ? crash + limit : "";
                nodes.Add(Node("boot", 4, permissions: control, functions: BootFunction, more: more));
                AddDomain("boot", guest => Boot(guest, subject, kind, isRebuilt));
            }

            if (waits)
            {
                nodes.Add(Node(
                    "rescue", 5, functions: RecoveryFunction, more: isRebuilt ? "hyperlaunch,retain-modules;" : ""));
                AddDomain("rescue", guest
                    => subject == FailureSubject.Recovery ? Then(Spin(50), LastCrash(isRebuilt)) : guest.PowerOff());
            }

            if (!isRebuilt || isPrepared)
            {
                AddDomain("bystander", guest => Then(Spin(1200), guest.PowerOff()));
            }

            if (subject != FailureSubject.Boot)
            {
                // In the recovery domain's own failure the victim is what it was started for.
                nodes.Add(Node("victim", 6, more: subject == FailureSubject.Other ? crash : ""));
                AddDomain("victim", guest => guest.Lives == 1 ? Then(Spin(100), LastCrash(isDamaged)) : guest.PowerOff());
            }

            if (phase == LaunchPhaseKind.Creation)
            {
                _machine.UnbuildableProcessor = _first[Failing] + Processors - 1;
            }

            Load(_machine, [.. nodes]);
        }

        public string Failing { get; }

        public List<string> Told => _listener?.Answers ?? [];

        private readonly Dictionary<string, int> _first = [];

        public void Run() => Assert.Equal(EndAction.PowerOff, _machine.Run(100_000));

        // Domains are added here in the order in which they are built.
        private ScriptedGuest AddDomain(string name, Func<ScriptedGuest, IEnumerable<VmExit>> life)
        {
            _first[name] = _machine.Guests.Count;
            ScriptedGuest guest = Add(_machine, life);
            for (int i = 1; i < Processors; i++)
            {
                Add(_machine, Nothing);
            }

            return guest;
        }

        // The kernel that it is built from again is no kernel any more by then.
        private IEnumerable<VmExit> LastCrash(bool isDamaged)
        {
            if (isDamaged)
            {
                DamageKernel(_machine);
            }

            return Crash();
        }

        private static IEnumerable<VmExit> Rebuild(ScriptedGuest guest)
            => Then(Spin(400), guest.Command("restart rescue"));

        private static IEnumerable<VmExit> Boot(ScriptedGuest guest, FailureSubject subject, FailureKind kind, bool isRebuilt)
        {
            if (subject != FailureSubject.Boot)
            {
                return Then(
                    guest.Command("unpause holder"),
                    guest.Command("unpause victim"),
                    isRebuilt ? Rebuild(guest) : [],
                    Spin(600),
                    guest.Command("finish"));
            }

            IEnumerable<VmExit> end = kind switch
            {
                FailureKind.Crashed => Crash(),
                FailureKind.Unfinished => guest.PowerOff(),
                _ => [],
            };
            return Then(guest.Command("unpause holder"), Spin(100), end);
        }
    }
}
