using Hyperlaunch.Domains.Console;
using Hyperlaunch.Domains.Execution;
using Hyperlaunch.Domains.Plan;

namespace Hyperlaunch.Domains.Launch;

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
    public bool IsWaiting => Domain is not null && !Domain.WasStarted && Domain.State == DomainState.Paused;

    /// <summary>The recovery domain while it runs; null otherwise.</summary>
    public Domain? Running => Domain is not null && Domain.WasStarted && Domain.IsAlive ? Domain : null;

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

    /// <summary>A domain failed.</summary>
    /// <param name="domain">Which.</param>
    /// <param name="phase">When.</param>
    /// <param name="kind">In which way.</param>
    /// <param name="problem">What is wrong, in a word or a sentence.</param>
    public void Fail(Domain domain, LaunchPhaseKind phase, FailureKind kind, string problem)
    {
        FailureResponse response = FailurePolicy.Decide(SubjectOf(domain), kind, OnCrash(domain), StateFor(domain));
        Record(domain, phase, kind, problem, response);
        LaunchReport.DomainFailed(_log, domain, phase, problem);
        if ((response & FailureResponse.Restart) != 0)
        {
            DomainLifecycle.RequestRestart(domain);
        }

        if ((response & FailureResponse.StartRecovery) != 0)
        {
            LaunchReport.RecoveryStarted(_log, Domain!, domain);
            _lifecycle.Unpause(Domain!);
        }
    }

    private static FailureSubject SubjectOf(Domain domain)
    {
        if (RolePolicy.RunsInPreparation(domain.Plan.Roles))
        {
            return FailureSubject.Boot;
        }

        return RolePolicy.IsRecoveryOnly(domain.Plan.Roles) ? FailureSubject.Recovery : FailureSubject.Other;
    }

    private RecoveryState StateFor(Domain failed)
    {
        if (IsWaiting)
        {
            return RecoveryState.Waiting;
        }

        bool isHolderThere = Holder is not null && Holder.IsAlive && !ReferenceEquals(Holder, failed);
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

        bool isShort = _clock.Nanoseconds - domain.StartedAt < FailurePolicy.ShortLife;
        domain.ShortLives = isShort ? domain.ShortLives + 1 : 0;
        return domain.ShortLives < FailurePolicy.ShortLives ? action : CrashAction.Recover;
    }

    private void Record(Domain domain, LaunchPhaseKind phase, FailureKind kind, string problem, FailureResponse response)
    {
        domain.HasFailed = true;
        Failure failure = default;
        failure.Domid = domain.Id;
        failure.Name = domain.Name;
        failure.Nanoseconds = _clock.Nanoseconds;
        failure.Phase = phase;
        failure.Kind = kind;
        failure.Problem = problem;
        failure.Response = response;
        failure.Stop = kind == FailureKind.Crashed ? domain.Machine!.Record : default(StopRecord);
        Failures.Add(in failure);
    }
}
