using System.Collections.Generic;
using Hyperlaunch.Hypervisor.Xen;

namespace Hyperlaunch.Tests.Hypervisor.Xen;

/// <summary>
/// The event channels of a few domains, as simply as they can be said: what the real ones must do when nobody races.
/// </summary>
internal sealed class ModelChannels
{
    public const int Ports = 32, Processors = 2;

    private readonly Dictionary<uint, Port[]> _domains = [];
    private readonly HashSet<(uint Domid, int Processor, int Word)> _selected = [];
    private readonly HashSet<(uint Domid, int Processor)> _upcalls = [];

    public ModelChannels(params uint[] domids)
    {
        foreach (uint domid in domids)
        {
            Port[] ports = new Port[Ports];
            for (int i = 0; i < Ports; i++)
            {
                ports[i] = new Port();
            }

            _domains[domid] = ports;
        }
    }

    public Port this[uint domid, int port] => _domains[domid][port];

    public long Allocate(uint domid, PortKind kind, uint remote, int other, int processor)
    {
        for (int i = 1; i < Ports; i++)
        {
            Port port = _domains[domid][i];
            if (port.Kind == PortKind.Free)
            {
                (port.Kind, port.Domid, port.Other, port.Processor, port.IsPending) = (kind, remote, other, processor, false);
                return i;
            }
        }

        return XenError.NoSpace;
    }

    public long BindInterdomain(uint domid, uint remote, uint remotePort)
    {
        if (!_domains.TryGetValue(remote, out Port[]? ports))
        {
            return XenError.NoSuchDomain;
        }

        if (remotePort is 0 or >= Ports)
        {
            return XenError.Invalid;
        }

        long port = Allocate(domid, PortKind.Interdomain, remote, (int)remotePort, 0);
        if (port < 0)
        {
            return port;
        }

        Port other = ports[remotePort];
        if (other.Kind != PortKind.Unbound || other.Domid != domid)
        {
            _domains[domid][port].Kind = PortKind.Free;
            return XenError.Invalid;
        }

        (other.Kind, other.Other) = (PortKind.Interdomain, (int)port);
        Raise(domid, (int)port);
        return port;
    }

    public long BindVirq(uint domid, uint virq, uint processor)
    {
        if (virq >= 24)
        {
            return XenError.Invalid;
        }

        if (processor >= Processors)
        {
            return XenError.NoSuchEntry;
        }

        if (!IsProcessors(virq) && processor != 0)
        {
            return XenError.Invalid;
        }

        foreach (Port port in _domains[domid])
        {
            if (port.Kind == PortKind.Virq && port.Other == (int)virq
                && (!IsProcessors(virq) || port.Processor == (int)processor))
            {
                return XenError.Exists;
            }
        }

        return Allocate(domid, PortKind.Virq, 0, (int)virq, (int)processor);
    }

    public long BindProcessor(uint domid, uint port, uint processor)
    {
        if (processor >= Processors)
        {
            return XenError.NoSuchEntry;
        }

        Port? found = Find(domid, port);
        if (found is null || found.Kind == PortKind.Ipi || (found.Kind == PortKind.Virq && IsProcessors((uint)found.Other)))
        {
            return XenError.Invalid;
        }

        found.Processor = (int)processor;
        return 0;
    }

    public long Close(uint domid, uint port)
    {
        Port? found = Find(domid, port);
        if (found is null)
        {
            return XenError.Invalid;
        }

        if (found.Kind == PortKind.Interdomain)
        {
            Port other = _domains[found.Domid][found.Other];
            if (!ReferenceEquals(other, found))
            {
                (other.Kind, other.Domid, other.Other) = (PortKind.Unbound, domid, 0);
            }
        }

        (found.Kind, found.IsPending) = (PortKind.Free, false);
        return 0;
    }

    public long Send(uint domid, uint port)
    {
        Port? found = Find(domid, port);
        switch (found?.Kind)
        {
            case PortKind.Ipi:
                Raise(domid, (int)port);
                return 0;
            case PortKind.Interdomain:
                Raise(found.Domid, found.Other);
                return 0;
            case PortKind.Unbound:
                return 0;
            default:
                return XenError.Invalid;
        }
    }

    public long Unmask(uint domid, uint port)
    {
        if (port is 0 or >= Ports)
        {
            return XenError.Invalid;
        }

        Port found = _domains[domid][port];
        found.IsMasked = false;
        if (found.IsPending)
        {
            Mark(domid, (int)port, found);
        }

        return 0;
    }

    public bool IsUpcall(uint domid, int processor) => _upcalls.Contains((domid, processor));

    /// <summary>The guest answers an upcall: it clears what it was told, and the pending bits, of every port.</summary>
    public void Answer(uint domid, int processor)
    {
        _upcalls.Remove((domid, processor));
        if (_selected.Remove((domid, processor, 0)))
        {
            foreach (Port port in _domains[domid])
            {
                port.IsPending &= port.Processor != processor || port.IsMasked;
            }
        }
    }

    private static bool IsProcessors(uint virq) => virq is 0 or 1 or 7 or 13;

    private Port? Find(uint domid, uint port)
        => port is > 0 and < Ports && _domains[domid][port].Kind != PortKind.Free ? _domains[domid][port] : null;

    private void Raise(uint domid, int port)
    {
        Port found = _domains[domid][port];
        bool isNew = !found.IsPending;
        found.IsPending = true;
        if (isNew && !found.IsMasked)
        {
            Mark(domid, port, found);
        }
    }

    private void Mark(uint domid, int port, Port found)
    {
        if (_selected.Add((domid, found.Processor, port / 64)))
        {
            _upcalls.Add((domid, found.Processor));
        }
    }

    public sealed class Port
    {
        public PortKind Kind { get; set; }

        public uint Domid { get; set; }

        public int Other { get; set; }

        public int Processor { get; set; }

        public bool IsPending { get; set; }

        public bool IsMasked { get; set; }
    }
}
