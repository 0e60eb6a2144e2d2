using System.Threading;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>
/// The event channels of one domain (Xen public/event_channel.h), with the two-level interface. Ports are given and taken by the
/// domain's own processors under its gate; the other end of a channel changes a port, and sends to it, without any lock. An event
/// is a bit here until a processor of the receiving domain takes it (<see cref="Take"/>): so nobody writes into the memory of a
/// domain that is not its own, and a domain that ends leaves nothing behind that could be written to.
/// </summary>
internal sealed partial class EventChannels
{
    /// <summary>VIRQs are 0 to 23 (NR_VIRQS).</summary>
    public const int VirqCount = 24;

    /// <summary>The other end of a channel to the hypervisor itself (DOMID_XEN).</summary>
    public const uint Hypervisor = 0x7FF2;

    /// <summary>The timer of a processor (VIRQ_TIMER).</summary>
    public const int TimerVirq = 0;

    // VIRQ_TIMER, VIRQ_DEBUG, VIRQ_XENOPROF and VIRQ_XENPMU are a processor's; the others the domain's.
    private const int ProcessorVirqs = (1 << TimerVirq) | (1 << 1) | (1 << 7) | (1 << 13);

    private readonly XenDomains _domains;
    private readonly SharedInfo _shared;
    private readonly IUpcalls _upcalls;
    private readonly int[] _bindings;
    private readonly int[] _processors;
    private readonly int[] _raised;
    private readonly int[] _virqs;
    private int _anyRaised;

    /// <summary>Makes the event channels of a domain, all free.</summary>
    /// <param name="domains">Where the other ends of channels are.</param>
    /// <param name="domid">The domain.</param>
    /// <param name="shared">What it shares with the hypervisor.</param>
    /// <param name="upcalls">Its processors.</param>
    /// <param name="processors">The most processors it can have.</param>
    /// <param name="ports">How many ports it can have, port 0 among them, which nobody gets: a multiple of 32.</param>
    public EventChannels(
        XenDomains domains, uint domid, SharedInfo shared, IUpcalls upcalls, int processors, int ports)
    {
        _domains = domains;
        Domid = domid;
        _shared = shared;
        _upcalls = upcalls;
        _bindings = new int[ports];
        _processors = new int[ports];
        _raised = new int[ports / 32];
        _virqs = new int[processors * VirqCount];
    }

    /// <summary>The domain.</summary>
    public uint Domid { get; }

    /// <summary>How many ports it can have.</summary>
    public int Capacity => _bindings.Length;

    /// <summary>Closes every port: the domain ends, is built anew, or asks for it. Its gate is held.</summary>
    public void CloseAll()
    {
        for (int i = 1; i < _bindings.Length; i++)
        {
            Close(i);
        }

        for (int i = 0; i < _raised.Length; i++)
        {
            Interlocked.Exchange(ref _raised[i], 0);
        }
    }

    /// <summary>Gives a port to which another domain may bind.</summary>
    /// <returns>The port, or an error.</returns>
    public long AllocateUnbound(uint remote) => Allocate(new PortBinding(PortKind.Unbound, remote, 0), 0);

    /// <summary>Gives a port by which the guest talks to one of the hypervisor's services.</summary>
    /// <returns>The port; there always is one where the domain has just been built.</returns>
    public uint BindService(XenService service)
        => (uint)Allocate(new PortBinding(PortKind.Interdomain, Hypervisor, (uint)service), 0);

    /// <summary>A service has something for the guest. The domain's gate is held.</summary>
    public void RaiseService(uint port, XenService service)
    {
        if (BindingOf(port).Word == new PortBinding(PortKind.Interdomain, Hypervisor, (uint)service).Word)
        {
            Raise((int)port);
        }
    }

    /// <summary>Gives a port that is bound to one that another domain, or this one, keeps for this domain.</summary>
    /// <returns>The port, or an error.</returns>
    public long BindInterdomain(uint remote, uint remotePort)
    {
        EventChannels? other = _domains.Find(remote)?.Channels;
        if (other is null)
        {
            return XenError.NoSuchDomain;
        }

        if (remotePort == 0 || remotePort >= (uint)other._bindings.Length)
        {
            return XenError.Invalid;
        }

        // First this end, so that the other one, once it is bound, finds it whatever it does then.
        long port = Allocate(new PortBinding(PortKind.Interdomain, remote, remotePort), 0);
        if (port < 0)
        {
            return port;
        }

        int offered = new PortBinding(PortKind.Unbound, Domid, 0).Word;
        int bound = new PortBinding(PortKind.Interdomain, Domid, (uint)port).Word;
        if (Interlocked.CompareExchange(ref other._bindings[remotePort], bound, offered) != offered)
        {
            Volatile.Write(ref _bindings[port], 0);
            return XenError.Invalid;
        }

        // Something may have been sent before anybody listened.
        Raise((int)port);
        return port;
    }

    /// <summary>Gives a port for a VIRQ.</summary>
    /// <returns>The port, or an error.</returns>
    public long BindVirq(uint virq, uint processor, int processors)
    {
        if (virq >= VirqCount)
        {
            return XenError.Invalid;
        }

        if (processor >= (uint)processors)
        {
            return XenError.NoSuchEntry;
        }

        if (!IsProcessors((int)virq) && processor != 0)
        {
            return XenError.Invalid;
        }

        ref int entry = ref _virqs[(processor * VirqCount) + virq];
        if (entry != 0)
        {
            return XenError.Exists;
        }

        long port = Allocate(new PortBinding(PortKind.Virq, 0, virq), (int)processor);
        entry = port > 0 ? (int)port : 0;
        return port;
    }

