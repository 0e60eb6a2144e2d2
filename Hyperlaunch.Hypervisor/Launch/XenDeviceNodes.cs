using System;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Xen.Store;

namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>
/// What the store holds of the disks and networks that domains give each other, with the conventions of Xen's own tools: for each
/// a directory of the frontend's and one of the backend's, which name each other (Xen public/io/blkif.h, netif.h, and
/// xenbus.h for the states). Each is written whole, with its state last, under one hold of the store's gate. The gate is held.
/// </summary>
internal sealed class XenDeviceNodes
{
    // XenbusStateInitialising and XenbusStateClosed.
    private const uint Initialising = 1;
    private const uint Closed = 6;

    private readonly XenStore _store;
    private readonly StoreText _front = new();
    private readonly StoreText _back = new();
    private readonly StoreText _value = new();

    /// <summary>Makes it.</summary>
    public XenDeviceNodes(XenStore store)
    {
        _store = store;
    }

    /// <summary>
    /// Writes a domain's ends of all that it gets; a backend that knows the device already, and let go of the domain's former
    /// life, takes it up again.
    /// </summary>
    public void WriteFrontends(DomainPlan domain)
    {
        for (int i = 0; i < domain.Disks.Length; i++)
        {
            DiskPlan disk = domain.Disks[i];
            Name(domain.Id, disk.Backend, "vbd/", disk.VirtualDevice);
            WriteFrontend(domain.Id, disk);
            if (!_store.TryRead(_back.Bytes, out _))
            {
                WriteBackend(domain.Id, disk);
            }
        }

        for (int i = 0; i < domain.Networks.Length; i++)
        {
            NetworkPlan network = domain.Networks[i];
            Name(domain.Id, network.Backend, "vif/", network.Handle);
            WriteFrontend(domain.Id, network);
            if (!_store.TryRead(_back.Bytes, out _))
            {
                WriteBackend(domain.Id, network);
            }
        }
    }

    /// <summary>Writes a backend's ends of what it gives a domain.</summary>
    public void WriteBackends(DomainPlan domain, DomainId backend)
    {
        for (int i = 0; i < domain.Disks.Length; i++)
        {
            DiskPlan disk = domain.Disks[i];
            Name(domain.Id, disk.Backend, "vbd/", disk.VirtualDevice);
            if (disk.Backend.Value == backend.Value)
            {
                WriteBackend(domain.Id, disk);
            }
        }

        for (int i = 0; i < domain.Networks.Length; i++)
        {
            NetworkPlan network = domain.Networks[i];
            Name(domain.Id, network.Backend, "vif/", network.Handle);
            if (network.Backend.Value == backend.Value)
            {
                WriteBackend(domain.Id, network);
            }
        }
    }

    /// <summary>
    /// Says that a domain has ended: its frontends are closed, and each backend lets go of what was the domain's and says so.
    /// </summary>
    /// <param name="domain">The domain.</param>
    /// <param name="isForGood">Whether it does not come back: the backends forget the devices.</param>
    public void CloseFrontends(DomainPlan domain, bool isForGood)
    {
        for (int i = 0; i < domain.Disks.Length; i++)
        {
            Name(domain.Id, domain.Disks[i].Backend, "vbd/", domain.Disks[i].VirtualDevice);
            CloseFrontend(isForGood);
        }

        for (int i = 0; i < domain.Networks.Length; i++)
        {
            Name(domain.Id, domain.Networks[i].Backend, "vif/", domain.Networks[i].Handle);
            CloseFrontend(isForGood);
        }
    }

    /// <summary>Whether the backends that live have let go of what was a domain's.</summary>
    public bool HasLetGo(DomainPlan domain)
    {
        bool hasLetGo = true;
        for (int i = 0; i < domain.Disks.Length; i++)
        {
            Name(domain.Id, domain.Disks[i].Backend, "vbd/", domain.Disks[i].VirtualDevice);
            hasLetGo &= !_store.IsIntroduced(domain.Disks[i].Backend.Value) || !IsBackendBound();
        }

        for (int i = 0; i < domain.Networks.Length; i++)
        {
            Name(domain.Id, domain.Networks[i].Backend, "vif/", domain.Networks[i].Handle);
            hasLetGo &= !_store.IsIntroduced(domain.Networks[i].Backend.Value) || !IsBackendBound();
        }

        return hasLetGo;
    }

