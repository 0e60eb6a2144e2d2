using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>
/// The state of a processor after power-on (AMD APM volume 2, section 14.1.3, table 14-1; Intel SDM volume 3, 10.1.1, table
/// 10-1), the same for every virtualization extension. What is not named here is 0.
/// </summary>
public static class PowerOnState
{
    /// <summary>CR0: no paging, no protection, caches off.</summary>
    public const ulong Cr0 = ControlBits.Cr0CacheDisable | ControlBits.Cr0NotWriteThrough | ControlBits.Cr0ExtensionType;

    /// <summary>RFLAGS.</summary>
    public const ulong Rflags = ControlBits.RflagsAlwaysOne;

    /// <summary>RIP: with the base of CS, the last sixteen bytes below 4 GiB.</summary>
    public const ulong Rip = 0xFFF0;

    /// <summary>DR6.</summary>
    public const ulong Dr6 = 0xFFFF_0FF0;

    /// <summary>DR7.</summary>
    public const ulong Dr7 = 0x400;

    /// <summary>PAT.</summary>
    public const ulong Pat = 0x0007_0406_0007_0406;

    /// <summary>XCR0.</summary>
    public const ulong Xcr0 = ExtendedState.X87;

    /// <summary>The limit of every segment and table.</summary>
    public const uint Limit = 0xFFFF;

    private const ushort CodeSelector = 0xF000;
    private const ulong CodeBase = 0xFFFF_0000;

    // Twelve bits as in SegmentState: present; read-write code, data, an LDT, a busy task state, all accessed.
    private const ushort CodeAttributes = 0x9B;
    private const ushort DataAttributes = 0x93;
    private const ushort LocalTableAttributes = 0x82;
    private const ushort TaskAttributes = 0x8B;

    /// <summary>
    /// Writes what <see cref="IVirtualProcessor"/> has names for into a processor of which all else is 0. DR6 and DR7 are the
    /// extension's own matter.
    /// </summary>
    /// <param name="processor">The processor.</param>
    /// <param name="signature">What EDX tells: the processor's family, model and stepping.</param>
    public static void WriteTo(IVirtualProcessor processor, uint signature)
    {
        WriteSegments(processor);
        processor.Cr4 = 0;
        processor.Efer = 0;
        processor.Cr0 = Cr0;
        processor.Rflags = Rflags;
        processor.Rip = Rip;
        processor.SetRegister(GuestRegister.Rdx, signature);
        processor.TryWriteMsr(Msr.Pat, Pat);
    }

    private static void WriteSegments(IVirtualProcessor processor)
    {
        SegmentState data = new(0, DataAttributes, Limit, 0);
        SegmentState table = new(0, 0, Limit, 0);
        processor.SetSegment(SegmentRegister.Es, data);
        processor.SetSegment(SegmentRegister.Ss, data);
        processor.SetSegment(SegmentRegister.Ds, data);
        processor.SetSegment(SegmentRegister.Fs, data);
        processor.SetSegment(SegmentRegister.Gs, data);
        processor.SetSegment(SegmentRegister.Cs, new SegmentState(CodeSelector, CodeAttributes, Limit, CodeBase));
        processor.SetSegment(SegmentRegister.Gdtr, table);
        processor.SetSegment(SegmentRegister.Idtr, table);
        processor.SetSegment(SegmentRegister.Ldtr, new SegmentState(0, LocalTableAttributes, Limit, 0));
        processor.SetSegment(SegmentRegister.Tr, new SegmentState(0, TaskAttributes, Limit, 0));
    }
}
