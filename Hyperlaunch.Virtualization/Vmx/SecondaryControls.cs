using System;

namespace Hyperlaunch.Virtualization.Vmx;

/// <summary>Secondary processor-based VM-execution controls (Intel SDM vol 3, 25.6.2, table 25-7).</summary>
[Flags]
internal enum SecondaryControls : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Extended page tables.</summary>
    Ept = 1u << 1,

    /// <summary>RDTSCP and RDPID work.</summary>
    Rdtscp = 1u << 3,

    /// <summary>Cached translations carry the guest processor's identifier.</summary>
    Vpid = 1u << 5,

    /// <summary>WBINVD exits.</summary>
    Wbinvd = 1u << 6,

    /// <summary>The guest may run without paging and in real mode.</summary>
    UnrestrictedGuest = 1u << 7,

    /// <summary>PAUSE in a loop exits.</summary>
    PauseLoop = 1u << 10,

    /// <summary>INVPCID works.</summary>
    Invpcid = 1u << 12,

    /// <summary>A bus lock exits behind its instruction ("VMM bus-lock detection").</summary>
    BusLock = 1u << 30,

    /// <summary>A guest without an event window for too long exits ("instruction timeout").</summary>
    Notify = 1u << 31,
}
