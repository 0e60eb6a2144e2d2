using System;

namespace Hyperlaunch.Machine.X86;

/// <summary>Who raised a non-maskable interrupt, as the chipset's port tells.</summary>
[Flags]
public enum NmiSource
{
    /// <summary>Nobody says: a button, a management controller, a watchdog.</summary>
    Unknown = 0,

    /// <summary>An expansion card, or the chipset for it (IOCHK).</summary>
    ChannelCheck = 1,

    /// <summary>A PCI function reported a system error (SERR).</summary>
    SystemError = 2,
}
