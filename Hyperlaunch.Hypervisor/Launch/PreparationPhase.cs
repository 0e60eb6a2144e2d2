using Hyperlaunch.Hypervisor.Execution;

namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>
/// The boot domain runs and prepares the others, until it says that it has finished, ends, or has had its time.
/// </summary>
internal sealed class PreparationPhase : LaunchPhase
{
    private const ulong NanosecondsPerMillisecond = 1_000_000;

    private readonly ulong _deadline;
    private bool _isFinished;

    /// <summary>Begins the preparation: the console goes to the boot domain, and it alone runs.</summary>
    public PreparationPhase(CreationPhase done, Domain boot, ulong now)
    {
        Domains = done.Domains;
        Boot = boot;
        uint limit = boot.Plan.BootTimeoutMilliseconds;
        _deadline = limit == 0 ? ulong.MaxValue : now + (limit * NanosecondsPerMillisecond);
        LaunchReport.PreparationStarted(Domains.Log, boot);
        Domains.UpdateConsole(LaunchPhaseKind.Preparation);
        Domains.Lifecycle.Unpause(boot);
    }

    /// <inheritdoc/>
    public override LaunchPhaseKind Kind => LaunchPhaseKind.Preparation;

    /// <inheritdoc/>
    public override ulong Deadline => _deadline;

    /// <summary>The boot domain.</summary>
    public Domain Boot { get; }

    internal DomainSet Domains { get; }

    /// <inheritdoc/>
    public override void FinishPreparation() => _isFinished = true;

    /// <inheritdoc/>
    public override LaunchPhase Advance(ulong now)
    {
        bool isOver = _isFinished || !Boot.Life.IsAlive || now >= _deadline;
        if (!isOver)
        {
            return this;
        }

        if (_isFinished)
        {
            LaunchReport.DomainEvent(Domains.Log, "preparation-finished", Boot);
        }
        else
        {
            Fail();
        }

        return new FinalizationPhase(this);
    }

    // The boot domain ended without having finished, or has had its time.
    private void Fail()
    {
        FailureKind kind = FailureKind.TimedOut;
        string problem = "The boot domain did not finish within its time; raise hyperlaunch,boot-timeout-ms, or see where it "
            + "waits.";
        if (!Boot.Life.IsAlive)
        {
            StopReason reason = Boot.Machine.Record.Reason;
            kind = StopReasonNames.IsFailure(reason) ? FailureKind.Crashed : FailureKind.Unfinished;
            problem = kind == FailureKind.Crashed
                ? StopReasonNames.Name(reason) : "The boot domain ended and had not said finish.";
        }

        Domains.Recovery.Fail(Boot, LaunchPhaseKind.Preparation, kind, problem);
        Domains.UpdateConsole(LaunchPhaseKind.Preparation);
    }
}
