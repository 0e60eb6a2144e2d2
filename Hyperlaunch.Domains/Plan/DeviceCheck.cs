using Hyperlaunch.Machine.Text;

namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// Finds the domains that give others their devices, and checks what can only be known when all domains are: a device that cannot
/// be had stops its domain, whose kernel would wait for it.
/// </summary>
internal static class DeviceCheck
{
    // The first three bytes of addresses that Xen's project gives out.
    private const ulong MadeAddress = 0x0016_3E00_0000;

    /// <summary>Finds and checks; each domain has its number and its name.</summary>
    internal static void Run(DomainDraft[] domains, PlanProblems problems)
    {
        for (int i = 0; i < domains.Length; i++)
        {
            for (int j = 0; j < domains[i].Devices.Count; j++)
            {
                FindBackend(domains, domains[i], domains[i].Devices[j], problems);
            }
        }

        for (int i = 0; i < domains.Length; i++)
        {
            CheckInterface(domains[i], problems);
            CheckTargets(domains[i], problems);
            CheckCycle(domains, domains[i], problems);
            for (int j = 0; j < domains[i].Devices.Count; j++)
            {
                CheckAddress(domains, i, j, problems);
            }
        }
    }

    /// <summary>
    /// Checks that a backend which drives the machine's devices has them write into its own memory: what it sees of another
    /// domain's lies at an address that is not the machine's, and without an IOMMU a device would be told that one.
    /// </summary>
    internal static void RunOnWords(DomainDraft[] domains, PlanProblems problems)
    {
        for (int i = 0; i < domains.Length; i++)
        {
            for (int j = 0; j < domains[i].Devices.Count; j++)
            {
                DomainDraft? backend = domains[i].Devices[j].Backend;
                if (backend is not null && backend.IsDirectMapped && !HasWord(backend.CommandLine, "swiotlb=force"))
                {
                    problems.Report(
                        domains[i], ProblemRule.DeviceAddresses, domains[i].Devices[j].Path, "hyperlaunch,backend",
                        PlanText.Quote(backend.Name) + ", whose devices would be told wrong addresses",
                        "swiotlb=force among the words of its kernel");
                }
            }
        }
    }

    private static bool HasWord(string words, string word) => (" " + words + " ").Contains(" " + word + " ");

    private static void FindBackend(DomainDraft[] domains, DomainDraft domain, DeviceDraft device, PlanProblems problems)
    {
        for (int i = 0; i < domains.Length; i++)
        {
            if (domains[i].Handle == device.BackendHandle && device.BackendHandle != 0)
            {
                device.Backend = domains[i];
            }
        }

        const string Property = "hyperlaunch,backend";
        const string Expected = "another domain of this tree";
        if (device.Backend is null)
        {
            problems.Report(
                domain, ProblemRule.DeviceBackend, device.Path, Property, "a reference to no domain's node", Expected);
        }
        else if (ReferenceEquals(device.Backend, domain))
        {
            problems.Report(domain, ProblemRule.DeviceBackend, device.Path, Property, "the domain itself", Expected);
        }
        else if (!device.Backend.IsLaunchable)
        {
            problems.Report(
                domain, ProblemRule.DeviceBackendStopped, device.Path, Property,
                PlanText.Quote(device.Backend.Name) + ", which is not launched", "a domain that is");
        }
    }

    // Both ends have Xen's interface: on their own, where their nodes do not say another.
    private static void CheckInterface(DomainDraft domain, PlanProblems problems)
    {
        for (int i = 0; i < domain.Devices.Count; i++)
        {
            DeviceDraft device = domain.Devices[i];
            TakeInterface(domain);
            if (device.Backend is null)
            {
                continue;
            }

            TakeInterface(device.Backend);
            DomainDraft? without = domain.Interface != GuestInterfaceKind.Xen ? domain
                : device.Backend.Interface != GuestInterfaceKind.Xen ? device.Backend
                : null;
            if (without is not null)
            {
                problems.Report(
                    domain, ProblemRule.DeviceInterface, device.Path, "hyperlaunch,interface",
                    PlanText.Quote(without.Name) + " without Xen's interface", "\"xen\" for both");
            }
        }
    }

    private static void TakeInterface(DomainDraft domain)
    {
        if (!domain.NamesInterface)
        {
            domain.Interface = GuestInterfaceKind.Xen;
        }
    }

    private static void CheckTargets(DomainDraft domain, PlanProblems problems)
    {
        for (int i = 0; i < domain.Devices.Count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                DeviceDraft device = domain.Devices[i];
                if (device.IsDisk && domain.Devices[j].IsDisk && device.VirtualDevice == domain.Devices[j].VirtualDevice)
                {
                    problems.Report(
                        domain, ProblemRule.DiskTwice, device.Path, "hyperlaunch,target",
                        PlanText.Quote(device.Target) + ", which " + domain.Devices[j].Path + " is", "another name");
                    break;
                }
            }
        }
    }

    // A domain whose device comes, by way of others, from itself: none of them can be up before another.
    private static void CheckCycle(DomainDraft[] domains, DomainDraft domain, PlanProblems problems)
    {
        bool[] isReached = new bool[domains.Length];
        Reach(domains, domain, isReached);
        if (isReached[System.Array.IndexOf(domains, domain)])
        {
            problems.Report(
                domain, ProblemRule.DeviceCycle, domain.Path, "", "a domain that needs itself for its own devices",
                "domains of which one is up before the other");
        }
    }

    private static void Reach(DomainDraft[] domains, DomainDraft domain, bool[] isReached)
    {
        for (int i = 0; i < domain.Devices.Count; i++)
        {
            DomainDraft? backend = domain.Devices[i].Backend;
            int index = backend is null ? -1 : System.Array.IndexOf(domains, backend);
            if (index >= 0 && !ReferenceEquals(backend, domain) && !isReached[index])
            {
                isReached[index] = true;
                Reach(domains, backend!, isReached);
            }
        }
    }

    private static void CheckAddress(DomainDraft[] domains, int domainIndex, int deviceIndex, PlanProblems problems)
    {
        DomainDraft domain = domains[domainIndex];
        DeviceDraft device = domain.Devices[deviceIndex];
        if (device.IsDisk)
        {
            return;
        }

        if (!device.HasAddress)
        {
            // The same in every launch: of the UUID, or else the name, and which of the domain's it is.
            uint hash = 2166136261;
            for (int i = 0; i < domain.Uuid.Length; i++)
            {
                hash = (hash ^ domain.Uuid[i]) * 16777619;
            }

            for (int i = 0; domain.Uuid.Length == 0 && i < domain.Name.Length; i++)
            {
                hash = (hash ^ domain.Name[i]) * 16777619;
            }

            hash = (hash ^ (uint)deviceIndex) * 16777619;
            device.Address = MadeAddress | ((hash ^ (hash >> 24)) & 0xFF_FFFF);
        }

        for (int i = 0; i <= domainIndex; i++)
        {
            for (int j = 0; j < domains[i].Devices.Count && (i < domainIndex || j < deviceIndex); j++)
            {
                DeviceDraft other = domains[i].Devices[j];
                if (!other.IsDisk && other.Address == device.Address)
                {
                    problems.Report(
                        domain, ProblemRule.AddressTwice, device.Path, "local-mac-address",
                        NumberText.Hex(device.Address) + ", which " + other.Path + " has", "another address");
                    return;
                }
            }
        }
    }
}
