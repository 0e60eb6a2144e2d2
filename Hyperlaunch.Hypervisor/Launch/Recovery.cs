using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Machine.Time;

namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>Records every failure and does about it what <see cref="FailurePolicy"/> says.</summary>
internal sealed class Recovery
{
    private readonly EventLog _log;
    private readonly IClock _clock;
    private readonly DomainLifecycle _lifecycle;

    /// <summary>Makes it, for a launch in which nothing has failed yet.</summary>
    public Recovery(EventLog log, IClock clock, DomainLifecycle lifecycle)
    {
        _log = log;
        _clock = clock;
        _lifecycle = lifecycle;
    }

    /// <summary>The records.</summary>
    public FailureLog Failures { get; } = new();

    /// <summary>The domain that has no other role than recovery; null when there is none.</summary>
    public Domain? Domain { get; private set; }

    /// <summary>The domain that has the role among others, and simply runs; null when there is none.</summary>
    public Domain? Holder { get; private set; }

    /// <summary>Whether the recovery domain waits to be started.</summary>
    public bool IsWaiting => Domain is not null && !Domain.Life.WasStarted && Domain.Life.State == DomainState.Paused;

    /// <summary>The recovery domain while it runs; null otherwise.</summary>
    public Domain? Running => Domain is not null && Domain.Life.WasStarted && Domain.Life.IsAlive ? Domain : null;

    /// <summary>Takes notice of a domain that has been built.</summary>
    public void Note(Domain domain)
    {
        if (RolePolicy.IsRecoveryOnly(domain.Plan.Roles))
        {
            Domain = domain;
        }
        else if (RolePolicy.IsToldOfFailures(domain.Plan.Roles))
        {
            Holder = domain;
        }
    }

    /// <summary>A domain of the plan could not be built: there is none, only the record.</summary>
    /// <param name="plan">What it was planned as.</param>
    /// <param name="problem">What is wrong, in a sentence.</param>
    public void FailToBuild(DomainPlan plan, string problem)
    {
        Failure failure = Describe(plan, LaunchPhaseKind.Creation, FailureKind.NotBuilt, problem);
        Answer(plan, ref failure, CrashAction.Recover, null);
    }

    /// <summary>A domain failed.</summary>
    /// <param name="domain">Which.</param>
    /// <param name="phase">When.</param>
    /// <param name="kind">In which way.</param>
    /// <param name="problem">What is wrong, in a word or a sentence.</param>
    public void Fail(Domain domain, LaunchPhaseKind phase, FailureKind kind, string problem)
    {
        domain.Life.Fail();
        Failure failure = Describe(domain.Plan, phase, kind, problem);
        CrashAction action = domain.Plan.OnCrash;
        if (kind == FailureKind.Crashed)
        {
            failure.Stop = domain.Machine.Record;
            action = OnCrash(domain);
        }

        if ((Answer(domain.Plan, ref failure, action, domain) & FailureResponse.Restart) != 0)
        {
            DomainLifecycle.RequestRestart(domain);
        }
    }

    private Failure Describe(DomainPlan plan, LaunchPhaseKind phase, FailureKind kind, string problem)
    {
        Failure failure = default;
        failure.Domid = plan.Id.Value;
        failure.Name = plan.Name;
        failure.Nanoseconds = _clock.Nanoseconds;
        failure.Phase = phase;
        failure.Kind = kind;
        failure.Problem = problem;
        return failure;
    }

    private FailureResponse Answer(DomainPlan plan, ref Failure failure, CrashAction onCrash, Domain? failed)
    {
        failure.Response = FailurePolicy.Decide(SubjectOf(plan), failure.Kind, onCrash, StateFor(failed));
        Failures.Add(in failure);
        LaunchReport.DomainFailed(_log, plan, failure.Phase, failure.Problem);
        if ((failure.Response & FailureResponse.StartRecovery) != 0)
        {
            LaunchReport.RecoveryStarted(_log, Domain!, plan);
            _lifecycle.Unpause(Domain!);
        }

        return failure.Response;
    }

    private static FailureSubject SubjectOf(DomainPlan plan)
    {
        if (RolePolicy.RunsInPreparation(plan.Roles))
        {
            return FailureSubject.Boot;
        }

        return RolePolicy.IsRecoveryOnly(plan.Roles) ? FailureSubject.Recovery : FailureSubject.Other;
    }

    private RecoveryState StateFor(Domain? failed)
    {
        if (IsWaiting)
        {
            return RecoveryState.Waiting;
        }

        bool isHolderThere = Holder is not null && Holder.Life.IsAlive && !ReferenceEquals(Holder, failed);
        return Running is not null || isHolderThere ? RecoveryState.Listening : RecoveryState.None;
    }

    // Too many short lives in a row are a failure that building the domain again does not mend.
    private CrashAction OnCrash(Domain domain)
    {
        CrashAction action = domain.Plan.OnCrash;
        if (action != CrashAction.Restart)
        {
            return action;
        }

        domain.Life.CountCrash(_clock.Nanoseconds);
        return domain.Life.ShortLives < FailurePolicy.ShortLives ? action : CrashAction.Recover;
    }
}
