using Hyperlaunch.Domains.Plan;

namespace Hyperlaunch.Hypervisor.Control;

/// <summary>One command, as <see cref="ControlCommandTable"/> lists it.</summary>
internal sealed class ControlCommandDescription
{
    /// <summary>Describes a command.</summary>
    public ControlCommandDescription(
        ControlCommand command, string name, string arguments, string summary, DomainRoles grantedTo, bool isOnHypervisorConsole)
    {
        Command = command;
        Name = name;
        Arguments = arguments;
        Summary = summary;
        GrantedTo = grantedTo;
        Refusal = grantedTo == DomainRoles.None
            ? name + " is for the hypervisor's own console."
            : name + " needs the " + Alternatives(grantedTo) + " role.";
        IsOnHypervisorConsole = isOnHypervisorConsole;
    }

    /// <summary>Which it is.</summary>
    public ControlCommand Command { get; }

    /// <summary>The word that is typed.</summary>
    public string Name { get; }

    /// <summary>What follows the word; empty for nothing.</summary>
    public string Arguments { get; }

    /// <summary>What it does, in a few words.</summary>
    public string Summary { get; }

    /// <summary>The roles each of which is enough to give it; none for the hypervisor's console alone.</summary>
    public DomainRoles GrantedTo { get; }

    /// <summary>What one who may not give it is told.</summary>
    public string Refusal { get; }

    /// <summary>Whether it can be given at the hypervisor's own console.</summary>
    public bool IsOnHypervisorConsole { get; }

    /// <summary>Whether one with these roles may give it.</summary>
    public bool IsGrantedTo(ControlSession session, DomainRoles roles)
        => session.IsHypervisor ? IsOnHypervisorConsole : (GrantedTo & roles) != 0;

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
