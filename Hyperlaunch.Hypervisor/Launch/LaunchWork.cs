using System.Collections.Generic;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Hypervisor.Passthrough;

namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>What the phases of a launch do: each of their steps, and what follows from a domain's end in any of them.</summary>
internal sealed class LaunchWork
{
    private readonly IMachine _machine;
    private readonly ModuleStore _modules;
    private readonly DomainFactory? _factory;
    private readonly CpuPlacement _placement;
    private readonly ConsoleMultiplexer _multiplexer;
    private readonly ConsoleAssignment _console;
    private HardwareAccess? _hardware;
    private LaunchPhase _phase;
    private Domain? _boot;

    /// <summary>Prepares a launch.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="plan">What is launched.</param>
    /// <param name="modules">The modules' bytes.</param>
    /// <param name="factory">Builds domains; null where the machine cannot run any.</param>
    /// <param name="placement">Where domains' processors live.</param>
    /// <param name="log">Takes the events.</param>
    /// <param name="multiplexer">The console.</param>
    public LaunchWork(
        IMachine machine,
        LaunchPlan plan,
        ModuleStore modules,
        DomainFactory? factory,
        CpuPlacement placement,
        EventLog log,
        ConsoleMultiplexer multiplexer)
    {
        _machine = machine;
        Plan = plan;
        _modules = modules;
        _factory = factory;
        _placement = placement;
        Log = log;
        _multiplexer = multiplexer;
        _console = new ConsoleAssignment(multiplexer, log, plan.Hypervisor.Options.Console == HypervisorConsole.Raw);
        Domains = new DomainTable(plan.CreationOrder.Length);
        Lifecycle = new DomainLifecycle(machine, log, factory);
        Recovery = new Recovery(log, machine.Clock, Lifecycle);
        _phase = new CreationPhase(this);
    }

    /// <summary>The plan.</summary>
    public LaunchPlan Plan { get; }

    /// <summary>The hypervisor's own lines.</summary>
    public EventLog Log { get; }

    /// <summary>The domains, in the order of their creation.</summary>
    public DomainTable Domains { get; }

    /// <summary>What can be done with them.</summary>
    public DomainLifecycle Lifecycle { get; }

    /// <summary>What is done about failures.</summary>
    public Recovery Recovery { get; }

    /// <summary>Where the launch is.</summary>
    public LaunchPhase Phase => _phase;

    /// <summary>Bytes of boot modules that were scrubbed and given back.</summary>
    public ulong ReleasedBytes { get; private set; }

    /// <summary>Whether any domain runs or may be let run; a recovery domain that waits does not count.</summary>
    public bool IsAnyoneLeft
    {
        get
        {
            bool isAnyone = false;
            for (int i = 0; i < Domains.Count; i++)
            {
                Domain domain = Domains[i];
                bool waits = Recovery.IsWaiting && ReferenceEquals(domain, Recovery.Domain);
                isAnyone |= domain.Life.IsRestartRequested || (domain.Life.IsAlive && !waits);
            }

            return isAnyone;
        }
    }

    /// <summary>Goes on with the launch as far as it goes now.</summary>
    public void Advance(ulong now)
    {
        LaunchPhase before;
        do
        {
            before = _phase;
            _phase = before.Advance(now);
        }
        while (!ReferenceEquals(before, _phase));
    }

    /// <summary>Passes the interrupts of the machine's devices on to the domain that has them.</summary>
    public void PassInterrupts() => _hardware?.Poll();

    /// <summary>Lets a paused domain run.</summary>
    public void Unpause(Domain domain)
    {
        Lifecycle.Unpause(domain);
        UpdateConsole(_phase.Kind);
    }

    /// <summary>A domain has come to an end.</summary>
    public void OnEnd(Domain domain)
    {
        StopReason reason = domain.Machine.Record.Reason;

        // The preparation looks after its boot domain itself; once that has finished, however it ends is no failure.
        if (StopReasonNames.IsFailure(reason) && !RolePolicy.RunsInPreparation(domain.Plan.Roles))
        {
            Recovery.Fail(domain, _phase.Kind, FailureKind.Crashed, StopReasonNames.Name(reason));
        }

        // Where the console goes from the boot domain is for the phase to say.
        if (!RolePolicy.RunsInPreparation(domain.Plan.Roles))
        {
            UpdateConsole(_phase.Kind);
        }
    }

    /// <summary>A domain was to be built again, and could not be.</summary>
    public void OnRestartFailed(Domain domain)
    {
        Recovery.Fail(domain, _phase.Kind, FailureKind.NotBuilt, domain.Life.RestartProblem);
        UpdateConsole(_phase.Kind);
    }

