using System;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Launch;
using Hyperlaunch.Machine.Text;

namespace Hyperlaunch.Hypervisor.Commands;

/// <summary>A command whose first argument names a domain.</summary>
internal abstract class DomainCommand : ControlCommand
{
    /// <summary>Describes the command.</summary>
    protected DomainCommand(DomainSet launch, string name, string arguments, string summary, DomainRoles grantedTo)
        : base(name, arguments, summary, grantedTo)
    {
        Launch = launch;
    }

    /// <summary>What is launched.</summary>
    protected DomainSet Launch { get; }

    /// <inheritdoc/>
    public sealed override string Begin(ControlSession session, ref Words words)
    {
        ReadOnlySpan<byte> name = words.Next();
        bool isNumber = Words.TryNumber(name, out uint number);
        for (int i = 0; i < Launch.Domains.Count; i++)
        {
            Domain domain = Launch.Domains[i];
            if (Latin1.IsText(name, domain.Name) || (isNumber && domain.Id == number))
            {
                session.Subject = i;
                return Act(session, domain, ref words);
            }
        }

        return "There is no such domain. Type list for those that there are.";
    }

    /// <summary>Does it.</summary>
    /// <returns>What is wrong, in a sentence; empty when it was done.</returns>
    protected abstract string Act(ControlSession session, Domain domain, ref Words words);
}
