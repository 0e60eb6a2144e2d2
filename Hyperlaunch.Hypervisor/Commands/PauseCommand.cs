using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Launch;

namespace Hyperlaunch.Hypervisor.Commands;

/// <summary>Keeps a domain from running.</summary>
internal sealed class PauseCommand : DomainCommand
{
    public PauseCommand(DomainSet launch)
        : base(launch, "pause", "NAME", "keep a domain from running", RolePolicy.Pausing)
    {
    }

    /// <inheritdoc/>
    protected override string Act(ControlSession session, Domain domain, ref Words words)
        => Launch.Operations.Pause(session.Caller, domain);
}
