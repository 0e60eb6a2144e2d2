using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Launch;

namespace Hyperlaunch.Hypervisor.Commands;

/// <summary>Keeps a domain from running.</summary>
internal sealed class PauseCommand : OthersCommand
{
    public PauseCommand(DomainSet launch)
        : base(launch, "pause", "keep a domain from running", DomainRoles.Control)
    {
    }

    /// <inheritdoc/>
    protected override string Act(ControlSession session, Domain domain)
    {
        if (domain.Life.State != DomainState.Running)
        {
            return "The domain does not run.";
        }

        Launch.Lifecycle.Pause(domain);
        return "";
    }
}