    /// <summary>Gives a port by which the domain interrupts a processor of its own.</summary>
    /// <returns>The port, or an error.</returns>
    public long BindIpi(uint processor, int processors) => processor >= (uint)processors
        ? XenError.NoSuchEntry
        : Allocate(new PortBinding(PortKind.Ipi, 0, 0), (int)processor);

    /// <summary>Says which processor a port's events are for.</summary>
    public long BindProcessor(uint port, uint processor, int processors)
    {
        PortKind kind = KindOf(port);
        bool mayMove = kind is PortKind.Unbound or PortKind.Interdomain
            || (kind == PortKind.Virq && !IsProcessors(BindingOf(port).Port));
        if (processor >= (uint)processors)
        {
            return XenError.NoSuchEntry;
        }

        if (!mayMove)
        {
            return XenError.Invalid;
        }

        Volatile.Write(ref _processors[port], (int)processor);
        return 0;
    }

    /// <summary>Frees a port.</summary>
    public long TryClose(uint port)
    {
        if (KindOf(port) == PortKind.Free)
        {
            return XenError.Invalid;
        }

        Close((int)port);
        return 0;
    }

    /// <summary>Sends an event through a port of the domain.</summary>
    public long Send(uint port)
    {
        PortBinding binding = BindingOf(port);
        switch (binding.Kind)
        {
            case PortKind.Ipi:
                Raise((int)port);
                return 0;
            case PortKind.Unbound:
                // Nobody is there to receive it.
                return 0;
            case PortKind.Interdomain when binding.Domid == Hypervisor:
                _upcalls.Serve((XenService)binding.Port);
                return 0;
            case PortKind.Interdomain:
                EventChannels? other = _domains.Find(binding.Domid)?.Channels;

                // The other end may be somebody else's by now, or not be bound yet.
                int expected = new PortBinding(PortKind.Interdomain, Domid, port).Word;
                if (other is not null && Volatile.Read(ref other._bindings[binding.Port]) == expected)
                {
                    other.Raise(binding.Port);
                }

                return 0;
            default:
                return XenError.Invalid;
        }
    }

    /// <summary>Tells a processor of the domain, or the domain, what it asked to be told; any CPU may.</summary>
    public void RaiseVirq(int processor, int virq)
    {
        int port = Volatile.Read(ref _virqs[(processor * VirqCount) + virq]);
        if (port != 0)
        {
            Raise(port);
        }
    }

    /// <summary>What a port is bound to; a free port's when there is no such port.</summary>
    public PortBinding BindingOf(uint port)
        => port != 0 && port < (uint)_bindings.Length ? new PortBinding(Volatile.Read(ref _bindings[port])) : default;

    /// <summary>Which processor a port's events are for.</summary>
    public int ProcessorOf(uint port) => _processors[port];

    private static bool IsProcessors(int virq) => (ProcessorVirqs & 1 << virq) != 0;

    private PortKind KindOf(uint port) => BindingOf(port).Kind;

    // Only the domain itself takes free ports, under its gate, so that nobody else finds the same one.
    private long Allocate(PortBinding binding, int processor)
    {
        int end = _bindings.Length < _shared.Channels ? _bindings.Length : _shared.Channels;
        for (int i = 1; i < end; i++)
        {
            if (Volatile.Read(ref _bindings[i]) == 0)
            {
                ClearGuestBits(i);
                Volatile.Write(ref _processors[i], processor);
                Volatile.Write(ref _bindings[i], binding.Word);
                return i;
            }
        }

        return XenError.NoSpace;
    }

    // The other end becomes one to which this domain may bind again, if it is still bound to this port.
    private void Close(int port)
    {
        PortBinding binding = new(Interlocked.Exchange(ref _bindings[port], 0));
        if (binding.Kind == PortKind.Free)
        {
            return;
        }

        AtomicBits.Clear(ref _raised[port >> 5], 1 << (port & 31));
        ClearGuestBits(port);
        if (binding.Kind == PortKind.Virq)
        {
            int processor = IsProcessors(binding.Port) ? _processors[port] : 0;
            _virqs[(processor * VirqCount) + binding.Port] = 0;
        }
        else if (binding.Kind == PortKind.Interdomain)
        {
            EventChannels? other = _domains.Find(binding.Domid)?.Channels;
            if (other is not null)
            {
                int bound = new PortBinding(PortKind.Interdomain, Domid, (uint)port).Word;
                int offered = new PortBinding(PortKind.Unbound, Domid, 0).Word;
                Interlocked.CompareExchange(ref other._bindings[binding.Port], offered, bound);
            }
        }
    }

    private void Raise(int port)
    {
        int bit = 1 << (port & 31);
        if ((AtomicBits.Set(ref _raised[port >> 5], bit) & bit) != 0)
        {
            return;
        }

        // A full barrier: the processor that is told finds the bit.
        Interlocked.Exchange(ref _anyRaised, 1);
        _upcalls.Look(Volatile.Read(ref _processors[port]));
    }
}
