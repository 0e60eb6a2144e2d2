using System;

namespace Hyperlaunch.Virtualization.Vmx;

/// <summary>Pin-based VM-execution controls (Intel SDM vol 3, 25.6.1).</summary>
[Flags]
internal enum PinControls : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>An interrupt of the machine exits.</summary>
    ExternalInterrupt = 1u << 0,

    /// <summary>An NMI of the machine exits.</summary>
    Nmi = 1u << 3,

    /// <summary>The processor keeps track of whether the guest handles an NMI.</summary>
    VirtualNmis = 1u << 5,

    /// <summary>The preemption timer counts while the guest runs.</summary>
    PreemptionTimer = 1u << 6,
}
