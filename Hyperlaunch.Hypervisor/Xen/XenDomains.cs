using System.Threading;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>The domains of a launch that have Xen's interface, as they find each other.</summary>
internal sealed class XenDomains
{
    private readonly EventChannels?[] _channels;

    /// <summary>Makes room for domains.</summary>
    /// <param name="capacity">How many there can be.</param>
    public XenDomains(int capacity)
    {
        _channels = new EventChannels?[capacity];
    }

    /// <summary>A domain has been made; one with the same number that could not be built gives way.</summary>
    /// <returns>False when there is no room for it.</returns>
    public bool TryAdd(EventChannels channels)
    {
        for (int i = 0; i < _channels.Length; i++)
        {
            EventChannels? other = _channels[i];
            if (other is null || other.Domid == channels.Domid)
            {
                Volatile.Write(ref _channels[i], channels);
                return true;
            }
        }

        return false;
    }

    /// <summary>The event channels of a domain; null when it has none. Any CPU may ask.</summary>
    public EventChannels? Find(uint domid)
    {
        for (int i = 0; i < _channels.Length; i++)
        {
            EventChannels? channels = Volatile.Read(ref _channels[i]);
            if (channels is not null && channels.Domid == domid)
            {
                return channels;
            }
        }

        return null;
    }
}
