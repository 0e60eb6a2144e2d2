using System;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.Text;
using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>
/// Carries out commands, whoever gives them. A command is checked once against the roles of the one who gives it; what changes a domain
/// is done at once, and a long answer is given as fast as it is taken. Allocates nothing, but for what <c>set</c> sets.
/// </summary>
internal sealed class ControlInterpreter
{
    private const int LogLineCapacity = 1024;

    private readonly HypervisorLaunch _hypervisor;
    private readonly LaunchWork _launch;
    private readonly LogHistory _history;
    private readonly RecordLine _answer = new(ControlChannel.LongestAnswer - 2);
    private readonly LineBuffer _logLine = new(LogLineCapacity);
    private readonly ExitCounts _exits = new();

    // Held here so that it is made during the launch, and not by the first command.
    private readonly ControlCommandDescription[] _commands = ControlCommandTable.All;

    /// <summary>Makes it.</summary>
    public ControlInterpreter(HypervisorLaunch hypervisor, LaunchWork launch, LogHistory history)
    {
        _hypervisor = hypervisor;
        _launch = launch;
        _history = history;
    }

    /// <summary>Goes on with the line that a session has ready, if there is one and its answer has room.</summary>
    public void Advance(ControlSession session)
    {
        if (session.IsBusy && session.Command == ControlCommand.None && session.Output.HasRoom)
        {
            Begin(session);
        }

        while (session.Command != ControlCommand.None && session.Output.HasRoom)
        {
            GoOn(session);
        }
    }

    /// <summary>Tells a session that listens, unasked and between its answers, of failures that it is to know of.</summary>
    public void Tell(ControlSession session)
    {
        FailureLog failures = _launch.Recovery.Failures;
        session.Told = session.Told < failures.Oldest ? failures.Oldest : session.Told;
        for (; session.IsOpen && !session.IsBusy && session.Told < failures.Count && session.Output.HasRoom; session.Told++)
        {
            ref readonly Failure failure = ref failures[session.Told];
            if ((failure.Response & FailureResponse.TellRecovery) != 0)
            {
                _answer.Begin(RecordStyle.Answer);
                _answer.Text("event");
                AddFailure(in failure);
                Send(session);
            }
        }
    }

    private void Begin(ControlSession session)
    {
        Words words = new(session.Line);
        ReadOnlySpan<byte> name = words.Next();
        if (!session.Output.IsTerminal && IsEcho(session.Line, name))
        {
            session.Finish();
            return;
        }

        session.Open();
        session.IsJson = words.TakeLast("--json"u8);
        ControlCommandDescription? command = ControlCommandTable.Find(name);
        if (session.IsTooLong)
        {
            Fail(session, "The line is longer than any command.");
        }
        else if (command is null)
        {
            Fail(session, "There is no such command. Type help for those that there are.");
        }
        else if (!command.IsGrantedTo(session, RolesOf(session)))
        {
            Refuse(session, command);
        }
        else
        {
            session.Command = command.Command;
            Carry(session, ref words);
        }
    }

    // What acts is done here, at once; what only tells is left to GoOn.
    private void Carry(ControlSession session, ref Words words)
    {
        switch (session.Command)
        {
            case ControlCommand.Show:
            case ControlCommand.Pause:
            case ControlCommand.Unpause:
            case ControlCommand.Destroy:
            case ControlCommand.Restart:
            case ControlCommand.Set:
                Domain? domain = Find(words.Next());
                if (domain is null)
                {
                    Fail(session, "There is no such domain. Type list for those that there are.");
                }
                else
                {
                    CarryOn(session, domain, ref words);
                }

                break;
            case ControlCommand.Finish:
                // Granted to the boot domain alone, so this is its phase.
                ((PreparationPhase)_launch.Phase).Finish();
                Succeed(session);
                break;
            case ControlCommand.PowerOff:
                _hypervisor.End(EndAction.PowerOff, "console");
                break;
            case ControlCommand.Reboot:
                _hypervisor.End(EndAction.Reboot, "console");
                break;
        }
    }

