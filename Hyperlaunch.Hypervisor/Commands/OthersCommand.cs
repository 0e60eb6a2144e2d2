using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Launch;

namespace Hyperlaunch.Hypervisor.Commands;

/// <summary>A command that a domain cannot give to itself.</summary>
internal abstract class OthersCommand : DomainCommand
{
    /// <summary>Describes the command.</summary>
    protected OthersCommand(DomainSet launch, string name, string summary, DomainRoles grantedTo)
        : base(launch, name, "NAME", summary, grantedTo)
    {
    }

    /// <inheritdoc/>
    protected sealed override string Act(ControlSession session, Domain domain, ref Words words)
        => session.Domid == (int)domain.Id ? "A domain cannot do this to itself; it can power off." : Act(session, domain);

    /// <summary>Does it to another domain.</summary>
    /// <returns>What is wrong, in a sentence; empty when it was done.</returns>
    protected abstract string Act(ControlSession session, Domain domain);
}
