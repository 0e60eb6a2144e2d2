using System;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Commands;
using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Hypervisor.Launch;
using Hyperlaunch.Machine.Digests;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Hypervisor;

/// <summary>
/// The launch from boot information to running domains, and the machine's life after it. The kernel makes one, calls
/// <see cref="Launch"/> once and runs the scheduler that it returns.
/// </summary>
public sealed class HypervisorLaunch : IHousekeeping, IMachineEnd
{
    // How often, in nanoseconds, a serial port that was full is offered the rest of an answer: 1 ms is what a FIFO takes at
    // 115200 baud.
    private const ulong AnswerInterval = 1_000_000;

    private readonly IMachine _machine;
    private readonly BootInfo _boot;
    private readonly LaunchMemory _memory;
    private readonly ConsoleMultiplexer _console;
    private readonly LogHistory _history;
    private readonly ModuleStore _modules;
    private readonly ControlSession _operator;
    private DomainSet? _launch;
    private ControlInterpreter? _commands;
    private ulong _nextPoll;

    /// <summary>Makes the hypervisor of a machine.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="boot">What its boot loader said.</param>
    /// <param name="memory">Its memory.</param>
    public HypervisorLaunch(IMachine machine, BootInfo boot, LaunchMemory memory)
    {
        _machine = machine;
        _boot = boot;
        _memory = memory;
        _console = new ConsoleMultiplexer(machine.Console, LaunchPlan.MaximumDomains);
        _history = new LogHistory(_console);
        _modules = new ModuleStore(machine.Memory, memory.Allocator);
        ConsoleOutput output = new(_console);
        _operator = new ControlSession(-1, DomainRoles.None, output, output);
        Log = new EventLog(machine.Clock, _history);
    }

    /// <summary>The hypervisor's own lines.</summary>
    public EventLog Log { get; }

    /// <summary>What is to become of the machine; null while it goes on.</summary>
    public EndAction? Ending { get; private set; }

    /// <inheritdoc/>
    public bool IsFinished => Ending is not null;

    /// <summary>Launches what the boot loader brought, as far as the preparation, or to the end without one.</summary>
    /// <returns>The boot CPU's scheduler, ready to run: it ends when <see cref="Ending"/> is set.</returns>
    public CpuScheduler Launch()
    {
        LaunchReport.Boot(Log, _boot, _machine.CpuCount, UsableBytes());
        for (int i = 0; i < _boot.Problems.Length; i++)
        {
            Log.Say(_boot.Problems[i].Describe());
        }

        PlanInput input = new(_boot, _modules, _memory.Reserved.Ranges.ToArray(), (uint)_machine.CpuCount);
        LaunchPlan plan = LaunchPlanReader.Read(input);
        _memory.Allocator.Limit(plan.Hypervisor.Options.MemoryLimit);
        ReportModules(plan);
        LaunchReport.Plan(Log, plan);
        for (int i = 0; i < plan.Problems.Length; i++)
        {
            LaunchReport.Problem(Log, plan.Problems[i]);
        }

        StartedCpus cpus = new(_machine, plan, this, Log);
        DomainFactory? factory = null;
        if (_machine.TryEnableVirtualization(out IVirtualization? virtualization, out string problem))
        {
            LaunchReport.Virtualization(Log, virtualization!);
            if (plan.Hypervisor.Options.Log == LogLevel.Debug)
            {
                LaunchReport.CapabilityWords(Log, virtualization!);
            }

            cpus.StartOthers(virtualization!);
            factory = new DomainFactory(_machine, virtualization!, _memory.Allocator, _modules, plan);
        }
        else
        {
            Log.Say(problem);
        }

        _launch = new DomainSet(_machine, plan, _modules, factory, new CpuPlacement(cpus.All), Log, _console);
        _commands = new ControlInterpreter(_launch, new CommandList(_launch, _history, this));
        _launch.Advance(_machine.Clock.Nanoseconds);
        _console.AttachInput(_operator);
        EndWhenNobodyIsLeft(_launch);
        return cpus.BootCpu;
    }

