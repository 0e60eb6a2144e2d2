using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Execution;

namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>
/// What can be done with a domain once it is built. It runs on the boot CPU; a domain's processors on other CPUs are waited for
/// by looking again.
/// </summary>
internal sealed class DomainLifecycle
{
    // A turn scrubs this many chunks of 2 MiB of a domain that has ended: about a millisecond.
    private const int ChunksPerTurn = 1;

    // How long, in nanoseconds, a domain that is to be built again waits for those that give it devices to let go of its former
    // life; one that has not done so then gives it none any more.
    private const ulong LettingGo = 10_000_000_000;

    private readonly IMachine _machine;
    private readonly EventLog _log;
    private readonly DomainFactory? _factory;
    private readonly ExitCounts _exits = new();

    /// <summary>Makes it.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="log">Takes the events.</param>
    /// <param name="factory">Builds domains; null where none can be built.</param>
    public DomainLifecycle(IMachine machine, EventLog log, DomainFactory? factory)
    {
        _machine = machine;
        _log = log;
        _factory = factory;
    }

    /// <summary>Allocations when the launch was final; the largest number before.</summary>
    public ulong AllocationsAtFinal { get; set; } = ulong.MaxValue;

    /// <summary>Lets a paused domain run: for the first time, or again.</summary>
    public void Unpause(Domain domain)
    {
        LaunchReport.DomainEvent(_log, domain.Life.WasStarted ? "domain-unpaused" : "domain-started", domain);
        domain.Life.Run(_machine.Clock.Nanoseconds);
        domain.Machine.Unpause();
    }

    /// <summary>Keeps a running domain from being entered.</summary>
    public void Pause(Domain domain)
    {
        LaunchReport.DomainEvent(_log, "domain-paused", domain);
        domain.Life.Pause();
        domain.Machine.Pause();
    }

    /// <summary>Ends a domain that is alive.</summary>
    public static void Destroy(Domain domain) => domain.Machine.Destroy();

    /// <summary>Has a domain built again and started, as soon as its present life is over and its memory scrubbed.</summary>
    public static void RequestRestart(Domain domain)
    {
        domain.Life.RequestRestart();
        if (domain.Life.IsAlive)
        {
            Destroy(domain);
        }
    }

    /// <summary>
    /// Notices that a domain has come to an end, that no CPU uses it any more, and that its last words have been shown: the
    /// record of its end stands behind them, however busy the console is with others.
    /// </summary>
    /// <returns>Whether that is so since the last call.</returns>
    public bool TryNoticeEnd(Domain domain)
    {
        if (!domain.Life.IsAlive || !domain.Machine.IsStopped || !domain.Machine.IsQuiet || domain.Console.HasOutput
            || !domain.Machine.TryDrainRing() || domain.Console.HasOutput)
        {
            return false;
        }

        // Before the memory is anybody else's: nothing of the machine's may write into it any more.
        domain.Hardware?.Withdraw();
        domain.Machine.Release();
        domain.Life.End(domain.Machine.Record.Reason, _machine.Clock.Nanoseconds);
        _factory?.Nodes.Close(domain.Plan, isForGood: !domain.Plan.IsRestartable);
        LaunchReport.DomainStopped(_log, domain, in domain.Machine.Record);
        domain.Machine.SumExits(_exits);
        ulong allocations = _machine.HeapAllocations;
        LaunchReport.Exits(_log, domain, _exits, allocations > AllocationsAtFinal ? allocations - AllocationsAtFinal : 0);
        return true;
    }

    /// <summary>Scrubs some of an ended domain's memory; when that is done, gives it back, or builds the domain again.</summary>
    /// <returns>What came of it; where it failed, the domain's life says why.</returns>
    public DomainStep Advance(Domain domain)
    {
        if (domain.Life.State != DomainState.Stopped)
        {
            return DomainStep.Rest;
        }

        GuestMemory memory = domain.Machine.Memory;
        if (!memory.ScrubSome(ChunksPerTurn))
        {
            return domain.Life.IsRestartRequested ? DomainStep.Busy : DomainStep.Rest;
        }

        if (domain.Life.IsRestartRequested)
        {
            bool mayWait = _machine.Clock.Nanoseconds - domain.Life.EndedAt < LettingGo;
            return mayWait && !_factory!.Nodes.HasLetGo(domain.Plan) ? DomainStep.Rest : BuildAgain(domain);
        }

        if (!domain.Plan.IsRestartable)
        {
            ulong bytes = memory.Layout.Size;
            memory.Destroy();
            domain.Life.Reclaim();
            if (RolePolicy.RunsInPreparation(domain.Plan.Roles))
            {
                LaunchReport.BootDomainReclaimed(_log, domain, bytes);
            }
        }

        return DomainStep.Rest;
    }

    /// <summary>Builds a domain anew that has been built and is paused, or has ended and is scrubbed.</summary>
    /// <param name="domain">The domain.</param>
    /// <param name="problem">Where this returns false: what is wrong, in a sentence.</param>
    public bool TryRebuild(Domain domain, out string problem)
    {
        domain.Channel?.Reset();
        domain.Session?.Reset();
        return _factory!.TryRebuild(domain, out problem);
    }

    private DomainStep BuildAgain(Domain domain)
    {
        if (!TryRebuild(domain, out string problem))
        {
            domain.Life.DropRestart(problem);
            return DomainStep.Failed;
        }

        domain.Life.BeginAgain(_machine.Clock.Nanoseconds);
        LaunchReport.DomainEvent(_log, "domain-restarted", domain);
        domain.Machine.Unpause();
        return DomainStep.Built;
    }
}
