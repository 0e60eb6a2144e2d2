namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// One of the ten configurations that Hyperlaunch names: which roles are held together, and whether ordinary domains run beside
/// them (Hyperlaunch design document, "Hyperlaunch Configurations").
/// </summary>
public sealed class NamedConfiguration
{
    private const DomainRoles Store = DomainRoles.Recovery | DomainRoles.Console | DomainRoles.Xenstore;
    private const DomainRoles Dom0 = DomainRoles.Control | DomainRoles.Hardware | Store;

    private NamedConfiguration(string name, int leastOthers, int mostOthers, params DomainRoles[] holders)
    {
        Name = name;
        LeastOthers = leastOthers;
        MostOthers = mostOthers;
        Holders = holders;
    }

    /// <summary>The ten, in the order of the document.</summary>
    public static NamedConfiguration[] All { get; } =
    [
        new("Classic: Dom0", 0, 0, Dom0),
        new("Classic: Extended Launch", 0, 0, DomainRoles.Boot, Dom0),
        new("Classic: Basic Cloud", 1, LaunchPlan.MaximumDomains, Dom0),
        new("Classic: Cloud", 1, LaunchPlan.MaximumDomains, DomainRoles.Boot, Dom0),
        new("Static: Basic", 0, LaunchPlan.MaximumDomains, DomainRoles.Hardware | Store),
        new("Static: Standard", 0, LaunchPlan.MaximumDomains, DomainRoles.Boot, DomainRoles.Hardware | Store),
        new("Static: Disaggregated", 0, LaunchPlan.MaximumDomains, DomainRoles.Boot, DomainRoles.Xenstore, DomainRoles.Hardware,
            DomainRoles.Recovery, DomainRoles.Console),
        new("Dynamic: Hardware Domain", 0, 0, DomainRoles.Control | Store, DomainRoles.Hardware),
        new("Dynamic: Flexible", 0, LaunchPlan.MaximumDomains, DomainRoles.Boot, DomainRoles.Control | Store,
            DomainRoles.Hardware),
        new("Dynamic: Full", 0, LaunchPlan.MaximumDomains, DomainRoles.Boot, DomainRoles.Xenstore, DomainRoles.Control,
            DomainRoles.Hardware, DomainRoles.Recovery, DomainRoles.Console),
    ];

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>How many ordinary domains there are at least.</summary>
    public int LeastOthers { get; }

    /// <summary>How many there are at most.</summary>
    public int MostOthers { get; }

    /// <summary>The roles of each domain that has any.</summary>
    public DomainRoles[] Holders { get; }

    /// <summary>Finds the configuration that domains are, or come closest to; the first of several.</summary>
    /// <param name="domains">The domains.</param>
    /// <param name="distance">How many roles and domains would have to change; 0 when it is the configuration.</param>
    public static NamedConfiguration Closest(DomainPlan[] domains, out int distance)
    {
        NamedConfiguration closest = All[0];
        distance = int.MaxValue;
        for (int i = 0; i < All.Length; i++)
        {
            int candidate = All[i].Distance(domains);
            if (candidate < distance)
            {
                distance = candidate;
                closest = All[i];
            }
        }

        return closest;
    }

    /// <summary>Pairs holders and domains, most alike first, and counts the roles in which each pair differs.</summary>
    private int Distance(DomainPlan[] domains)
    {
        bool[] isHolderPaired = new bool[Holders.Length];
        bool[] isDomainPaired = new bool[domains.Length];
        int distance = 0;
        int others = 0;
        for (int i = 0; i < domains.Length; i++)
        {
            if (domains[i].Roles == DomainRoles.None)
            {
                isDomainPaired[i] = true;
                others++;
            }
        }

        while (TryPairNearest(domains, isDomainPaired, isHolderPaired, out int difference))
        {
            distance += difference;
        }

        for (int i = 0; i < domains.Length; i++)
        {
            distance += isDomainPaired[i] ? 0 : 1 + Count(domains[i].Roles);
        }

        for (int i = 0; i < Holders.Length; i++)
        {
            distance += isHolderPaired[i] ? 0 : 1 + Count(Holders[i]);
        }

        return distance + (others < LeastOthers ? LeastOthers - others : others > MostOthers ? others - MostOthers : 0);
    }

    private bool TryPairNearest(DomainPlan[] domains, bool[] isDomainPaired, bool[] isHolderPaired, out int difference)
    {
        int nearestDomain = -1;
        int nearestHolder = -1;
        difference = int.MaxValue;
        for (int domain = 0; domain < domains.Length; domain++)
        {
            for (int holder = 0; holder < Holders.Length && !isDomainPaired[domain]; holder++)
            {
                int candidate = Count(domains[domain].Roles ^ Holders[holder]);
                if (!isHolderPaired[holder] && candidate < difference)
                {
                    difference = candidate;
                    nearestDomain = domain;
                    nearestHolder = holder;
                }
            }
        }

        if (nearestDomain < 0)
        {
            return false;
        }

        isDomainPaired[nearestDomain] = true;
        isHolderPaired[nearestHolder] = true;
        return true;
    }

    private static int Count(DomainRoles roles)
    {
        int count = 0;
        for (uint rest = (uint)roles; rest != 0; rest &= rest - 1)
        {
            count++;
        }

        return count;
    }
}
