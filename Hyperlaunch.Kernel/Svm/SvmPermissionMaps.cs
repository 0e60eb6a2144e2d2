using System;

using Hyperlaunch.Kernel.Machine;

namespace Hyperlaunch.Kernel.Svm;

/// <summary>
/// Which ports and MSRs a guest reaches without an exit: no port, and only MSRs that VMLOAD and VMSAVE switch (AMD APM vol 2,
/// 15.10.1 and 15.11). One pair of maps serves all guests.
/// </summary>
internal sealed unsafe class SvmPermissionMaps
{
    private const byte InterceptAll = 0xFF;

    // 64 Ki bits, and the bits behind them for an access that runs over the last port.
    private const int PortPages = 3;

    // Two bits an MSR, read then write; three ranges of 2 Ki bytes.
    private const int MsrPages = 2;
    private const uint RangeMsrs = 0x2000;
    private const uint ExtendedRange = 0xC000_0000;
    private const int BitsPerMsr = 2;
    private const int BothBits = 3;

    private readonly byte* _ports;
    private readonly byte* _msrs;

    private SvmPermissionMaps(byte* ports, byte* msrs)
    {
        _ports = ports;
        _msrs = msrs;
    }

    /// <summary>Physical address of the port map.</summary>
    public ulong Ports => (ulong)_ports;

    /// <summary>Physical address of the MSR map.</summary>
    public ulong Msrs => (ulong)_msrs;

    /// <summary>Makes the maps; null when memory is lacking.</summary>
    public static SvmPermissionMaps? Create()
    {
        byte* ports = HostPages.Allocate(PortPages);
        byte* msrs = HostPages.Allocate(MsrPages);
        if (ports is null || msrs is null)
        {
            return null;
        }

        new Span<byte>(ports, PortPages * HostPages.Size).Fill(InterceptAll);
        new Span<byte>(msrs, MsrPages * HostPages.Size).Fill(InterceptAll);
        SvmPermissionMaps maps = new(ports, msrs);

        // EFER shows SVME and PAT decides about memory types: those two stay intercepted.
        maps.Pass(GuestMsr.SysenterCs);
        maps.Pass(GuestMsr.SysenterEsp);
        maps.Pass(GuestMsr.SysenterEip);
        maps.Pass(GuestMsr.Star);
        maps.Pass(GuestMsr.Lstar);
        maps.Pass(GuestMsr.Cstar);
        maps.Pass(GuestMsr.Sfmask);
        maps.Pass(GuestMsr.FsBase);
        maps.Pass(GuestMsr.GsBase);
        maps.Pass(GuestMsr.KernelGsBase);
        return maps;
    }

    // The MSRs above lie in the first two ranges, so the bit lies within the map.
    private void Pass(uint msr)
    {
        uint number = msr >= ExtendedRange ? msr - ExtendedRange + RangeMsrs : msr;
        uint bit = number * BitsPerMsr;
        _msrs[bit / 8] &= (byte)~(BothBits << (int)(bit % 8));
    }
}
