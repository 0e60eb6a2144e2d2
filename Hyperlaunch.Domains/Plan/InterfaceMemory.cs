namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// What the hypervisor keeps of the machine's memory for domains with Xen's interface: their part of the store, their event
/// channels, what they grant and have mapped. It is taken before the first domain.
/// </summary>
public static class InterfaceMemory
{
    /// <summary>What each of them takes, in bytes, at most.</summary>
    public const ulong BytesPerDomain = 1 << 20;

    /// <summary>What each queue of a disk or a network takes beside that, at most: requests that can be mapped.</summary>
    public const ulong BytesPerQueue = 64 << 10;

    /// <summary>What a plan takes.</summary>
    public static ulong BytesFor(LaunchPlan plan)
    {
        ulong bytes = 0;
        for (int i = 0; i < plan.CreationOrder.Length; i++)
        {
            DomainPlan domain = plan.CreationOrder[i];
            uint queues = (uint)(domain.Disks.Length + domain.Networks.Length) * domain.VirtualCpus;
            bytes += domain.Interface == GuestInterfaceKind.Xen ? BytesPerDomain + (queues * BytesPerQueue) : 0;
        }

        return bytes;
    }

    internal static ulong BytesFor(DomainDraft[] domains)
    {
        ulong bytes = 0;
        for (int i = 0; i < domains.Length; i++)
        {
            uint queues = (uint)domains[i].Devices.Count * domains[i].VirtualCpus;
            bytes += domains[i].IsLaunchable && domains[i].Interface == GuestInterfaceKind.Xen
                ? BytesPerDomain + (queues * BytesPerQueue)
                : 0;
        }

        return bytes;
    }
}
