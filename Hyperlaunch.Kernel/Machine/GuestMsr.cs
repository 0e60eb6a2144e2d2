namespace Hyperlaunch.Kernel.Machine;

/// <summary>MSRs that belong to a guest's own state (AMD APM vol 2, appendix A; Intel SDM vol 4, 2.1).</summary>
internal static class GuestMsr
{
    /// <summary>SYSENTER_CS.</summary>
    public const uint SysenterCs = 0x174;

    /// <summary>SYSENTER_ESP.</summary>
    public const uint SysenterEsp = 0x175;

    /// <summary>SYSENTER_EIP.</summary>
    public const uint SysenterEip = 0x176;

    /// <summary>DEBUGCTL.</summary>
    public const uint DebugControl = 0x1D9;

    /// <summary>PAT.</summary>
    public const uint Pat = 0x277;

    /// <summary>EFER.</summary>
    public const uint Efer = 0xC000_0080;

    /// <summary>STAR.</summary>
    public const uint Star = 0xC000_0081;

    /// <summary>LSTAR.</summary>
    public const uint Lstar = 0xC000_0082;

    /// <summary>CSTAR.</summary>
    public const uint Cstar = 0xC000_0083;

    /// <summary>SFMASK.</summary>
    public const uint Sfmask = 0xC000_0084;

    /// <summary>FS_BASE.</summary>
    public const uint FsBase = 0xC000_0100;

    /// <summary>GS_BASE.</summary>
    public const uint GsBase = 0xC000_0101;

    /// <summary>KERNEL_GS_BASE.</summary>
    public const uint KernelGsBase = 0xC000_0102;

    /// <summary>TSC_AUX.</summary>
    public const uint TscAux = 0xC000_0103;
}
