using System;

namespace Hyperlaunch.Virtualization.Vmx;

/// <summary>VM-exit controls (Intel SDM vol 3, 25.7.1).</summary>
[Flags]
internal enum ExitControls : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>DR7 and DEBUGCTL of the guest are saved.</summary>
    SaveDebugControls = 1u << 2,

    /// <summary>The host runs in 64-bit mode.</summary>
    HostAddressSpaceSize = 1u << 9,

    /// <summary>PAT of the guest is saved.</summary>
    SavePat = 1u << 18,

    /// <summary>PAT of the host is loaded.</summary>
    LoadPat = 1u << 19,

    /// <summary>EFER of the guest is saved.</summary>
    SaveEfer = 1u << 20,

    /// <summary>EFER of the host is loaded.</summary>
    LoadEfer = 1u << 21,
}
