using System;

namespace Hyperlaunch.Virtualization.Vmx;

/// <summary>Primary processor-based VM-execution controls (Intel SDM vol 3, 25.6.2, table 25-6).</summary>
[Flags]
internal enum PrimaryControls : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Exit as soon as the guest can take an interrupt.</summary>
    InterruptWindow = 1u << 2,

    /// <summary>The TSC offset is added to the guest's time-stamp counter.</summary>
    TscOffset = 1u << 3,

    /// <summary>HLT exits.</summary>
    Halt = 1u << 7,

    /// <summary>MWAIT exits.</summary>
    Mwait = 1u << 10,

    /// <summary>RDPMC exits.</summary>
    Rdpmc = 1u << 11,

    /// <summary>MOV to CR3 exits.</summary>
    Cr3Load = 1u << 15,

    /// <summary>MOV from CR3 exits.</summary>
    Cr3Store = 1u << 16,

    /// <summary>MOV to CR8 exits.</summary>
    Cr8Load = 1u << 19,

    /// <summary>MOV from CR8 exits.</summary>
    Cr8Store = 1u << 20,

    /// <summary>Exit as soon as the guest can take an NMI.</summary>
    NmiWindow = 1u << 22,

    /// <summary>Every port access exits.</summary>
    UnconditionalIo = 1u << 24,

    /// <summary>A bitmap says which MSR accesses exit.</summary>
    MsrBitmaps = 1u << 28,

    /// <summary>MONITOR exits.</summary>
    Monitor = 1u << 29,

    /// <summary>The secondary controls count.</summary>
    Secondary = 1u << 31,
}
