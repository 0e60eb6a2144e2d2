using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Launch;

namespace Hyperlaunch.Hypervisor.Commands;

/// <summary>Lets a domain run.</summary>
internal sealed class UnpauseCommand : DomainCommand
{
    public UnpauseCommand(DomainSet launch)
        : base(launch, "unpause", "NAME", "let a domain run", DomainRoles.Control | DomainRoles.Boot)
    {
    }

    /// <inheritdoc/>
    protected override string Act(ControlSession session, Domain domain, ref Words words)
    {
        if (domain.Life.State != DomainState.Paused)
        {
            return "The domain is not paused.";
        }

        if (!session.IsHypervisor && ReferenceEquals(domain, Launch.Recovery.Domain) && !domain.Life.WasStarted)
        {
            return "The recovery domain is started when a domain fails.";
        }

        Launch.Unpause(domain);
        return "";
    }
}
