using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Launch;

namespace Hyperlaunch.Hypervisor.Commands;

/// <summary>Builds a domain again. Whoever asked is answered when that is done, or has failed.</summary>
internal sealed class RestartCommand : OthersCommand
{
    public RestartCommand(DomainSet launch)
        : base(
            launch, "restart", "build a domain again from its plan, and start it", DomainRoles.Control | DomainRoles.Recovery)
    {
    }

    /// <inheritdoc/>
    public override bool HasEnded(ControlSession session, out string problem)
    {
        // It has been built again when there have been more restarts than at the beginning, whatever became of it since.
        DomainLife life = Launch.Domains[session.Subject].Life;
        problem = life.Restarts == session.Progress ? life.RestartProblem : "";
        return !life.IsRestartRequested;
    }

    /// <inheritdoc/>
    protected override string Act(ControlSession session, Domain domain)
    {
        if (!RolePolicy.MayBeRestarted(domain.Plan.Roles))
        {
            return "It is the boot domain, which runs once.";
        }

        if (!domain.Plan.IsRestartable)
        {
            return "Its modules are not kept: give its node hyperlaunch,retain-modules.";
        }

        bool mayAny = session.IsHypervisor || RolePolicy.MayRestartAny(session.Roles);
        if (!mayAny && !domain.Life.HasFailed)
        {
            return "The recovery role restarts only what has failed; the control role restarts any domain.";
        }

        session.Progress = domain.Life.Restarts;
        DomainLifecycle.RequestRestart(domain);
        return "";
    }
}
