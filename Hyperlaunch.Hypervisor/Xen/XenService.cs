namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>What the hypervisor itself does for a domain by a shared page and an event channel.</summary>
internal enum XenService
{
    /// <summary>A console.</summary>
    Console,

    /// <summary>The store.</summary>
    Store,
}
