using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Launch;

namespace Hyperlaunch.Hypervisor.Commands;

/// <summary>Builds a domain again. Whoever asked is answered when that is done, or has failed.</summary>
internal sealed class RestartCommand : DomainCommand
{
    public RestartCommand(DomainSet launch)
        : base(
            launch, "restart", "NAME", "build a domain again from its plan, and start it", RolePolicy.Restarting)
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
    protected override string Act(ControlSession session, Domain domain, ref Words words)
    {
        session.Progress = domain.Life.Restarts;
        return DomainOperations.Restart(session.Caller, domain);
    }
}