    /// <summary>Builds every domain of the plan, and leaves it paused.</summary>
    /// <returns>The boot domain; null when there is none or it could not be built.</returns>
    internal Domain? CreateDomains()
    {
        _modules.ReserveLocated(Plan);
        List<DomainPlan> unbuilt = new();
        List<string> problems = new();
        NoteUnlaunchable(unbuilt, problems);
        for (int i = 0; i < Plan.CreationOrder.Length; i++)
        {
            Domain? domain = null;
            string problem = "The machine cannot run domains.";
            if (_factory is null || !_factory.TryCreate(Plan.CreationOrder[i], out domain, out problem))
            {
                unbuilt.Add(Plan.CreationOrder[i]);
                problems.Add(problem);
                continue;
            }

            Domains.Add(domain);
            _placement.Place(domain.Machine);
            _multiplexer.AttachOutput(domain.Console);
            _multiplexer.AttachInput(domain);
            LaunchReport.DomainCreated(Log, domain);
            LaunchReport.Hardware(Log, domain);
            _hardware = domain.Hardware ?? _hardware;
            Recovery.Note(domain);
            _boot = RolePolicy.RunsInPreparation(domain.Plan.Roles) ? domain : _boot;
        }

        // Only now is it known whether there is a recovery domain.
        for (int i = 0; i < unbuilt.Count; i++)
        {
            Recovery.FailToBuild(unbuilt[i], problems[i]);
        }

        return _boot;
    }

    /// <summary>The console goes to the boot domain, and it alone runs.</summary>
    internal void StartPreparation(Domain boot)
    {
        LaunchReport.PreparationStarted(Log, boot);
        UpdateConsole(LaunchPhaseKind.Preparation);
        Lifecycle.Unpause(boot);
    }

    /// <summary>The boot domain ended without having finished, or has had its time.</summary>
    internal void FailPreparation(Domain boot)
    {
        FailureKind kind = FailureKind.TimedOut;
        string problem = "The boot domain did not finish within its time; raise hyperlaunch,boot-timeout-ms, or see where it waits.";
        if (!boot.Life.IsAlive)
        {
            StopReason reason = boot.Machine.Record.Reason;
            kind = StopReasonNames.IsFailure(reason) ? FailureKind.Crashed : FailureKind.Unfinished;
            problem = kind == FailureKind.Crashed ? StopReasonNames.Name(reason) : "The boot domain ended and had not said finish.";
        }

        Recovery.Fail(boot, LaunchPhaseKind.Preparation, kind, problem);
        UpdateConsole(LaunchPhaseKind.Preparation);
    }

    /// <summary>The boot domain's time is over, one way or the other.</summary>
    internal void EndPreparation(Domain boot, bool isFinished)
    {
        if (isFinished)
        {
            LaunchReport.DomainEvent(Log, "preparation-finished", boot);
        }

        if (boot.Life.IsAlive)
        {
            DomainLifecycle.Destroy(boot);
        }
    }

    /// <summary>Gives back what only the launch needed, and lets every domain run that still waits, but for the recovery domain.</summary>
    internal void Complete()
    {
        ReleasedBytes = _modules.Release(Plan);
        UpdateConsole(LaunchPhaseKind.Final);
        int started = 0;
        for (int i = 0; i < Domains.Count; i++)
        {
            Domain domain = Domains[i];
            bool waits = Recovery.IsWaiting && ReferenceEquals(domain, Recovery.Domain);
            if (domain.Life.State == DomainState.Paused && !waits)
            {
                Lifecycle.Unpause(domain);
            }

            started += domain.Life.State == DomainState.Running ? 1 : 0;
        }

        LaunchReport.LaunchFinal(Log, Plan.CreationOrder.Length, started, ReleasedBytes);
        Lifecycle.AllocationsAtFinal = _machine.HeapAllocations;
    }

    private void UpdateConsole(LaunchPhaseKind phase)
    {
        bool isPreparing = phase == LaunchPhaseKind.Preparation && _boot!.Life.IsAlive;
        _console.Update(Domains, isPreparing ? _boot : null, Recovery.Running);
    }

    // What the plan ruled out is a domain that could not be built, too.
    private void NoteUnlaunchable(List<DomainPlan> unbuilt, List<string> problems)
    {
        for (int i = 0; i < Plan.Domains.Length; i++)
        {
            DomainPlan domain = Plan.Domains[i];
            if (!domain.IsLaunchable)
            {
                unbuilt.Add(domain);
                problems.Add("The configuration does not allow it: see the problems of the plan.");
            }
        }
    }
}
