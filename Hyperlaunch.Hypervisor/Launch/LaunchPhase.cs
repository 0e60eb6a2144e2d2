namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>
/// Where the launch is. Each phase is a type that is made from the one before it and has only the operations that it allows: what
/// has no constructor cannot happen.
/// <code>
/// CreationPhase ──► PreparationPhase ──► FinalizationPhase ──► FinalPhase
///        └──── without a boot domain ────────►┘
/// </code>
/// </summary>
internal abstract class LaunchPhase
{
    /// <summary>Which it is.</summary>
    public abstract LaunchPhaseKind Kind { get; }

    /// <summary>Does what is due.</summary>
    /// <param name="now">The clock's nanoseconds.</param>
    /// <returns>The phase that follows; itself while it lasts.</returns>
    public abstract LaunchPhase Advance(ulong now);

    /// <summary>When it wants to advance at the latest, in nanoseconds.</summary>
    public virtual ulong Deadline => ulong.MaxValue;
}

/// <summary>Domains are built and left paused, core domains first.</summary>
internal sealed class CreationPhase : LaunchPhase
{
    /// <summary>Begins a launch.</summary>
    public CreationPhase(LaunchWork work) => Work = work;

    /// <inheritdoc/>
    public override LaunchPhaseKind Kind => LaunchPhaseKind.Creation;

    internal LaunchWork Work { get; }

    /// <inheritdoc/>
    public override LaunchPhase Advance(ulong now)
    {
        Domain? boot = Work.CreateDomains();
        return boot is null ? new FinalizationPhase(this) : new PreparationPhase(this, boot, now);
    }
}

/// <summary>The boot domain runs and prepares the others, until it says that it has finished, ends, or has had its time.</summary>
internal sealed class PreparationPhase : LaunchPhase
{
    private readonly ulong _deadline;
    private bool _isFinished;

    /// <summary>Begins the preparation.</summary>
    public PreparationPhase(CreationPhase done, Domain boot, ulong now)
    {
        Work = done.Work;
        Boot = boot;
        uint limit = boot.Plan.BootTimeoutMilliseconds;
        _deadline = limit == 0 ? ulong.MaxValue : now + ((ulong)limit * 1_000_000);
        Work.StartPreparation(boot);
    }

    /// <inheritdoc/>
    public override LaunchPhaseKind Kind => LaunchPhaseKind.Preparation;

    /// <inheritdoc/>
    public override ulong Deadline => _deadline;

    /// <summary>The boot domain.</summary>
    public Domain Boot { get; }

    internal LaunchWork Work { get; }

    /// <summary>The boot domain says that everything is prepared.</summary>
    public void Finish() => _isFinished = true;

    /// <inheritdoc/>
    public override LaunchPhase Advance(ulong now)
    {
        bool isOver = _isFinished || !Boot.Life.IsAlive || now >= _deadline;
        if (isOver && !_isFinished)
        {
            Work.FailPreparation(Boot);
        }

        return isOver ? new FinalizationPhase(this, _isFinished) : this;
    }
}

/// <summary>
/// The boot domain is destroyed and its memory given back for good; what only the launch needed is scrubbed and freed; the console goes
/// to its owner, and every domain that is still paused is let run, but for the recovery domain.
/// </summary>
internal sealed class FinalizationPhase : LaunchPhase
{
    private readonly Domain? _boot;

    /// <summary>Begins the finalization of a launch without a boot domain.</summary>
    public FinalizationPhase(CreationPhase done) => Work = done.Work;

    /// <summary>Begins the finalization after the preparation.</summary>
    public FinalizationPhase(PreparationPhase done, bool isFinished)
    {
        Work = done.Work;
        _boot = done.Boot;
        Work.EndPreparation(_boot, isFinished);
    }

    /// <inheritdoc/>
    public override LaunchPhaseKind Kind => LaunchPhaseKind.Finalization;

    /// <summary>At once: the machine waits for it.</summary>
    public override ulong Deadline => 0;

    internal LaunchWork Work { get; }

    /// <inheritdoc/>
    public override LaunchPhase Advance(ulong now)
    {
        bool isBootGone = _boot is null || _boot.Life.State == DomainState.Reclaimed;
        return isBootGone ? new FinalPhase(this) : this;
    }
}

/// <summary>The launch is done. From here on the hypervisor allocates nothing.</summary>
internal sealed class FinalPhase : LaunchPhase
{
    /// <summary>Completes the launch.</summary>
    public FinalPhase(FinalizationPhase done) => done.Work.Complete();

    /// <inheritdoc/>
    public override LaunchPhaseKind Kind => LaunchPhaseKind.Final;

    /// <inheritdoc/>
    public override LaunchPhase Advance(ulong now) => this;
}
