using System.Threading;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>The domains of a launch that have Xen's interface, as they find each other.</summary>
internal sealed class XenDomains
{
    private readonly XenDomain?[] _domains;

    /// <summary>Makes room for domains.</summary>
    /// <param name="capacity">How many there can be.</param>
    public XenDomains(int capacity)
    {
        _domains = new XenDomain?[capacity];
    }

    /// <summary>A domain has been made; one with the same number that could not be built gives way.</summary>
    /// <returns>False when there is no room for it.</returns>
    public bool TryAdd(XenDomain domain)
    {
        for (int i = 0; i < _domains.Length; i++)
        {
            XenDomain? other = _domains[i];
            if (other is null || other.Domid == domain.Domid)
            {
                Volatile.Write(ref _domains[i], domain);
                return true;
            }
        }

        return false;
    }

    /// <summary>How many there can be.</summary>
    public int Capacity => _domains.Length;

    /// <summary>One of them by its place, null when the place is empty. Any CPU may ask.</summary>
    public XenDomain? this[int index] => Volatile.Read(ref _domains[index]);

    /// <summary>What a domain has of Xen; null when it has nothing. Any CPU may ask.</summary>
    public XenDomain? Find(uint domid)
    {
        for (int i = 0; i < _domains.Length; i++)
        {
            XenDomain? domain = this[i];
            if (domain is not null && domain.Domid == domid)
            {
                return domain;
            }
        }

        return null;
    }
}
