using System;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Hypervisor.Launch;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Launch;

/// <summary>The transitions of a domain's life, and that there are no others.</summary>
public sealed class DomainLifeTests
{
    private const ulong Long = FailurePolicy.ShortLife;

    private readonly DomainLife _life = new();

    [Fact]
    public void It_begins_paused_and_alive_and_was_never_started()
    {
        Assert.Equal(DomainState.Paused, _life.State);
        Assert.True(_life.IsAlive);
        Assert.False(_life.WasStarted || _life.HasFailed || _life.IsRestartRequested);
    }

    [Fact]
    public void A_pause_is_not_the_beginning_of_another_life()
    {
        _life.Run(0);
        _life.Pause();
        _life.Run(Long);
        _life.CountCrash(Long + 1);
        Assert.Equal(0, _life.ShortLives);
    }

    [Fact]
    public void Short_lives_count_in_a_row_and_a_long_one_ends_the_row()
    {
        _life.Run(0);
        _life.CountCrash(1);
        Again(now: 2);
        _life.CountCrash(3);
        Assert.Equal(2, _life.ShortLives);
        Again(now: 4);
        _life.CountCrash(4 + Long);
        Assert.Equal(0, _life.ShortLives);
    }

    [Fact]
    public void A_new_life_has_not_failed_and_counts_as_a_restart()
    {
        _life.Run(0);
        _life.Fail();
        Again(now: 1);
        Assert.Equal(DomainState.Running, _life.State);
        Assert.Equal(1u, _life.Restarts);
        Assert.False(_life.HasFailed || _life.IsRestartRequested);
    }

    [Fact]
    public void One_that_could_not_be_built_again_stays_stopped_and_may_be_asked_for_once_more()
    {
        _life.End(StopReason.Crash, 0);
        _life.RequestRestart();
        _life.DropRestart("why");
        Assert.Equal(DomainState.Stopped, _life.State);
        Assert.Equal("why", _life.RestartProblem);
        Assert.Equal(StopReason.Crash, _life.EndReason);
        Assert.False(_life.IsRestartRequested);
        _life.RequestRestart();
        _life.BeginAgain(0);
        Assert.Equal(1u, _life.Restarts);
        Assert.Equal("", _life.RestartProblem);
    }

    [Fact]
    public void What_the_state_does_not_allow_is_a_mistake_of_the_hypervisors_own()
    {
        Refused(_life.Pause);
        Refused(_life.Reclaim);
        Refused(() => _life.DropRestart("why"));
        Refused(() => _life.BeginAgain(0));
        _life.Run(0);
        Refused(() => _life.Run(0));
        _life.End(StopReason.Crash, 0);
        Refused(() => _life.End(StopReason.Crash, 0));
        Refused(() => _life.Run(0));
        Refused(() => _life.BeginAgain(0));
        _life.Reclaim();
        Refused(_life.RequestRestart);
    }

    private static void Refused(Action transition) => Assert.Throws<InvalidOperationException>(transition);

    private void Again(ulong now)
    {
        _life.End(StopReason.Crash, 0);
        _life.RequestRestart();
        _life.BeginAgain(now);
    }
}