    /// <summary>Ends the machine's life after the current turn.</summary>
    public void End(EndAction action, string reason)
    {
        _console.Finish();
        LaunchReport.MachineEnds(Log, action, reason);
        Ending = action;
    }

    /// <inheritdoc/>
    public ulong Poll(ulong now)
    {
        ulong deadline = PumpConsole(now);
        if (_launch is not null)
        {
            _launch.PassInterrupts();
            deadline = Earlier(deadline, PollDomains(_launch, now));
            deadline = Earlier(deadline, PollSessions(_launch, now));
            _commands!.Advance(_operator);
        }

        if (now >= _nextPoll)
        {
            _nextPoll = now + CpuScheduler.HousekeepingInterval;
        }

        return Earlier(deadline, _nextPoll);
    }

    private static ulong Earlier(ulong one, ulong other) => one < other ? one : other;

    private ulong PumpConsole(ulong now)
    {
        for (int i = 0; _launch is not null && i < _launch.Domains.Count; i++)
        {
            Domain domain = _launch.Domains[i];
            if (domain.Console.HasOutput)
            {
                domain.Console.IsAtRest = domain.Machine.IsAtRest;
            }
        }

        return _console.Pump(now);
    }

    private ulong PollDomains(DomainSet launch, ulong now)
    {
        bool isBusy = false;
        bool hasEnded = false;
        for (int i = 0; i < launch.Domains.Count; i++)
        {
            Domain domain = launch.Domains[i];
            if (launch.Lifecycle.TryNoticeEnd(domain))
            {
                launch.OnEnd(domain);
                hasEnded = true;
            }

            DomainStep step = launch.Lifecycle.Advance(domain);
            isBusy |= step == DomainStep.Busy;
            if (step == DomainStep.Failed)
            {
                launch.OnRestartFailed(domain);
                hasEnded = true;
            }
        }

        LaunchPhase before = launch.Phase;
        launch.Advance(now);
        if (hasEnded || !ReferenceEquals(before, launch.Phase))
        {
            EndWhenNobodyIsLeft(launch);
        }

        return isBusy || launch.Phase.Deadline < now ? now : launch.Phase.Deadline;
    }

    private ulong PollSessions(DomainSet launch, ulong now)
    {
        bool isWaiting = false;
        for (int i = 0; i < launch.Domains.Count; i++)
        {
            Domain domain = launch.Domains[i];
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

        _commands!.Advance(session);
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

    private ulong UsableBytes()
    {
        ulong bytes = 0;
        for (int i = 0; i < _boot.MemoryMap.Length; i++)
        {
            bytes += _boot.MemoryMap[i].Kind == MemoryKind.Usable ? _boot.MemoryMap[i].Range.Length : 0;
        }

        return bytes;
    }

    private void ReportModules(LaunchPlan plan)
    {
        Span<byte> digest = stackalloc byte[Sha256.DigestSize];
        for (int i = 0; i < plan.Modules.Length; i++)
        {
            ModuleUse module = plan.Modules[i];
            if (!module.IsListed)
            {
                continue;
            }

            if (plan.Hypervisor.Options.Measure)
            {
                Sha256.Hash(_modules.Get(module.Module), digest);
                LaunchReport.Module(Log, module, digest);
            }
            else
            {
                LaunchReport.Module(Log, module, default);
            }
        }
    }

    // What the command line says of the end holds always. Without a word of it the machine goes off after an orderly end, and
    // after a failure stays at its console, where a person finds the record.
    private void EndWhenNobodyIsLeft(DomainSet launch)
    {
        if (launch.IsAnyoneLeft || launch.Phase.Kind == LaunchPhaseKind.Finalization)
        {
            return;
        }

        bool hasFailed = launch.Domains.Count == 0 || launch.Recovery.Failures.Count != 0;
        EndAction action = launch.Plan.Hypervisor.Options.End ?? (hasFailed ? EndAction.Halt : EndAction.PowerOff);
        if (action != EndAction.Halt)
        {
            End(action, "no-domains");
            return;
        }

        Log.Say("No domain runs. The machine stays up: type help.");
        _console.Focus(_operator);
    }
}
