namespace Hyperlaunch.Domains.Plan;

/// <summary>Gives every domain a number and a name that no other has.</summary>
internal static class DomainIds
{
    /// <summary>
    /// Numbers: first those that are asked for, then, in the order of the tree, the next free one from 1 for the others.
    /// </summary>
    internal static void Assign(DomainPlan[] domains, PlanProblems problems)
    {
        for (int index = 0; index < domains.Length; index++)
        {
            DomainPlan domain = domains[index];
            if (domain.HasRequestedId)
            {
                domain.Id = domain.RequestedId;
                CheckReserved(domain, problems);
                CheckDuplicate(domains, index, problems);
            }
        }

        uint next = 1;
        for (int index = 0; index < domains.Length; index++)
        {
            DomainPlan domain = domains[index];
            if (!domain.HasRequestedId)
            {
                while (IsRequested(domains, next))
                {
                    next++;
                }

                domain.Id = new DomainId(next);
                next++;
            }
        }
    }

    /// <summary>Names: a domain whose name another has before it gets its number appended.</summary>
    internal static void MakeNamesUnique(DomainPlan[] domains, PlanProblems problems)
    {
        for (int index = 1; index < domains.Length; index++)
        {
            DomainPlan domain = domains[index];
            string name = domain.Name;
            for (uint suffix = domain.Id.Value; IsNamed(domains, index, domain.Name); suffix++)
            {
                domain.Name = name + "-" + PlanText.Decimal(suffix);
            }

            if (domain.Name != name)
            {
                problems.Warn(
                    ProblemRule.DuplicateName, domain.Path, "", "a second domain named " + PlanText.Quote(name), "names of their own",
                    "It is called " + PlanText.Quote(domain.Name) + "; rename its node.");
            }
        }
    }

    private static void CheckReserved(DomainPlan domain, PlanProblems problems)
    {
        if (!domain.Id.IsReserved)
        {
            return;
        }

        const string action = "Choose a lower number, or leave the property out.";
        string expected = "below " + PlanText.Hex(DomainId.FirstReserved);
        bool isHistorical = domain.Id.Value == DomainId.HistoricalBootDomain
            && domain.Dialect == LaunchDialect.Year2021 && RolePolicy.RunsInPreparation(domain.Roles);
        if (isHistorical)
        {
            problems.Warn(
                ProblemRule.ReservedDomainId, domain.Path, "domid", PlanText.Hex(domain.Id.Value), expected,
                "Accepted for a boot domain of the 2021 document. " + action);
        }
        else
        {
            problems.StopDomain(
                domain, ProblemRule.ReservedDomainId, domain.Path, "domid", PlanText.Hex(domain.Id.Value), expected, action);
        }
    }

    private static void CheckDuplicate(DomainPlan[] domains, int index, PlanProblems problems)
    {
        DomainPlan domain = domains[index];
        for (int earlier = 0; earlier < index; earlier++)
        {
            if (domains[earlier].HasRequestedId && domains[earlier].Id.Is(domain.Id))
            {
                problems.StopDomain(
                    domain, ProblemRule.DuplicateDomainId, domain.Path, "domid",
                    PlanText.Decimal(domain.Id.Value) + ", which " + domains[earlier].Path + " has", "a number of its own",
                    "Change one of the two numbers, or leave the property out.");
                return;
            }
        }
    }

    private static bool IsRequested(DomainPlan[] domains, uint number)
    {
        for (int index = 0; index < domains.Length; index++)
        {
            if (domains[index].HasRequestedId && domains[index].RequestedId.Value == number)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsNamed(DomainPlan[] domains, int before, string name)
    {
        for (int index = 0; index < before; index++)
        {
            if (domains[index].Name == name)
            {
                return true;
            }
        }

        return false;
    }
}
