using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Launch;

namespace Hyperlaunch.Hypervisor.Commands;

/// <summary>Ends a domain.</summary>
internal sealed class DestroyCommand : OthersCommand
{
    public DestroyCommand(DomainSet launch)
        : base(launch, "destroy", "end a domain", DomainRoles.Control)
    {
    }

    /// <inheritdoc/>
    protected override string Act(ControlSession session, Domain domain)
    {
        if (!domain.Life.IsAlive)
        {
            return "The domain has ended already.";
        }

        DomainLifecycle.Destroy(domain);
        return "";
    }
}
