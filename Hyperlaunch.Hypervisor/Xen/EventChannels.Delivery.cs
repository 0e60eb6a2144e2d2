using System.Threading;

namespace Hyperlaunch.Hypervisor.Xen;

/// <content>How events reach the guest: bits in shared_info and vcpu_info.</content>
internal sealed partial class EventChannels
{
    /// <summary>
    /// Gives the guest the events that have been sent since the last time. By a processor of the domain, with its gate held.
    /// </summary>
    /// <returns>Whether there were any.</returns>
    public bool Take()
    {
        if (Volatile.Read(ref _anyRaised) == 0)
        {
            return false;
        }

        Interlocked.Exchange(ref _anyRaised, 0);
        for (int i = 0; i < _raised.Length; i++)
        {
            if (Volatile.Read(ref _raised[i]) == 0)
            {
                continue;
            }

            int bits = Interlocked.Exchange(ref _raised[i], 0);
            for (int bit = 0; bit < 32; bit++)
            {
                if ((bits & 1 << bit) != 0)
                {
                    Deliver((i * 32) + bit);
                }
            }
        }

        return true;
    }

    /// <summary>Lets a port interrupt again; an event that came while it was masked does so now.</summary>
    public unsafe long Unmask(uint port)
    {
        if (port == 0 || port >= (uint)_bindings.Length || port >= (uint)_shared.Channels)
        {
            return XenError.Invalid;
        }

        AtomicBits.Clear(_shared.Mask, (int)port);
        if (AtomicBits.IsSet(_shared.Pending, (int)port))
        {
            Mark((int)port);
        }

        return 0;
    }

    /// <summary>Whether a port has an event that the guest has not seen, masked or not.</summary>
    public unsafe bool IsPending(uint port)
        => port != 0 && port < (uint)_bindings.Length && port < (uint)_shared.Channels
            && AtomicBits.IsSet(_shared.Pending, (int)port);

    private unsafe void Deliver(int port)
    {
        if (port < _shared.Channels && Volatile.Read(ref _bindings[port]) != 0
            && AtomicBits.TrySet(_shared.Pending, port) && !AtomicBits.IsSet(_shared.Mask, port))
        {
            Mark(port);
        }
    }

    private void Mark(int port)
    {
        int processor = _processors[port];
        if (_shared.TryMark(processor, port))
        {
            _upcalls.Upcall(processor);
        }
    }

    // A port that is given anew, or to nobody, has no event of its former life.
    private unsafe void ClearGuestBits(int port)
    {
        if (port < _shared.Channels)
        {
            AtomicBits.Clear(_shared.Pending, port);
        }
    }
}
