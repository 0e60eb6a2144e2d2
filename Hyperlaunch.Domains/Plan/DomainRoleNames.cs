using System.Text;

namespace Hyperlaunch.Domains.Plan;

/// <summary>The names of roles, as events and messages print them.</summary>
public static class DomainRoleNames
{
    /// <summary>Every role, in the order in which they are printed.</summary>
    public static DomainRoles[] All { get; } =
    [
        DomainRoles.Control, DomainRoles.Hardware, DomainRoles.Console,
        DomainRoles.Xenstore, DomainRoles.Boot, DomainRoles.Recovery,
    ];

    /// <summary>The name of one role; <c>none</c> for no role.</summary>
    public static string Name(DomainRoles role) => role switch
    {
        DomainRoles.Control => "control",
        DomainRoles.Hardware => "hardware",
        DomainRoles.Console => "console",
        DomainRoles.Xenstore => "xenstore",
        DomainRoles.Boot => "boot",
        DomainRoles.Recovery => "recovery",
        _ => "none",
    };

    /// <summary>The names of several roles, separated by commas; <c>none</c> for no role.</summary>
    public static string List(DomainRoles roles)
    {
        StringBuilder text = new();
        DomainRoles[] all = All;
        for (int i = 0; i < all.Length; i++)
        {
            if ((roles & all[i]) != 0)
            {
                if (text.Length > 0)
                {
                    text.Append(',');
                }

                text.Append(Name(all[i]));
            }
        }

        return text.Length == 0 ? "none" : text.ToString();
    }
}
