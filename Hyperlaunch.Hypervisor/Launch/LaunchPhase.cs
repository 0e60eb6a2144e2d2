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

    /// <summary>The boot domain says that everything is prepared. Where none prepares, that is nobody's to say.</summary>
    public virtual void FinishPreparation()
    {
    }

    /// <summary>When it wants to advance at the latest, in nanoseconds.</summary>
    public virtual ulong Deadline => ulong.MaxValue;
}
