using System;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Hosting;

namespace Hyperlaunch.Virtualization.Vmx;

/// <summary>
/// Which MSRs a guest reaches without an exit: only those that are switched with it (Intel SDM vol 3, 25.6.9). Two serve
/// all guests, of those that use SPEC_CTRL and of the others; MSRs outside its two ranges always exit.
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

    /// <summary>The physical address of that of a guest processor that reaches SPEC_CTRL too.</summary>
    public ulong AddressWithControl => Address + VirtualizationHost.PageSize;

    /// <summary>Makes the bitmaps; null when memory is lacking.</summary>
    public static VmxMsrBitmap? Create(VirtualizationHost host)
    {
        byte* bits = host.AllocatePages(2);
        if (bits is null)
        {
            return null;
        }

        new Span<byte>(bits, 2 * VirtualizationHost.PageSize).Fill(InterceptAll);
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
        if (new SpeculationFacts(host.Processor, 0).CommandBits != 0)
        {
            // Nothing is kept of a command, so there is nothing to switch; to read it is #GP.
            const uint Number = Msr.PredictionCommand;
            bits[WriteLow + (Number / 8)] &= unchecked((byte)~(1 << (int)(Number % 8)));
        }

        new Span<byte>(bits, VirtualizationHost.PageSize).CopyTo(
            new Span<byte>(bits + VirtualizationHost.PageSize, VirtualizationHost.PageSize));
        Pass(bits + VirtualizationHost.PageSize, Msr.SpeculationControl);
        return bitmap;
    }

    // The MSRs above lie within the first 0x2000 of their range, so the bits lie within the page.
    private void Pass(uint msr) => Pass(_bits, msr);

    private static void Pass(byte* map, uint msr)
    {
        uint number = msr & ~ExtendedRange;
        uint read = (msr >= ExtendedRange ? ReadExtended : 0) + (number / 8);
        byte others = (byte)~(1 << (int)(number % 8));
        map[read] &= others;
        map[read + WriteLow] &= others;
    }
}
