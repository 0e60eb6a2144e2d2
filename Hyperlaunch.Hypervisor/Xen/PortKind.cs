namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>
/// What an event channel's port is bound to. The numbers are those of EVTCHNOP_status; there are no physical interrupts.
/// </summary>
internal enum PortKind
{
    /// <summary>Nothing.</summary>
    Free = 0,

    /// <summary>A domain that may bind to it, and has not yet.</summary>
    Unbound = 1,

    /// <summary>A port of another domain, or of this one.</summary>
    Interdomain = 2,

    /// <summary>What the hypervisor tells the domain or a processor.</summary>
    Virq = 4,

    /// <summary>A processor of the same domain.</summary>
    Ipi = 5,
}
