namespace Hyperlaunch.Domains.Plan;

/// <summary>What a domain is offered beyond a PC (property <c>hyperlaunch,interface</c>).</summary>
public enum GuestInterfaceKind
{
    /// <summary><c>kvm</c>: the KVM clock. The default.</summary>
    Kvm = 0,

    /// <summary><c>xen</c>: Xen's guest interface, and the KVM clock beside it for guests that look for that.</summary>
    Xen,

    /// <summary><c>none</c>: nothing; the domain is a PC.</summary>
    None,
}
