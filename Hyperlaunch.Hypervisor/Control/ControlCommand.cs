using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Console;

namespace Hyperlaunch.Hypervisor.Control;

/// <summary>
/// One command, for every console and channel: what it is called, whose it is, and what it does. It acts at once; a long answer
/// is given a record at a time, as fast as it is taken.
/// </summary>
internal abstract class ControlCommand
{
    /// <summary>The roles of all who have a channel.</summary>
    protected const DomainRoles Anyone = RolePolicy.GivingCommands;

    private readonly DomainRoles _grantedTo;
    private readonly bool _isOnHypervisorConsole;

    /// <summary>Describes the command.</summary>
    /// <param name="name">The word that is typed.</param>
    /// <param name="arguments">What follows the word; empty for nothing.</param>
    /// <param name="summary">What it does, in a few words.</param>
    /// <param name="grantedTo">The roles each of which is enough; none for the hypervisor's console alone.</param>
    /// <param name="isOnHypervisorConsole">Whether it can be given at the hypervisor's own console.</param>
    protected ControlCommand(
        string name, string arguments, string summary, DomainRoles grantedTo, bool isOnHypervisorConsole = true)
    {
        Name = name;
        Arguments = arguments;
        Summary = summary;
        Refusal = grantedTo == DomainRoles.None
            ? name + " is for the hypervisor's own console."
            : name + " needs the " + Alternatives(grantedTo) + " role.";
        _grantedTo = grantedTo;
        _isOnHypervisorConsole = isOnHypervisorConsole;
    }

    /// <summary>The word that is typed.</summary>
    public string Name { get; }

    /// <summary>What follows the word; empty for nothing.</summary>
    public string Arguments { get; }

    /// <summary>What it does, in a few words.</summary>
    public string Summary { get; }

    /// <summary>What one who may not give it is told.</summary>
    public string Refusal { get; }

    /// <summary>Whether one with these roles may give it.</summary>
    public bool IsGrantedTo(ControlSession session, DomainRoles roles)
        => session.Caller.IsHypervisor ? _isOnHypervisorConsole : (_grantedTo & roles) != 0;

    /// <summary>Begins: reads the arguments and does what the command does.</summary>
    /// <param name="session">Who gave it, and may.</param>
    /// <param name="words">What was typed behind the name.</param>
    /// <returns>What is wrong, in a sentence; empty when it was done.</returns>
    public virtual string Begin(ControlSession session, ref Words words) => "";

    /// <summary>
    /// Tells whether it is known how the command ended. Asked before each record; most know when they have begun.
    /// </summary>
    /// <param name="session">Who gave it.</param>
    /// <param name="problem">Where this returns true: what went wrong, in a sentence; empty when it was done.</param>
    /// <returns>False while it goes on: there is no answer yet.</returns>
    public virtual bool HasEnded(ControlSession session, out string problem)
    {
        problem = "";
        return true;
    }

    /// <summary>Writes the next record of the answer.</summary>
    /// <param name="session">Who gave it; its <see cref="ControlSession.Progress"/> is the command's own.</param>
    /// <param name="answer">The record, begun.</param>
    /// <returns>False when there is none left.</returns>
    public virtual bool TryAnswer(ControlSession session, RecordLine answer) => false;

    private static string Alternatives(DomainRoles roles)
    {
        string text = "";
        for (int i = 0; i < DomainRoleNames.All.Length; i++)
        {
            DomainRoles role = DomainRoleNames.All[i];
            if ((roles & role) != 0)
            {
                text += (text.Length == 0 ? "" : " or ") + DomainRoleNames.Name(role);
            }
        }

        return text;
    }
}
