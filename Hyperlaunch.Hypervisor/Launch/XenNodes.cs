using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Xen.Store;

namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>
/// What the store holds of a domain from its first instruction on, with the conventions of Xen's own tools (docs/misc/
/// xenstore-paths.pandoc): who it is, what it has, and where it may write itself. All of a domain's is written at once, so that
/// nobody sees half of it.
/// </summary>
internal sealed class XenNodes
{
    // What the guest writes there is its own.
    private static readonly string[] s_guests =
        ["control/shutdown", "control/sysrq", "control/feature-poweroff", "control/feature-reboot", "control/feature-suspend",
            "data", "drivers", "feature", "attr", "error", "device/suspend/event-channel"];

    private static readonly string[] s_readable = ["", "control", "memory", "cpu", "device", "backend", "console", "store"];

    private readonly XenStore _store;
    private readonly DomainPlan[] _domains;
    private readonly XenDeviceNodes _devices;
    private readonly StoreText _path = new();
    private readonly StoreText _value = new();

    /// <summary>Makes it.</summary>
    /// <param name="store">Where the nodes are.</param>
    /// <param name="plan">What is launched.</param>
    public XenNodes(XenStore store, LaunchPlan plan)
    {
        _store = store;
        _domains = plan.CreationOrder;
        _devices = new XenDeviceNodes(store);
    }

    /// <summary>Writes all of a domain that is being built.</summary>
    public void Write(DomainPlan plan, int processors)
    {
        _store.Gate.Enter();
        uint domid = plan.Id.Value;
        _path.Start("/local/domain/").Add(domid);
        int home = _path.Length;
        _store.Remove(_path.Bytes);
        for (int i = 0; i < s_readable.Length; i++)
        {
            Make(home, s_readable[i], XenStore.ToolsDomid, domid);
        }

        for (int i = 0; i < s_guests.Length; i++)
        {
            Make(home, s_guests[i], domid, domid);
        }

        Put(home, "name", plan.Name);
        Put(home, "domid", domid);
        Put(home, "memory/static-max", plan.MemoryKib);
        Put(home, "memory/target", plan.MemoryKib);
        Put(home, "control/platform-feature-xs_reset_watches", 1);
        Put(home, "console/type", "hypervisor");
        WriteVm(home, plan);
        for (int i = 0; i < processors; i++)
        {
            _path.Length = home;
            _path.Add("/cpu/").Add((uint)i).Add("/availability");
            _store.TryWrite(_path.Bytes, "online"u8);
        }

        _devices.WriteFrontends(plan);
        for (int i = 0; i < _domains.Length; i++)
        {
            _devices.WriteBackends(_domains[i], plan.Id);
        }

        _store.Gate.Exit();
    }

    /// <summary>A domain has ended: whoever gives it devices lets go of what was its.</summary>
    public void Close(DomainPlan plan, bool isForGood)
    {
        _store.Gate.Enter();
        _devices.CloseFrontends(plan, isForGood);
        _store.Gate.Exit();
    }

    /// <summary>
    /// Whether those that give a domain devices, and live, have let go of what was the domain's in its former life.
    /// </summary>
    public bool HasLetGo(DomainPlan plan)
    {
        _store.Gate.Enter();
        bool hasLetGo = _devices.HasLetGo(plan);
        _store.Gate.Exit();
        return hasLetGo;
    }

    // Its UUID, or one of zeros that ends in its number, as the tools want one.
    private void WriteVm(int home, DomainPlan plan)
    {
        _value.Start("/vm/");
        for (int i = 0; i < 16; i++)
        {
            _value.Add(i is 4 or 6 or 8 or 10 ? "-" : "");
            _value.AddHex(plan.Uuid.Length == 16 ? plan.Uuid[i] : i < 12 ? (byte)0 : (byte)(plan.Id.Value >> ((15 - i) * 8)));
        }

        _path.Length = home;
        _path.Add("/vm");
        _store.TryWrite(_path.Bytes, _value.Bytes);
        int vm = _value.Length;
        _value.Add("/uuid");
        _store.TryWrite(_value.Bytes, _value.Bytes.Slice(4, vm - 4));
        _value.Length = vm;
        _value.Add("/name");
        _path.Start(plan.Name);
        _store.TryWrite(_value.Bytes, _path.Bytes);
        _path.Start("/local/domain/").Add(plan.Id.Value);
    }

    private void Make(int home, string name, uint owner, uint reader)
    {
        At(home, name);
        StorePermissions permissions = StorePermissions.OwnedBy(owner);
        if (reader != owner)
        {
            permissions.TryAdd(reader, StorePermissions.Read);
        }

        _store.TryWrite(_path.Bytes, default);
        _store.TrySetPermissions(_path.Bytes, in permissions);
    }

    private void Put(int home, string name, string value)
    {
        At(home, name);
        _store.TryWrite(_path.Bytes, _value.Start(value).Bytes);
    }

    private void Put(int home, string name, ulong value)
    {
        At(home, name);
        _store.TryWrite(_path.Bytes, _value.Start("").Add(value).Bytes);
    }

    private void At(int home, string name)
    {
        _path.Length = home;
        if (name.Length != 0)
        {
            _path.Add("/").Add(name);
        }
    }
}