    private void CarryOn(ControlSession session, Domain domain, ref Words words)
    {
        switch (session.Command)
        {
            case ControlCommand.Show:
                Show(session, domain);
                Succeed(session);
                break;
            case ControlCommand.Set:
                Set(session, domain, ref words);
                break;
            default:
                string problem = Act(session, domain);
                if (problem.Length == 0)
                {
                    Succeed(session);
                }
                else
                {
                    Fail(session, problem);
                }

                break;
        }
    }

    // What is wrong, in a sentence; empty when it was done.
    private string Act(ControlSession session, Domain domain)
    {
        bool isItself = session.Domid == (int)domain.Id;
        switch (session.Command)
        {
            case ControlCommand.Pause when isItself:
            case ControlCommand.Destroy when isItself:
            case ControlCommand.Restart when isItself:
                return "A domain cannot do this to itself; it can power off.";
            case ControlCommand.Pause when domain.Life.State != DomainState.Running:
                return "The domain does not run.";
            case ControlCommand.Pause:
                _launch.Lifecycle.Pause(domain);
                return "";
            case ControlCommand.Unpause when domain.Life.State != DomainState.Paused:
                return "The domain is not paused.";
            case ControlCommand.Unpause when !session.IsHypervisor && ReferenceEquals(domain, _launch.Recovery.Domain) && !domain.Life.WasStarted:
                return "The recovery domain is started when a domain fails.";
            case ControlCommand.Unpause:
                _launch.Unpause(domain);
                return "";
            case ControlCommand.Destroy when !domain.Life.IsAlive:
                return "The domain has ended already.";
            case ControlCommand.Destroy:
                DomainLifecycle.Destroy(domain);
                return "";
            default:
                return Restart(session, domain);
        }
    }

    private static string Restart(ControlSession session, Domain domain)
    {
        if (!RolePolicy.MayBeRestarted(domain.Plan.Roles))
        {
            return "It is the boot domain, which runs once.";
        }

        if (!domain.Plan.IsRestartable)
        {
            return "Its modules are not kept: give its node hyperlaunch,retain-modules.";
        }

        bool mayAny = session.IsHypervisor || RolePolicy.MayRestartAny(session.Roles);
        if (!mayAny && !domain.Life.HasFailed)
        {
            return "The recovery role restarts only what has failed; the control role restarts any domain.";
        }

        DomainLifecycle.RequestRestart(domain);
        return "";
    }

    private void Set(ControlSession session, Domain domain, ref Words words)
    {
        ReadOnlySpan<byte> property = words.Next();
        ReadOnlySpan<byte> value = words.Rest();
        if (_launch.Phase.Kind != LaunchPhaseKind.Preparation || domain.Life.WasStarted || domain.Life.State != DomainState.Paused)
        {
            Fail(session, "The domain has been started; it can be set before that, in the preparation.");
            return;
        }

        string commandLine = domain.CommandLine;
        int processors = domain.VirtualCpus;
        if (property.SequenceEqual("cmdline"u8))
        {
            domain.Configure(Latin1.ToString(value), processors);
        }
        else if (property.SequenceEqual("vcpus"u8) && Words.TryNumber(value, out uint count) && count != 0 && count <= domain.Plan.VirtualCpus)
        {
            domain.Configure(commandLine, (int)count);
        }
        else
        {
            Fail(session, "What can be set is: cmdline TEXT, or vcpus N, from 1 to as many as the plan gives the domain.");
            return;
        }

        if (_launch.Lifecycle.TryRebuild(domain, out string problem))
        {
            Succeed(session);
            return;
        }

        // What it was built with before was accepted then, so it is accepted again.
        domain.Configure(commandLine, processors);
        _launch.Lifecycle.TryRebuild(domain, out _);
        Fail(session, problem);
    }

