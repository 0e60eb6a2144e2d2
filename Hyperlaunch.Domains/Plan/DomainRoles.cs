using System;

namespace Hyperlaunch.Domains.Plan;

/// <summary>What a domain is allowed to do, and has to do, beyond running. Combinable.</summary>
[Flags]
public enum DomainRoles : uint
{
    /// <summary>An ordinary domain.</summary>
    None = 0,

    /// <summary>May act on other domains: list, pause, unpause, destroy, create.</summary>
    Control = 1 << 0,

    /// <summary>Holds the machine's devices, less what the hypervisor keeps.</summary>
    Hardware = 1 << 1,

    /// <summary>Has the hypervisor's console: its input, and its screen.</summary>
    Console = 1 << 2,

    /// <summary>Serves the store to the other domains.</summary>
    Xenstore = 1 << 3,

    /// <summary>Runs alone in the preparation phase, once, and is then destroyed.</summary>
    Boot = 1 << 4,

    /// <summary>Is built paused and started when an initial domain fails.</summary>
    Recovery = 1 << 5,
}
