namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>The launch is done. From here on the hypervisor allocates nothing.</summary>
internal sealed class FinalPhase : LaunchPhase
{
    /// <summary>
    /// Completes the launch: what only it needed is scrubbed and freed, the console goes to its owner, and every domain that is
    /// still paused is let run, but for the recovery domain.
    /// </summary>
    public FinalPhase(FinalizationPhase done)
    {
        DomainSet set = done.Domains;
        ulong released = set.Modules.Release(set.Plan);
        set.UpdateConsole(LaunchPhaseKind.Final);
        int started = 0;
        for (int i = 0; i < set.Domains.Count; i++)
        {
            Domain domain = set.Domains[i];
            bool waits = set.Recovery.IsWaiting && ReferenceEquals(domain, set.Recovery.Domain);
            if (domain.Life.State == DomainState.Paused && !waits)
            {
                set.Lifecycle.Unpause(domain);
            }

            started += domain.Life.State == DomainState.Running ? 1 : 0;
        }

        LaunchReport.LaunchFinal(set.Log, set.Plan.CreationOrder.Length, started, released);
        set.Lifecycle.AllocationsAtFinal = set.Machine.HeapAllocations;
    }

    /// <inheritdoc/>
    public override LaunchPhaseKind Kind => LaunchPhaseKind.Final;

    /// <inheritdoc/>
    public override LaunchPhase Advance(ulong now) => this;
}