    private void GoOn(ControlSession session)
    {
        bool isMore;
        switch (session.Command)
        {
            case ControlCommand.Help:
                isMore = Help(session);
                break;
            case ControlCommand.List:
                isMore = List(session);
                break;
            case ControlCommand.Modules:
                isMore = Modules(session);
                break;
            case ControlCommand.Log:
                isMore = Log(session);
                break;
            case ControlCommand.Failures:
                isMore = Failures(session);
                break;
            default:
                session.Finish();
                return;
        }

        if (!isMore)
        {
            Succeed(session);
        }
    }

    private bool Help(ControlSession session)
    {
        while (session.Progress < (ulong)_commands.Length)
        {
            ControlCommandDescription command = _commands[(int)session.Progress];
            session.Progress++;
            if (!command.IsGrantedTo(session, RolesOf(session)))
            {
                continue;
            }

            _answer.Begin(session.IsJson ? RecordStyle.Json : RecordStyle.Answer);
            if (session.IsJson)
            {
                _answer.Add("command", command.Name);
                _answer.Add("arguments", command.Arguments);
                _answer.Add("summary", command.Summary);
            }
            else
            {
                HelpText(command);
            }

            Send(session);
            return true;
        }

        return false;
    }

    // Two columns; the first is as wide as all commands but the longest need. A line begins with a blank, as no command does.
    private void HelpText(ControlCommandDescription command)
    {
        const int Column = 16;
        _answer.Text("  ");
        _answer.Text(command.Name);
        _answer.Text(" ");
        _answer.Text(command.Arguments);
        for (int i = command.Name.Length + 1 + command.Arguments.Length; i < Column; i++)
        {
            _answer.Text(" ");
        }

        _answer.Text(" ");
        _answer.Text(command.Summary);
    }

    private bool List(ControlSession session)
    {
        if (session.Progress == (ulong)_launch.Domains.Count)
        {
            return false;
        }

        Domain domain = _launch.Domains[(int)session.Progress];
        session.Progress++;
        _answer.Begin(session.IsJson ? RecordStyle.Json : RecordStyle.Answer);
        AddIdentity(domain);
        Send(session);
        return true;
    }

    private void Show(ControlSession session, Domain domain)
    {
        _answer.Begin(session.IsJson ? RecordStyle.Json : RecordStyle.Answer);
        AddIdentity(domain);
        _answer.Add("vcpus", (ulong)domain.VirtualCpus);
        _answer.Add("memory-mib", domain.Plan.MemoryKib >> 10);
        _answer.Add("restarts", domain.Life.Restarts);
        _answer.Add("failed", domain.Life.HasFailed);
        _answer.Add("restartable", domain.Plan.IsRestartable);
        domain.Machine.SumExits(_exits);
        _answer.Add("exits", _exits.Total);
        _answer.Add("touched-mib", domain.Machine.Memory.PopulatedBytes >> 20);
        _answer.Add("cmdline", domain.CommandLine);
        Send(session);
    }

    private void AddIdentity(Domain domain)
    {
        _answer.Add("domid", domain.Id);
        _answer.Add("name", domain.Name);
        _answer.Add("state", DomainStateNames.Name(domain.Life.State));
        _answer.Add("roles", domain.RoleNames);
        if (domain.Life.State is DomainState.Stopped or DomainState.Reclaimed)
        {
            _answer.Add("reason", StopReasonNames.Name(domain.Machine.Record.Reason));
        }
    }

    private bool Modules(ControlSession session)
    {
        ModuleUse[] modules = _launch.Plan.Modules;
        if (session.Progress == (ulong)modules.Length)
        {
            return false;
        }

        ModuleUse use = modules[(int)session.Progress];
        BootModule module = use.Module;
        session.Progress++;
        _answer.Begin(session.IsJson ? RecordStyle.Json : RecordStyle.Answer);
        _answer.Add("index", (ulong)module.Index);
        _answer.Add("kind", ModuleKindNames.Name(use.Kind));
        _answer.AddHex("address", module.Range.Start);
        _answer.Add("size", module.Range.Length);
        _answer.Add("owners", (ulong)use.Owners);
        _answer.Add("present", _launch.Phase.Kind != LaunchPhaseKind.Final || ModuleStore.IsKept(_launch.Plan, module));
        _answer.Add("string", module.CommandLine);
        Send(session);
        return true;
    }

