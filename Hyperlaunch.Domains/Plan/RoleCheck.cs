namespace Hyperlaunch.Domains.Plan;

/// <summary>Checks that a role that only one domain may have has one holder.</summary>
internal static class RoleCheck
{
    /// <summary>Stops every domain that has such a role after another has it.</summary>
    internal static void Run(DomainDraft[] domains, PlanProblems problems)
    {
        for (int i = 0; i < RolePolicy.Exclusive.Length; i++)
        {
            DomainRoles role = RolePolicy.Exclusive[i];
            DomainDraft? holder = null;
            for (int candidate = 0; candidate < domains.Length; candidate++)
            {
                DomainDraft domain = domains[candidate];
                if ((domain.Roles & role) == 0)
                {
                    continue;
                }

                if (holder is null)
                {
                    holder = domain;
                    continue;
                }

                string name = DomainRoleNames.Name(role);
                problems.Report(
                    domain, ProblemRule.DuplicateRole, domain.Path, domain.RightsProperty,
                    "the " + name + " role, which " + holder.Path + " has", "one domain with it", name);
            }
        }
    }
}
