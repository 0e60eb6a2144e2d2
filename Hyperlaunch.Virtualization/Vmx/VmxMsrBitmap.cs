using System;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Hosting;

namespace Hyperlaunch.Virtualization.Vmx;

/// <summary>
/// Which MSRs a guest reaches without an exit: only those that are switched with it (Intel SDM vol 3, 25.6.9). One bitmap serves
/// all guests; MSRs outside its two ranges always exit.
/// </summary>
internal sealed unsafe class VmxMsrBitmap
{
    private const byte InterceptAll = 0xFF;
    private const uint ExtendedRange = 0xC000_0000;
    private const uint ReadExtended = 0x400;
    private const uint WriteLow = 0x800;

    private readonly byte* _bits;

    private VmxMsrBitmap(byte* bits)
    {
        _bits = bits;
    }

    /// <summary>Its physical address.</summary>
    public ulong Address => (ulong)_bits;

    /// <summary>Makes the bitmap; null when memory is lacking.</summary>
    public static VmxMsrBitmap? Create(VirtualizationHost host)
    {
        byte* bits = host.AllocatePages(1);
        if (bits is null)
        {
            return null;
        }

        new Span<byte>(bits, VirtualizationHost.PageSize).Fill(InterceptAll);
        VmxMsrBitmap bitmap = new(bits);

        // EFER decides about the control "IA-32e mode guest" and PAT about memory types: those two stay intercepted.
        bitmap.Pass(Msr.SysenterCs);
        bitmap.Pass(Msr.SysenterEsp);
        bitmap.Pass(Msr.SysenterEip);
        bitmap.Pass(Msr.Star);
        bitmap.Pass(Msr.Lstar);
        bitmap.Pass(Msr.Cstar);
        bitmap.Pass(Msr.Sfmask);
        bitmap.Pass(Msr.FsBase);
        bitmap.Pass(Msr.GsBase);
        bitmap.Pass(Msr.KernelGsBase);
        return bitmap;
    }

    // The MSRs above lie within the first 0x2000 of their range, so the bits lie within the page.
    private void Pass(uint msr)
    {
        uint number = msr & ~ExtendedRange;
        uint read = (msr >= ExtendedRange ? ReadExtended : 0) + (number / 8);
        byte others = (byte)~(1 << (int)(number % 8));
        _bits[read] &= others;
        _bits[read + WriteLow] &= others;
    }
}
