using System.Collections.Generic;

namespace Hyperlaunch.Domains.Plan;

/// <summary>The order in which domains are built: those that the others depend on first.</summary>
internal static class CreationOrder
{
    /// <summary>The domains that can be launched, core domains first; among equals in the given order.</summary>
    internal static DomainPlan[] Of(DomainPlan[] domains)
    {
        List<DomainPlan> order = new();
        for (int rank = 0; rank < RolePolicy.CreationRanks; rank++)
        {
            for (int index = 0; index < domains.Length; index++)
            {
                if (domains[index].IsLaunchable && RolePolicy.CreationRank(domains[index].Roles) == rank)
                {
                    order.Add(domains[index]);
                }
            }
        }

        return order.ToArray();
    }
}
