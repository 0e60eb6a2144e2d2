using System.Collections.Generic;

namespace Hyperlaunch.Domains.Plan;

/// <summary>The order in which domains are built: those that the others depend on first.</summary>
internal static class CreationOrder
{
    private const int Ranks = 4;

    private const DomainRoles Core = DomainRoles.Control | DomainRoles.Hardware | DomainRoles.Xenstore | DomainRoles.Console;

    /// <summary>The domains that can be launched, core domains first; among equals in the given order.</summary>
    internal static DomainPlan[] Of(DomainPlan[] domains)
    {
        List<DomainPlan> order = new();
        for (int rank = 0; rank < Ranks; rank++)
        {
            for (int index = 0; index < domains.Length; index++)
            {
                if (domains[index].IsLaunchable && Rank(domains[index]) == rank)
                {
                    order.Add(domains[index]);
                }
            }
        }

        return order.ToArray();
    }

    private static int Rank(DomainPlan domain)
    {
        if ((domain.Roles & Core) != 0)
        {
            return 0;
        }

        if (domain.Has(DomainRoles.Boot))
        {
            return 1;
        }

        return domain.Has(DomainRoles.Recovery) ? 2 : 3;
    }
}
