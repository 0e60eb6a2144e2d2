using System.Runtime.InteropServices;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Virtualization.Guests;

/// <summary>
/// What the assembly that enters a guest loads and stores itself, because neither virtualization extension does:
/// a kernel's assembly has the same offsets. Lives at an address that is a multiple of 16.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
public unsafe struct GuestContext
{
    /// <summary>Bytes of a context.</summary>
    public const int Size = 0x1B0;

    /// <summary>MXCSR after a reset: all exceptions masked (AMD APM vol 1, 4.2.2).</summary>
    public const uint MxcsrDefault = 0x1F80;

    /// <summary>The general-purpose registers by their number; the control block keeps RSP, and SVM's RAX too.</summary>
    [FieldOffset(0x000)]
    public fixed ulong Registers[16];

    /// <summary>XMM0 to XMM15, two halves each, the lower first.</summary>
    [FieldOffset(0x080)]
    public fixed ulong Xmm[32];

    /// <summary>The guest's SSE control and status.</summary>
    [FieldOffset(0x180)]
    public uint Mxcsr;

    /// <summary>SVM: physical address of the guest's control block.</summary>
    [FieldOffset(0x188)]
    public ulong GuestBlock;

    /// <summary>SVM: physical address of the block that holds the state of the CPU that enters.</summary>
    [FieldOffset(0x190)]
    public ulong HostBlock;

    /// <summary>CR2 of the guest, where the control block has none (VMX).</summary>
    [FieldOffset(0x198)]
    public ulong Cr2;

    /// <summary>What is done against speculation at this exit and this entry.</summary>
    [FieldOffset(0x1A0)]
    public SpeculationMeasures Measures;

    /// <summary>SPEC_CTRL of the guest, where it is switched.</summary>
    [FieldOffset(0x1A4)]
    public uint GuestControl;

    /// <summary>SPEC_CTRL of the host, where it is switched.</summary>
    [FieldOffset(0x1A8)]
    public uint HostControl;
}
