namespace Hyperlaunch.Domains.Construction;

/// <summary>How a kernel is entered.</summary>
public enum EntryProtocol
{
    /// <summary>None: nothing has been built.</summary>
    None = 0,

    /// <summary>Linux's 64-bit entry: long mode, identity-mapped, zero page in RSI (boot.rst, "64-bit Boot Protocol").</summary>
    LinuxLongMode,

    /// <summary>Linux's 32-bit entry: paging off, zero page in ESI (boot.rst, "32-bit Boot Protocol").</summary>
    LinuxProtectedMode,

    /// <summary>PVH: 32-bit, paging off, start info in EBX (docs/misc/pvh.pandoc in Xen's tree).</summary>
    Pvh,
}
