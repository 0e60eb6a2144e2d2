using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Hypervisor.Xen.Store;
using Hyperlaunch.Hypervisor.Passthrough;

namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>
/// The domains of a launch and what holds for all of them in every phase: what can be done with them, what follows from an end,
/// who has the console. Phases and commands work on it.
/// </summary>
internal sealed class DomainSet
{
    private readonly DomainFactory? _factory;
    private readonly CpuPlacement _placement;
    private readonly ConsoleMultiplexer _multiplexer;
    private readonly ConsoleAssignment _console;
    private HardwareAccess? _hardware;
    private LaunchPhase _phase;

    /// <summary>Prepares a launch.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="plan">What is launched.</param>
    /// <param name="modules">The modules' bytes.</param>
    /// <param name="factory">Builds domains; null where the machine cannot run any.</param>
    /// <param name="placement">Where domains' processors live.</param>
    /// <param name="log">Takes the events.</param>
    /// <param name="multiplexer">The console.</param>
    public DomainSet(
        IMachine machine,
        LaunchPlan plan,
        ModuleStore modules,
        DomainFactory? factory,
        CpuPlacement placement,
        EventLog log,
        ConsoleMultiplexer multiplexer)
    {
        Machine = machine;
        Plan = plan;
        Modules = modules;
        _factory = factory;
        _placement = placement;
        Log = log;
        _multiplexer = multiplexer;
        _console = new ConsoleAssignment(multiplexer, log, plan.Hypervisor.Options.Console == HypervisorConsole.Raw);
        Domains = new DomainTable(plan.CreationOrder.Length);
        Lifecycle = new DomainLifecycle(machine, log, factory);
        Recovery = new Recovery(log, machine.Clock, Lifecycle);
        Operations = new DomainOperations(this);
        _phase = new CreationPhase(this);
    }

    /// <summary>The machine.</summary>
    public IMachine Machine { get; }

    /// <summary>The modules' bytes.</summary>
    public ModuleStore Modules { get; }

    /// <summary>The plan.</summary>
    public LaunchPlan Plan { get; }

    /// <summary>The hypervisor's own lines.</summary>
    public EventLog Log { get; }

    /// <summary>The domains, in the order of their creation.</summary>
    public DomainTable Domains { get; }

    /// <summary>What can be done with them.</summary>
    public DomainLifecycle Lifecycle { get; }

    /// <summary>What those who give commands may do to them.</summary>
    public DomainOperations Operations { get; }

    /// <summary>What is done about failures.</summary>
    public Recovery Recovery { get; }

    /// <summary>The boot domain; null when there is none.</summary>
    public Domain? Boot { get; private set; }

    /// <summary>Where the launch is.</summary>
    public LaunchPhase Phase => _phase;

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

    /// <summary>Where the domains tell each other what they have; null where none can be built.</summary>
    public XenStore? Store => _factory?.Store;

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

    /// <summary>Builds a domain of the plan, and leaves it paused.</summary>
    /// <returns>What is wrong, in a sentence; empty when it was built.</returns>
    public string Create(DomainPlan plan)
    {
        if (_factory is null)
        {
            return "The machine cannot run domains.";
        }

        if (!_factory.TryCreate(plan, out Domain? domain, out string problem))
        {
            return problem;
        }

        Domains.Add(domain);
        _placement.Place(domain.Machine);
        _multiplexer.AttachOutput(domain.Console);
        _multiplexer.AttachInput(domain);
        LaunchReport.DomainCreated(Log, domain);
        LaunchReport.Hardware(Log, domain);
        _hardware = domain.Hardware ?? _hardware;
        Recovery.Note(domain);
        Boot = RolePolicy.RunsInPreparation(domain.Plan.Roles) ? domain : Boot;
        return "";
    }

    /// <summary>What one who gives commands may ask for now.</summary>
    public DomainRoles RolesOf(ControlSession session)
        => RolePolicy.RolesDuring(session.Caller.Roles, _phase.Kind == LaunchPhaseKind.Preparation);

    /// <summary>The boot domain says that everything is prepared.</summary>
    public void FinishPreparation() => _phase.FinishPreparation();

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

        for (int i = 0; i < Domains.Count; i++)
        {
            if (Domains[i].Life.IsAlive && Domains[i].Plan.DependsOn(domain.Plan.Id))
            {
                LaunchReport.BackendLost(Log, Domains[i], domain);
            }
        }

        // Where the console goes from the boot domain is for the phase to say.
        if (!RolePolicy.RunsInPreparation(domain.Plan.Roles))
        {
            UpdateConsole(_phase.Kind);
        }
    }

    /// <summary>A domain was built again: those that lost a device by its end, and cannot use it again, are too.</summary>
    public void OnBuiltAgain(Domain domain)
    {
        for (int i = 0; i < Domains.Count; i++)
        {
            Domain other = Domains[i];
            if (other.Life.IsAlive && other.Plan.IsRestartable && other.Plan.OnBackendLoss == BackendLossAction.Restart
                && other.Plan.DependsOn(domain.Plan.Id))
            {
                DomainLifecycle.RequestRestart(other);
            }
        }
    }

    /// <summary>A domain was to be built again, and could not be.</summary>
    public void OnRestartFailed(Domain domain)
    {
        Recovery.Fail(domain, _phase.Kind, FailureKind.NotBuilt, domain.Life.RestartProblem);
        UpdateConsole(_phase.Kind);
    }

    /// <summary>Gives the console to whose it is.</summary>
    /// <param name="phase">Where the launch is, or is about to be.</param>
    public void UpdateConsole(LaunchPhaseKind phase)
    {
        bool isPreparing = phase == LaunchPhaseKind.Preparation && Boot is not null && Boot.Life.IsAlive;
        _console.Update(Domains, isPreparing ? Boot : null, Recovery.Running);
    }
}
