using System.Runtime.InteropServices;

namespace Hyperlaunch.Virtualization.Svm;

/// <summary>
/// The virtual machine control block: one page, of which the first 1 KiB says what to intercept and why a run ended, and the rest
/// holds the guest's state (AMD APM vol 2, appendix B, tables B-1 and B-2).
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 0x1000)]
internal struct Vmcb
{
    /// <summary>Intercepted reads of control registers, one bit a register.</summary>
    [FieldOffset(0x000)]
    public ushort InterceptControlReads;

    /// <summary>Intercepted writes of control registers, one bit a register.</summary>
    [FieldOffset(0x002)]
    public ushort InterceptControlWrites;

    /// <summary>Intercepted exceptions, one bit a vector.</summary>
    [FieldOffset(0x008)]
    public uint InterceptExceptions;

    /// <summary>The intercepts of <see cref="SvmIntercept"/>, offsets 00Ch and 010h.</summary>
    [FieldOffset(0x00C)]
    public SvmIntercept Intercepts;

    /// <summary>The intercepts of later processors: bit 5 is a bus lock beyond the threshold.</summary>
    [FieldOffset(0x014)]
    public uint LateIntercepts;

    /// <summary>PAUSE filter: the most cycles between two PAUSE that still count as one loop.</summary>
    [FieldOffset(0x03C)]
    public ushort PauseFilterThreshold;

    /// <summary>PAUSE filter: so many PAUSE in one loop before an exit.</summary>
    [FieldOffset(0x03E)]
    public ushort PauseFilterCount;

    /// <summary>Physical address of the I/O permission map.</summary>
    [FieldOffset(0x040)]
    public ulong IoPermissionMap;

    /// <summary>Physical address of the MSR permission map.</summary>
    [FieldOffset(0x048)]
    public ulong MsrPermissionMap;

    /// <summary>Added to the time-stamp counter.</summary>
    [FieldOffset(0x050)]
    public ulong TscOffset;

    /// <summary>Which cached translations are the guest's; never 0, which is the host's.</summary>
    [FieldOffset(0x058)]
    public uint AddressSpace;

    /// <summary>What VMRUN drops from the TLB.</summary>
    [FieldOffset(0x05C)]
    public byte TlbControl;

    /// <summary>Virtual interrupt control: <see cref="VirtualInterrupt"/>.</summary>
    [FieldOffset(0x060)]
    public ulong VirtualInterrupt;

    /// <summary>Bit 0: the guest is in an interrupt shadow.</summary>
    [FieldOffset(0x068)]
    public ulong InterruptState;

    /// <summary>Why the run ended.</summary>
    [FieldOffset(0x070)]
    public ulong ExitCode;

    /// <summary>The exit's first qualification.</summary>
    [FieldOffset(0x078)]
    public ulong ExitInfo1;

    /// <summary>The exit's second qualification.</summary>
    [FieldOffset(0x080)]
    public ulong ExitInfo2;

    /// <summary>The event whose delivery the exit cut short, in the form of <see cref="SvmEvent"/>.</summary>
    [FieldOffset(0x088)]
    public ulong ExitInterruptInfo;

    /// <summary>Bit 0: nested paging.</summary>
    [FieldOffset(0x090)]
    public ulong NestedControl;

    /// <summary>The event to deliver at the start of the run: <see cref="SvmEvent"/>.</summary>
    [FieldOffset(0x0A8)]
    public ulong EventInjection;

    /// <summary>Physical address of the nested page tables.</summary>
    [FieldOffset(0x0B0)]
    public ulong NestedCr3;

    /// <summary>Bit 0: DEBUGCTL and the branch records are the guest's.</summary>
    [FieldOffset(0x0B8)]
    public ulong BranchRecordControl;

    /// <summary>Which parts the processor may keep from the run before: <see cref="VmcbPart"/>.</summary>
    [FieldOffset(0x0C0)]
    public VmcbPart Clean;