    private void WriteFrontend(DomainId domain, DiskPlan disk)
    {
        BeginFrontend(domain, disk.Backend);
        Put(_front, "virtual-device", disk.VirtualDevice);
        Put(_front, "device-type", "disk");
        Put(_front, "state", Initialising);
    }

    private void WriteFrontend(DomainId domain, NetworkPlan network)
    {
        BeginFrontend(domain, network.Backend);
        Put(_front, "handle", network.Handle);
        PutAddress(_front, network.Address);
        Put(_front, "state", Initialising);
    }

    private void WriteBackend(DomainId domain, DiskPlan disk)
    {
        BeginBackend(domain, disk.Backend);
        Put(_back, "dev", disk.Target);
        Put(_back, "device-type", "disk");
        Put(_back, "mode", disk.IsReadOnly ? "r" : "w");
        Put(_back, "type", "phy");
        Put(_back, "params", disk.Source);
        Put(_back, "removable", 0);
        Put(_back, "discard-enable", 0);
        Put(_back, "state", Initialising);
    }

    private void WriteBackend(DomainId domain, NetworkPlan network)
    {
        BeginBackend(domain, network.Backend);
        Put(_back, "handle", network.Handle);
        PutAddress(_back, network.Address);
        Put(_back, "script", "");
        Put(_back, "type", "vif");
        if (network.Bridge.Length != 0)
        {
            Put(_back, "bridge", network.Bridge);
        }

        Put(_back, "state", Initialising);
    }

    // Both directories, with their names in _front and _back.
    private void Name(DomainId domain, DomainId backend, string kind, uint device)
    {
        _front.Start("/local/domain/").Add(domain.Value).Add("/device/").Add(kind).Add(device);
        _back.Start("/local/domain/").Add(backend.Value).Add("/backend/").Add(kind).Add(domain.Value).Add("/").Add(device);
    }

    private void BeginFrontend(DomainId domain, DomainId backend)
    {
        Begin(_front, domain, backend);
        Put(_front, "backend", _back.Bytes);
        Put(_front, "backend-id", backend.Value);
    }

    private void BeginBackend(DomainId domain, DomainId backend)
    {
        Begin(_back, backend, domain);
        Put(_back, "frontend", _front.Bytes);
        Put(_back, "frontend-id", domain.Value);
        Put(_back, "online", 1);
    }

    // An empty directory, which its domain may change and the one at the other end read.
    private void Begin(StoreText directory, DomainId owner, DomainId reader)
    {
        StorePermissions permissions = StorePermissions.OwnedBy(owner.Value);
        permissions.TryAdd(reader.Value, StorePermissions.Read);
        _store.Remove(directory.Bytes);
        _store.TryWrite(directory.Bytes, default);
        _store.TrySetPermissions(directory.Bytes, in permissions);
    }

    private void CloseFrontend(bool isForGood)
    {
        if (!_store.TryRead(_front.Bytes, out _))
        {
            return;
        }

        if (isForGood && _store.TryRead(_back.Bytes, out _))
        {
            Put(_back, "online", 0);
        }

        Put(_front, "state", Closed);
    }

    private bool IsBackendBound()
    {
        int length = _back.Length;
        _back.Add("/state");
        bool isBound = _store.TryRead(_back.Bytes, out ReadOnlySpan<byte> state)
            && !state.SequenceEqual("1"u8) && !state.SequenceEqual("2"u8) && !state.SequenceEqual("6"u8);
        _back.Length = length;
        return isBound;
    }

    private void Put(StoreText directory, string name, string value) => Put(directory, name, _value.Start(value).Bytes);

    private void Put(StoreText directory, string name, uint value) => Put(directory, name, _value.Start("").Add(value).Bytes);

    private void PutAddress(StoreText directory, ulong address)
    {
        _value.Start("");
        for (int shift = 40; shift >= 0; shift -= 8)
        {
            _value.AddHex((byte)(address >> shift));
            _value.Add(shift == 0 ? "" : ":");
        }

        Put(directory, "mac", _value.Bytes);
    }

    private void Put(StoreText directory, string name, ReadOnlySpan<byte> value)
    {
        int length = directory.Length;
        directory.Add("/").Add(name);
        _store.TryWrite(directory.Bytes, value);
        directory.Length = length;
    }
}
