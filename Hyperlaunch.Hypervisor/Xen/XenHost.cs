using Hyperlaunch.Hypervisor.Xen.Store;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>What all domains with Xen's interface have in common.</summary>
internal sealed class XenHost
{
    /// <summary>Makes room for domains.</summary>
    /// <param name="capacity">How many there can be.</param>
    public XenHost(int capacity)
    {
        Domains = new XenDomains(capacity);
        Store = new XenStore(capacity);
    }

    /// <summary>How they find each other.</summary>
    public XenDomains Domains { get; }

    /// <summary>Where they tell each other what they have.</summary>
    public XenStore Store { get; }
}
