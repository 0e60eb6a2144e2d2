namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>The boot domain's time is over: it is destroyed, and its memory given back for good.</summary>
internal sealed class FinalizationPhase : LaunchPhase
{
    private readonly Domain? _boot;

    /// <summary>Begins the finalization of a launch without a boot domain.</summary>
    public FinalizationPhase(CreationPhase done) => Domains = done.Domains;

    /// <summary>Begins the finalization after the preparation.</summary>
    public FinalizationPhase(PreparationPhase done)
    {
        Domains = done.Domains;
        _boot = done.Boot;
        if (_boot.Life.IsAlive)
        {
            DomainLifecycle.Destroy(_boot);
        }
    }

    /// <inheritdoc/>
    public override LaunchPhaseKind Kind => LaunchPhaseKind.Finalization;

    /// <summary>At once: the machine waits for it.</summary>
    public override ulong Deadline => 0;

    internal DomainSet Domains { get; }

    /// <inheritdoc/>
    public override LaunchPhase Advance(ulong now)
    {
        bool isBootGone = _boot is null || _boot.Life.State == DomainState.Reclaimed;
        return isBootGone ? new FinalPhase(this) : this;
    }
}
