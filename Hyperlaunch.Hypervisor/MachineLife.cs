using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Commands;
using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Hypervisor.Launch;

namespace Hyperlaunch.Hypervisor;

/// <summary>
/// The machine's life after its launch has begun: what the boot CPU does between guests, for the phases, the domains that end,
/// the consoles and those who give commands, until somebody or something ends it.
/// </summary>
public sealed class MachineLife : IHousekeeping
{
    // How often, in nanoseconds, a serial port that was full is offered the rest of an answer: 1 ms is what a FIFO takes at
    // 115200 baud.
    private const ulong AnswerInterval = 1_000_000;

    private readonly DomainSet _domains;
    private readonly ConsoleMultiplexer _console;
    private readonly ControlSession _operator;
    private readonly ControlInterpreter _commands;
    private readonly MachineEnd _end;
    private ulong _nextPoll;

    /// <summary>Begins it: goes on with the launch as far as the preparation, or to the end without one.</summary>
    /// <param name="domains">What is launched.</param>
    /// <param name="bootCpu">The boot CPU's scheduler.</param>
    /// <param name="console">The machine's console.</param>
    /// <param name="history">The hypervisor's latest lines.</param>
    internal MachineLife(DomainSet domains, CpuScheduler bootCpu, ConsoleMultiplexer console, LogHistory history)
    {
        _domains = domains;
        BootCpu = bootCpu;
        _console = console;
        _end = new MachineEnd(console, domains.Log);
        _commands = new ControlInterpreter(domains, new CommandList(domains, history, _end));
        ConsoleOutput output = new(console);
        _operator = new ControlSession(new ControlCaller(-1, DomainRoles.None), output, output);
        domains.Advance(domains.Machine.Clock.Nanoseconds);
        console.AttachInput(_operator);
        EndWhenNobodyIsLeft();
    }

    /// <summary>The boot CPU's scheduler, which is to be run with this.</summary>
    public CpuScheduler BootCpu { get; }

    /// <summary>What is to become of the machine; null while it goes on.</summary>
    public EndAction? Ending => _end.Action;

    /// <inheritdoc/>
    public bool IsFinished => Ending is not null;

    /// <inheritdoc/>
    public ulong Poll(ulong now)
    {
        ulong deadline = PumpConsole(now);
        _domains.PassInterrupts();
        deadline = Earlier(deadline, PollDomains(now));
        deadline = Earlier(deadline, PollSessions(now));
        _commands.Advance(_operator);
        if (now >= _nextPoll)
        {
            LaunchReport.Notices(_domains.Log, _domains.Machine);
            _nextPoll = now + CpuScheduler.HousekeepingInterval;
        }

        return Earlier(deadline, _nextPoll);
    }

    private static ulong Earlier(ulong one, ulong other) => one < other ? one : other;

    private ulong PumpConsole(ulong now)
    {
        for (int i = 0; i < _domains.Domains.Count; i++)
        {
            Domain domain = _domains.Domains[i];
            if (domain.Life.IsAlive)
            {
                domain.Machine.TryDrainRing();
            }

            if (domain.Console.HasOutput)
            {
                domain.Console.IsAtRest = domain.Machine.IsAtRest;
                domain.Console.IsOver = domain.Machine.IsStopped;
            }
        }

        return _console.Pump(now);
    }

    private ulong PollDomains(ulong now)
    {
        bool isBusy = false;
        bool hasEnded = false;
        for (int i = 0; i < _domains.Domains.Count; i++)
        {
            Domain domain = _domains.Domains[i];
            if (_domains.Lifecycle.TryNoticeEnd(domain))
            {
                _domains.OnEnd(domain);
                hasEnded = true;
            }

            DomainStep step = _domains.Lifecycle.Advance(domain);
            isBusy |= step == DomainStep.Busy;
            if (step == DomainStep.Built)
            {
                _domains.OnBuiltAgain(domain);
            }

            if (step == DomainStep.Failed)
            {
                _domains.OnRestartFailed(domain);
                hasEnded = true;
            }
        }

        LaunchPhase before = _domains.Phase;
        _domains.Advance(now);
        if (hasEnded || !ReferenceEquals(before, _domains.Phase))
        {
            EndWhenNobodyIsLeft();
        }

        return isBusy || _domains.Phase.Deadline < now ? now : _domains.Phase.Deadline;
    }

    private ulong PollSessions(ulong now)
    {
        bool isWaiting = false;
        for (int i = 0; i < _domains.Domains.Count; i++)
        {
            Domain domain = _domains.Domains[i];
            if (domain.Channel is not null)
            {
                isWaiting |= PollSession(domain, domain.Channel, domain.Session!);
            }
        }

        return isWaiting ? now + AnswerInterval : ulong.MaxValue;
    }

    private bool PollSession(Domain domain, ControlChannel channel, ControlSession session)
    {
        bool isMore;
        do
        {
            isMore = channel.TryBeginAnew();
            if (isMore)
            {
                session.Finish();
            }
            else if (!session.IsBusy && channel.TryTake(out byte value))
            {
                session.TryReceive(value);
                isMore = true;
            }
        }
        while (isMore);

        _commands.Advance(session);
        if (RolePolicy.IsToldOfFailures(domain.Plan.Roles))
        {
            _commands.Tell(session);
        }

        if (channel.HasAnswers && domain.Life.State == DomainState.Running)
        {
            channel.Pump(domain.Machine);
        }

        return channel.HasAnswers && domain.Life.State == DomainState.Running;
    }

    // What the command line says of the end holds always. Without a word of it the machine goes off after an orderly end, and
    // after a failure stays at its console, where a person finds the record.
    private void EndWhenNobodyIsLeft()
    {
        if (_domains.IsAnyoneLeft || _domains.Phase.Kind == LaunchPhaseKind.Finalization)
        {
            return;
        }

        bool hasFailed = _domains.Domains.Count == 0 || _domains.Recovery.Failures.Count != 0;
        EndAction action = _domains.Plan.Hypervisor.Options.End ?? (hasFailed ? EndAction.Halt : EndAction.PowerOff);
        if (action != EndAction.Halt)
        {
            _end.End(action, "no-domains");
            return;
        }

        _domains.Log.Say("No domain runs. The machine stays up: type help.");
        _console.Focus(_operator);
    }
}
