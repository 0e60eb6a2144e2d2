using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Launch;

namespace Hyperlaunch.Hypervisor.Commands;

/// <summary>Lets a domain run.</summary>
internal sealed class UnpauseCommand : DomainCommand
{
    public UnpauseCommand(DomainSet launch)
        : base(launch, "unpause", "NAME", "let a domain run", RolePolicy.Unpausing)
    {
    }

    /// <inheritdoc/>
    protected override string Act(ControlSession session, Domain domain, ref Words words)
        => Launch.Operations.Unpause(session.Caller, domain);
}
