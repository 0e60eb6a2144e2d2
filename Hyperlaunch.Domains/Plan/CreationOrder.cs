using System.Collections.Generic;

namespace Hyperlaunch.Domains.Plan;

/// <summary>The order in which domains are built: those that the others depend on first.</summary>
internal static class CreationOrder
{
    /// <summary>The domains that can be launched, core domains first; among equals in the given order.</summary>
    internal static DomainDraft[] Of(DomainDraft[] domains)
    {
        List<DomainDraft> order = new();
        for (int rank = 0; rank < RolePolicy.CreationRanks; rank++)
        {
            for (int i = 0; i < domains.Length; i++)
            {
                if (domains[i].IsLaunchable && RolePolicy.CreationRank(domains[i].Roles) == rank)
                {
                    order.Add(domains[i]);
                }
            }
        }

        return order.ToArray();
    }
}
