using Hyperlaunch.Machine.Text;

namespace Hyperlaunch.Domains.Plan;

/// <summary>Gives every domain a number and a name that no other has.</summary>
internal static class DomainIds
{
    /// <summary>
    /// Numbers: first those that are asked for, then, in the order of the tree, the next free one from 1 for the others.
    /// </summary>
    internal static void Assign(DomainDraft[] domains, PlanProblems problems)
    {
        for (int i = 0; i < domains.Length; i++)
        {
            DomainDraft domain = domains[i];
            if (domain.HasRequestedId)
            {
                domain.Id = domain.RequestedId;
                CheckReserved(domain, problems);
                CheckDuplicate(domains, i, problems);
            }
        }

        uint next = 1;
        for (int i = 0; i < domains.Length; i++)
        {
            DomainDraft domain = domains[i];
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
        for (int i = 1; i < domains.Length; i++)
        {
            DomainDraft domain = domains[i];
            string name = domain.Name;
            for (uint suffix = domain.Id.Value; IsNamed(domains, i, domain.Name); suffix++)
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
        for (int i = 0; i < domains.Length; i++)
        {
            if (domains[i].HasRequestedId && domains[i].RequestedId.Value == number)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsNamed(DomainDraft[] domains, int before, string name)
    {
        for (int i = 0; i < before; i++)
        {
            if (domains[i].Name == name)
            {
                return true;
            }
        }

        return false;
    }
}
