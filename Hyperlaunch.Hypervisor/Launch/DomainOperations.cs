using System;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Control;

namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>
/// What may be done to a domain, by whom and when: the rules of every way in. Whether the caller's roles grant the operation at
/// all (<see cref="RolePolicy.Pausing"/> and its neighbours) has been asked. Each returns what is wrong, in a sentence; empty
/// when it was done. On the boot CPU.
/// </summary>
internal sealed class DomainOperations
{
    private const string NotToItself = "A domain cannot do this to itself; it can power off.";

    private readonly DomainSet _domains;

    /// <summary>Makes the operations on the domains of a launch.</summary>
    public DomainOperations(DomainSet domains) => _domains = domains;

    /// <summary>Keeps a running domain from being entered.</summary>
    public string Pause(in ControlCaller caller, Domain domain)
    {
        if (IsItself(in caller, domain))
        {
            return NotToItself;
        }

        if (domain.Life.State != DomainState.Running)
        {
            return "The domain does not run.";
        }

        _domains.Lifecycle.Pause(domain);
        return "";
    }

    /// <summary>Lets a paused domain run.</summary>
    public string Unpause(in ControlCaller caller, Domain domain)
    {
        if (domain.Life.State != DomainState.Paused)
        {
            return "The domain is not paused.";
        }

        if (!caller.IsHypervisor && ReferenceEquals(domain, _domains.Recovery.Domain) && !domain.Life.WasStarted)
        {
            return "The recovery domain is started when a domain fails.";
        }

        _domains.Unpause(domain);
        return "";
    }

    /// <summary>Ends a domain. That no CPU uses it any more, and its memory is scrubbed, comes later.</summary>
    public static string Destroy(in ControlCaller caller, Domain domain)
    {
        if (IsItself(in caller, domain))
        {
            return NotToItself;
        }

        if (!domain.Life.IsAlive)
        {
            return "The domain has ended already.";
        }

        DomainLifecycle.Destroy(domain);
        return "";
    }

    /// <summary>
    /// Has a domain built again and started. It is done when the domain's life is no longer waiting for it: see
    /// <see cref="DomainLife.IsRestartRequested"/> and <see cref="DomainLife.RestartProblem"/>.
    /// </summary>
    public static string Restart(in ControlCaller caller, Domain domain)
    {
        if (IsItself(in caller, domain))
        {
            return NotToItself;
        }

        if (!RolePolicy.MayBeRestarted(domain.Plan.Roles))
        {
            return "It is the boot domain, which runs once.";
        }

        if (!domain.Plan.IsRestartable)
        {
            return "Its modules are not kept: give its node hyperlaunch,retain-modules.";
        }

        bool mayAny = caller.IsHypervisor || RolePolicy.MayRestartAny(caller.Roles);
        if (!mayAny && !domain.Life.HasFailed)
        {
            return "The recovery role restarts only what has failed; the control role restarts any domain.";
        }

        DomainLifecycle.RequestRestart(domain);
        return "";
    }

    /// <summary>Changes what a domain starts with, before it does.</summary>
    /// <param name="domain">The domain.</param>
    /// <param name="commandLine">Its kernel's command line.</param>
    /// <param name="processors">How many virtual CPUs it has, from 1 to as many as the plan gives it.</param>
    /// <exception cref="InvalidOperationException">It could be built before, and no longer can.</exception>
    public string Configure(Domain domain, string commandLine, int processors)
    {
        bool isPrepared = _domains.Phase.Kind == LaunchPhaseKind.Preparation;
        if (!isPrepared || domain.Life.WasStarted || domain.Life.State != DomainState.Paused)
        {
            return "The domain has been started; it can be set before that, in the preparation.";
        }

        string oldCommandLine = domain.CommandLine;
        int oldProcessors = domain.VirtualCpus;
        domain.Configure(commandLine, processors);
        if (!_domains.Lifecycle.TryRebuild(domain, out string problem))
        {
            // What it was built with before was accepted then, so it is accepted again.
            domain.Configure(oldCommandLine, oldProcessors);
            if (!_domains.Lifecycle.TryRebuild(domain, out _))
            {
                throw new InvalidOperationException("DomainOperations: a domain cannot be built as it was before.");
            }
        }

        return problem;
    }

    private static bool IsItself(in ControlCaller caller, Domain domain) => caller.Domid == (int)domain.Id;
}
