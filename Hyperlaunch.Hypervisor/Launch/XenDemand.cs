using System;
using Hyperlaunch.Domains.Plan;

namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>
/// What the domains of a plan take of the hypervisor's memory for Xen's interface: all of it is taken before the launch.
/// </summary>
internal static class XenDemand
{
    // What Linux' backends have mapped at most for one queue: of a disk 1,056 pages of requests and the ring, of a network 256
    // and two rings (drivers/block/xen-blkback/common.h, drivers/net/xen-netback/common.h).
    private const int PagesOfDiskQueue = 1_057;
    private const int PagesOfNetworkQueue = 258;

    // What a domain may map for purposes of its own.
    private const int PagesOfItsOwn = 256;

    /// <summary>How many domains have Xen's interface.</summary>
    public static int Domains(LaunchPlan plan)
    {
        int count = 0;
        for (int i = 0; i < plan.CreationOrder.Length; i++)
        {
            count += plan.CreationOrder[i].Interface == GuestInterfaceKind.Xen ? 1 : 0;
        }

        return count;
    }

    /// <summary>
    /// How many pages of others' memory a domain can have mapped at once: what it takes to give the others their devices.
    /// </summary>
    public static int ForeignPages(LaunchPlan plan, DomainPlan backend)
    {
        int pages = PagesOfItsOwn;
        for (int i = 0; i < plan.CreationOrder.Length; i++)
        {
            DomainPlan frontend = plan.CreationOrder[i];
            int queues = (int)Math.Min(frontend.VirtualCpus, backend.VirtualCpus);
            for (int j = 0; j < frontend.Disks.Length; j++)
            {
                pages += frontend.Disks[j].Backend.Value == backend.Id.Value ? queues * PagesOfDiskQueue : 0;
            }

            for (int j = 0; j < frontend.Networks.Length; j++)
            {
                pages += frontend.Networks[j].Backend.Value == backend.Id.Value ? queues * PagesOfNetworkQueue : 0;
            }
        }

        return pages;
    }
}