    private bool Log(ControlSession session)
    {
        ulong position = session.Progress;
        if (!_history.TryRead(ref position, _logLine))
        {
            return false;
        }

        session.Progress = position;
        _answer.Begin(session.IsJson ? RecordStyle.Json : RecordStyle.Answer);
        if (session.IsJson)
        {
            _answer.AddQuoted("line", _logLine.Bytes);
        }
        else
        {
            _answer.Text(_logLine.Bytes);
        }

        Send(session);
        return true;
    }

    private bool Failures(ControlSession session)
    {
        FailureLog failures = _launch.Recovery.Failures;
        session.Progress = session.Progress < failures.Oldest ? failures.Oldest : session.Progress;
        if (session.Progress == failures.Count)
        {
            return false;
        }

        _answer.Begin(session.IsJson ? RecordStyle.Json : RecordStyle.Answer);
        AddFailure(in failures[session.Progress]);
        Send(session);
        session.Progress++;
        return true;
    }

    private void AddFailure(in Failure failure)
    {
        _answer.Add("domid", failure.Domid);
        _answer.Add("name", failure.Name);
        _answer.Add("at-ms", failure.Nanoseconds / 1_000_000);
        _answer.Add("phase", LaunchPhaseNames.Name(failure.Phase));
        _answer.Add("problem", failure.Problem);
        if (failure.Kind == FailureKind.Crashed)
        {
            StopRecordText.AddRegisters(_answer, in failure.Stop, isAnswer: true);
        }
    }

    private DomainRoles RolesOf(ControlSession session)
        => RolePolicy.RolesDuring(session.Roles, _launch.Phase.Kind == LaunchPhaseKind.Preparation);

    private Domain? Find(ReadOnlySpan<byte> name)
    {
        bool isNumber = Words.TryNumber(name, out uint number);
        for (int i = 0; i < _launch.Domains.Count; i++)
        {
            Domain domain = _launch.Domains[i];
            if (Latin1.IsText(name, domain.Name) || (isNumber && domain.Id == number))
            {
                return domain;
            }
        }

        return null;
    }

    // A terminal that echoes sends every answer back. None of them is a command: they begin with other characters, or with these words,
    // or are records.
    private static bool IsEcho(ReadOnlySpan<byte> line, ReadOnlySpan<byte> first)
        => line[0] < (byte)'a' || line[0] > (byte)'z' || first.IndexOf((byte)'=') >= 0 || first.SequenceEqual("ok"u8)
            || first.SequenceEqual("error:"u8) || first.SequenceEqual("refused:"u8) || first.SequenceEqual("event"u8);

    private void Succeed(ControlSession session)
    {
        if (session.IsJson || !session.Output.IsTerminal)
        {
            Last(session, "ok", "");
        }

        session.Finish();
    }

    private void Fail(ControlSession session, string problem)
    {
        Last(session, "error", problem);
        session.Finish();
    }

    private void Refuse(ControlSession session, ControlCommandDescription command)
    {
        Last(session, "refused", command.Refusal);
        session.Finish();
    }

    private void Send(ControlSession session)
    {
        _answer.End();
        session.Output.Write(_answer.Bytes);
    }

    private void Last(ControlSession session, string status, string message)
    {
        _answer.Begin(session.IsJson ? RecordStyle.Json : RecordStyle.Answer);
        if (session.IsJson)
        {
            _answer.Add("status", status);
            if (message.Length != 0)
            {
                _answer.Add("message", message);
            }
        }
        else
        {
            _answer.Text(status);
            if (message.Length != 0)
            {
                _answer.Text(": ");
                _answer.Text(message);
            }
        }

        Send(session);
    }
}