    /// <summary>Address of the instruction after the intercepted one, where the processor gives it.</summary>
    [FieldOffset(0x0C8)]
    public ulong NextRip;

    /// <summary>How many bus locks come before one that exits.</summary>
    [FieldOffset(0x120)]
    public ushort BusLockCount;

    /// <summary>ES.</summary>
    [FieldOffset(0x400)]
    public VmcbSegment Es;

    /// <summary>CS.</summary>
    [FieldOffset(0x410)]
    public VmcbSegment Cs;

    /// <summary>SS.</summary>
    [FieldOffset(0x420)]
    public VmcbSegment Ss;

    /// <summary>DS.</summary>
    [FieldOffset(0x430)]
    public VmcbSegment Ds;

    /// <summary>FS.</summary>
    [FieldOffset(0x440)]
    public VmcbSegment Fs;

    /// <summary>GS.</summary>
    [FieldOffset(0x450)]
    public VmcbSegment Gs;

    /// <summary>GDTR.</summary>
    [FieldOffset(0x460)]
    public VmcbSegment Gdtr;

    /// <summary>LDTR.</summary>
    [FieldOffset(0x470)]
    public VmcbSegment Ldtr;

    /// <summary>IDTR.</summary>
    [FieldOffset(0x480)]
    public VmcbSegment Idtr;

    /// <summary>TR.</summary>
    [FieldOffset(0x490)]
    public VmcbSegment Tr;

    /// <summary>Current privilege level.</summary>
    [FieldOffset(0x4CB)]
    public byte PrivilegeLevel;

    /// <summary>EFER, with SVME set.</summary>
    [FieldOffset(0x4D0)]
    public ulong Efer;

    /// <summary>CR4.</summary>
    [FieldOffset(0x548)]
    public ulong Cr4;

    /// <summary>CR3.</summary>
    [FieldOffset(0x550)]
    public ulong Cr3;

    /// <summary>CR0.</summary>
    [FieldOffset(0x558)]
    public ulong Cr0;

    /// <summary>DR7.</summary>
    [FieldOffset(0x560)]
    public ulong Dr7;

    /// <summary>DR6.</summary>
    [FieldOffset(0x568)]
    public ulong Dr6;

    /// <summary>RFLAGS.</summary>
    [FieldOffset(0x570)]
    public ulong Rflags;

    /// <summary>RIP.</summary>
    [FieldOffset(0x578)]
    public ulong Rip;

    /// <summary>RSP.</summary>
    [FieldOffset(0x5D8)]
    public ulong Rsp;

    /// <summary>RAX.</summary>
    [FieldOffset(0x5F8)]
    public ulong Rax;

    /// <summary>STAR.</summary>
    [FieldOffset(0x600)]
    public ulong Star;

    /// <summary>LSTAR.</summary>
    [FieldOffset(0x608)]
    public ulong Lstar;

    /// <summary>CSTAR.</summary>
    [FieldOffset(0x610)]
    public ulong Cstar;

    /// <summary>SFMASK.</summary>
    [FieldOffset(0x618)]
    public ulong Sfmask;

    /// <summary>KERNEL_GS_BASE.</summary>
    [FieldOffset(0x620)]
    public ulong KernelGsBase;

    /// <summary>SYSENTER_CS.</summary>
    [FieldOffset(0x628)]
    public ulong SysenterCs;

    /// <summary>SYSENTER_ESP.</summary>
    [FieldOffset(0x630)]
    public ulong SysenterEsp;

    /// <summary>SYSENTER_EIP.</summary>
    [FieldOffset(0x638)]
    public ulong SysenterEip;

    /// <summary>CR2.</summary>
    [FieldOffset(0x640)]
    public ulong Cr2;

    /// <summary>The guest's PAT, used with nested paging.</summary>
    [FieldOffset(0x668)]
    public ulong Pat;

    /// <summary>DEBUGCTL, used with branch record virtualization.</summary>
    [FieldOffset(0x670)]
    public ulong DebugControl;
}
