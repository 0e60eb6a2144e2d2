using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Launch;

namespace Hyperlaunch.Hypervisor.Commands;

/// <summary>Ends a domain.</summary>
internal sealed class DestroyCommand : DomainCommand
{
    public DestroyCommand(DomainSet launch)
        : base(launch, "destroy", "NAME", "end a domain", RolePolicy.Destroying)
    {
    }

    /// <inheritdoc/>
    protected override string Act(ControlSession session, Domain domain, ref Words words)
        => DomainOperations.Destroy(session.Caller, domain);
}
