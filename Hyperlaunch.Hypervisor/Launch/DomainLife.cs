using System;
using Hyperlaunch.Hypervisor.Execution;

namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>
/// Where a domain is in its life, from the moment it has been built, and how it got there. Only the transitions below lead
/// anywhere; one that the present state does not allow is a mistake of the hypervisor's own, and stops it.
/// <code>
/// Paused ⇄ Running ──► Stopped ──► Reclaimed
///              ▲          │
///              └─ again ──┘
/// </code>
/// </summary>
internal sealed class DomainLife
{
    private ulong _startedAt;

    /// <summary>Where it is.</summary>
    public DomainState State { get; private set; } = DomainState.Paused;

    /// <summary>Whether it has ever run.</summary>
    public bool WasStarted { get; private set; }

    /// <summary>How often it has been built again.</summary>
    public uint Restarts { get; private set; }

    /// <summary>Whether it is to be built again as soon as its memory is scrubbed.</summary>
    public bool IsRestartRequested { get; private set; }

    /// <summary>Whether its present life, or the attempt to build it again, ended in a failure.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Why it could not be built again when it was last tried, in a sentence; empty when it could.</summary>
    public string RestartProblem { get; private set; } = "";

    /// <summary>How many of its latest lives crashed soon after their start.</summary>
    public int ShortLives { get; private set; }

    /// <summary>How its latest life that is over ended; <see cref="StopReason.None"/> while none is.</summary>
    public StopReason EndReason { get; private set; }

    /// <summary>When its latest life ended, by the clock's nanoseconds.</summary>
    public ulong EndedAt { get; private set; }

    /// <summary>Whether it runs or could be let run.</summary>
    public bool IsAlive => State is DomainState.Running or DomainState.Paused;

    /// <summary>It may run: for the first time, or again.</summary>
    /// <param name="now">The clock's nanoseconds.</param>
    internal void Run(ulong now)
    {
        Require(State == DomainState.Paused);
        State = DomainState.Running;
        _startedAt = WasStarted ? _startedAt : now;
        WasStarted = true;
    }

    /// <summary>It is kept from running.</summary>
    internal void Pause()
    {
        Require(State == DomainState.Running);
        State = DomainState.Paused;
    }

    /// <summary>It has come to an end.</summary>
    /// <param name="reason">How.</param>
    /// <param name="now">The clock's nanoseconds.</param>
    internal void End(StopReason reason, ulong now)
    {
        Require(IsAlive);
        EndedAt = now;
        State = DomainState.Stopped;
        EndReason = reason;
    }

    /// <summary>Its memory has been given back: it lives no more.</summary>
    internal void Reclaim()
    {
        Require(State == DomainState.Stopped && !IsRestartRequested);
        State = DomainState.Reclaimed;
    }

    /// <summary>How it ended, or that it could not be built again, is a failure.</summary>
    internal void Fail() => HasFailed = true;

    /// <summary>It ended in a crash: counts the short lives in a row, of which this is perhaps one.</summary>
    /// <param name="now">The clock's nanoseconds.</param>
    internal void CountCrash(ulong now) => ShortLives = now - _startedAt < FailurePolicy.ShortLife ? ShortLives + 1 : 0;

    /// <summary>It is to be built again when it has ended and its memory is scrubbed.</summary>
    internal void RequestRestart()
    {
        Require(State != DomainState.Reclaimed);
        IsRestartRequested = true;
    }

    /// <summary>It was built again as requested, and runs.</summary>
    /// <param name="now">The clock's nanoseconds.</param>
    internal void BeginAgain(ulong now)
    {
        Require(State == DomainState.Stopped && IsRestartRequested);
        State = DomainState.Running;
        IsRestartRequested = false;
        HasFailed = false;
        RestartProblem = "";
        Restarts++;
        _startedAt = now;
    }

    /// <summary>It could not be built again as requested, and stays as it is.</summary>
    /// <param name="problem">Why, in a sentence.</param>
    internal void DropRestart(string problem)
    {
        Require(State == DomainState.Stopped && IsRestartRequested);
        RestartProblem = problem;
        IsRestartRequested = false;
    }

    private static void Require(bool isAllowed)
    {
        if (!isAllowed)
        {
            throw new InvalidOperationException("DomainLife: the domain's state does not allow this transition.");
        }
    }
}
