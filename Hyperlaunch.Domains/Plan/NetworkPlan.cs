namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// A network interface that a domain gets from another domain of the same launch, the backend. Immutable.
/// </summary>
public sealed class NetworkPlan
{
    internal NetworkPlan(DeviceDraft draft, uint handle)
    {
        Handle = handle;
        Backend = draft.Backend!.Id;
        BackendName = draft.Backend.Name;
        Address = draft.Address;
        Bridge = draft.Bridge;
    }

    /// <summary>The most that a domain can have.</summary>
    public const int Maximum = 8;

    /// <summary>Which of the domain's it is, from 0.</summary>
    public uint Handle { get; }

    /// <summary>The domain at its other end.</summary>
    public DomainId Backend { get; }

    /// <summary>The name of that domain.</summary>
    public string BackendName { get; }

    /// <summary>Its hardware address, the first byte uppermost in the lower 48 bits.</summary>
    public ulong Address { get; }

    /// <summary>The bridge in the backend that its other end joins; empty for none.</summary>
    public string Bridge { get; }
}
