using System.Collections.Generic;
using Hyperlaunch.Domains.Plan;

namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>Domains are built and left paused, core domains first.</summary>
internal sealed class CreationPhase : LaunchPhase
{
    // What could not be built, and why.
    private readonly List<DomainPlan> _unbuilt = new();
    private readonly List<string> _problems = new();

    /// <summary>Begins a launch.</summary>
    public CreationPhase(DomainSet domains) => Domains = domains;

    /// <inheritdoc/>
    public override LaunchPhaseKind Kind => LaunchPhaseKind.Creation;

    internal DomainSet Domains { get; }

    /// <inheritdoc/>
    public override LaunchPhase Advance(ulong now)
    {
        Domains.Modules.ReserveLocated(Domains.Plan);
        NoteUnlaunchable();
        Create();

        // Only now is it known whether there is a recovery domain.
        for (int i = 0; i < _unbuilt.Count; i++)
        {
            Domains.Recovery.FailToBuild(_unbuilt[i], _problems[i]);
        }

        return Domains.Boot is null ? new FinalizationPhase(this) : new PreparationPhase(this, Domains.Boot, now);
    }

    // What the plan ruled out is a domain that could not be built, too.
    private void NoteUnlaunchable()
    {
        DomainPlan[] planned = Domains.Plan.Domains;
        for (int i = 0; i < planned.Length; i++)
        {
            if (!planned[i].IsLaunchable)
            {
                _unbuilt.Add(planned[i]);
                _problems.Add("The configuration does not allow it: see the problems of the plan.");
            }
        }
    }

    private void Create()
    {
        DomainPlan[] order = Domains.Plan.CreationOrder;
        for (int i = 0; i < order.Length; i++)
        {
            string problem = Domains.Create(order[i]);
            if (problem.Length != 0)
            {
                _unbuilt.Add(order[i]);
                _problems.Add(problem);
            }
        }
    }
}
