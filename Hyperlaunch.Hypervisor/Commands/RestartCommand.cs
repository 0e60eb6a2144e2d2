using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Launch;

namespace Hyperlaunch.Hypervisor.Commands;

/// <summary>Builds a domain again.</summary>
internal sealed class RestartCommand : OthersCommand
{
    public RestartCommand(DomainSet launch)
        : base(
            launch, "restart", "build a domain again from its plan, and start it", DomainRoles.Control | DomainRoles.Recovery)
    {
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

        DomainLifecycle.RequestRestart(domain);
        return "";
    }
}
