using System;

namespace Hyperlaunch.Virtualization.Vmx;

/// <summary>VM-entry controls (Intel SDM vol 3, 25.8.1).</summary>
[Flags]
internal enum EntryControls : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>DR7 and DEBUGCTL of the guest are loaded.</summary>
    LoadDebugControls = 1u << 2,

    /// <summary>"IA-32e mode guest": EFER.LMA after the entry.</summary>
    LongModeGuest = 1u << 9,

    /// <summary>PAT of the guest is loaded.</summary>
    LoadPat = 1u << 14,

    /// <summary>EFER of the guest is loaded.</summary>
    LoadEfer = 1u << 15,
}
