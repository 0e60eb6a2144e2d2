namespace Hyperlaunch.Domains.Plan;

/// <summary>Gives every domain a number and a name that no other has.</summary>
internal static class DomainIds
{
    /// <summary>
    /// Numbers: first those that are asked for, then, in the order of the tree, the next free one from 1 for the others.
    /// </summary>
    internal static void Assign(DomainDraft[] domains, PlanProblems problems)
    {
        for (int index = 0; index < domains.Length; index++)
        {
            DomainDraft domain = domains[index];
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
            DomainDraft domain = domains[index];
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
    internal static void MakeNamesUnique(DomainDraft[] domains, PlanProblems problems)
    {
        for (int index = 1; index < domains.Length; index++)
        {
            DomainDraft domain = domains[index];
            string name = domain.Name;
            for (uint suffix = domain.Id.Value; IsNamed(domains, index, domain.Name); suffix++)
            {
                domain.Name = name + "-" + NumberText.Decimal(suffix);
            }

            if (domain.Name != name)
            {
                problems.Report(
                    ProblemRule.DuplicateName, domain.Path, "", "a second domain named " + PlanText.Quote(name),
                    "names of their own", PlanText.Quote(domain.Name));
            }
        }
    }

    private static void CheckReserved(DomainDraft domain, PlanProblems problems)
    {
        if (!domain.Id.IsReserved)
        {
            return;
        }

        string expected = "below " + NumberText.Hex(DomainId.FirstReserved);
        bool isHistorical = domain.Id.Value == DomainId.HistoricalBootDomain
            && domain.Dialect == LaunchDialect.Year2021 && RolePolicy.RunsInPreparation(domain.Roles);
        if (isHistorical)
        {
            problems.Report(ProblemRule.HistoricalDomainId, domain.Path, "domid", NumberText.Hex(domain.Id.Value), expected);
        }
        else
        {
            problems.Report(
                domain, ProblemRule.ReservedDomainId, domain.Path, "domid", NumberText.Hex(domain.Id.Value), expected);
        }
    }

    private static void CheckDuplicate(DomainDraft[] domains, int index, PlanProblems problems)
    {
        DomainDraft domain = domains[index];
        for (int earlier = 0; earlier < index; earlier++)
        {
            if (domains[earlier].HasRequestedId && domains[earlier].Id.Is(domain.Id))
            {
                problems.Report(
                    domain, ProblemRule.DuplicateDomainId, domain.Path, "domid",
                    NumberText.Decimal(domain.Id.Value) + ", which " + domains[earlier].Path + " has",
                    "a number of its own");
                return;
            }
        }
    }

    private static bool IsRequested(DomainDraft[] domains, uint number)
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

    private static bool IsNamed(DomainDraft[] domains, int before, string name)
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
