using System;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Hosting;

namespace Hyperlaunch.Virtualization.Svm;

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
    private const int WriteBit = 2;
    private const int BothBits = 3;

    private readonly byte* _ports;
    private readonly byte* _msrs;

    private SvmPermissionMaps(byte* ports, byte* msrs)
    {
        _ports = ports;
        _msrs = msrs;
    }

    private byte* MsrsOfUser => _msrs + (MsrPages * VirtualizationHost.PageSize);

    /// <summary>Physical address of the port map.</summary>
    public ulong Ports => (ulong)_ports;

    /// <summary>Physical address of the MSR map.</summary>
    public ulong Msrs => (ulong)_msrs;

    /// <summary>Physical address of the MSR map of a guest processor that reaches SPEC_CTRL too.</summary>
    public ulong MsrsWithControl => (ulong)MsrsOfUser;

    /// <summary>Makes the maps; null when memory is lacking.</summary>
    public static SvmPermissionMaps? Create(VirtualizationHost host)
    {
        byte* ports = host.AllocatePages(PortPages);
        byte* msrs = host.AllocatePages(2 * MsrPages);
        if (ports is null || msrs is null)
        {
            return null;
        }

        new Span<byte>(ports, PortPages * VirtualizationHost.PageSize).Fill(InterceptAll);
        new Span<byte>(msrs, 2 * MsrPages * VirtualizationHost.PageSize).Fill(InterceptAll);
        SvmPermissionMaps maps = new(ports, msrs);

        // EFER shows SVME and PAT decides about memory types: those two stay intercepted.
        maps.Pass(Msr.SysenterCs);
        maps.Pass(Msr.SysenterEsp);
        maps.Pass(Msr.SysenterEip);
        maps.Pass(Msr.Star);
        maps.Pass(Msr.Lstar);
        maps.Pass(Msr.Cstar);
        maps.Pass(Msr.Sfmask);
        maps.Pass(Msr.FsBase);
        maps.Pass(Msr.GsBase);
        maps.Pass(Msr.KernelGsBase);
        if (new SpeculationFacts(host.Processor, 0).CommandBits != 0)
        {
            // Nothing is kept of a command, so there is nothing to switch; to read it is #GP.
            maps.Pass(Msr.PredictionCommand, WriteBit);
        }

        new Span<byte>(msrs, MsrPages * VirtualizationHost.PageSize).CopyTo(
            new Span<byte>(maps.MsrsOfUser, MsrPages * VirtualizationHost.PageSize));
        Pass(maps.MsrsOfUser, Msr.SpeculationControl, BothBits);
        return maps;
    }

    // The MSRs above lie in the first two ranges, so the bit lies within the map.
    private void Pass(uint msr, int bits = BothBits) => Pass(_msrs, msr, bits);

    private static void Pass(byte* map, uint msr, int bits)
    {
        uint number = msr >= ExtendedRange ? msr - ExtendedRange + RangeMsrs : msr;
        uint bit = number * BitsPerMsr;
        map[bit / 8] &= (byte)~(bits << (int)(bit % 8));
    }
}
