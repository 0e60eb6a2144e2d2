namespace Hyperlaunch.Machine.X86;

/// <summary>
/// Bits of the control registers, the flags and segment attributes, told once (AMD APM volume 2, chapter 3; Intel SDM volume 3,
/// chapter 2).
/// </summary>
public static class ControlBits
{
    /// <summary>CR0.PE: protected mode (section 3.1.1).</summary>
    public const ulong Cr0ProtectionEnable = 1 << 0;

    /// <summary>CR0.ET, which is always 1 (section 3.1.1).</summary>
    public const ulong Cr0ExtensionType = 1 << 4;

    /// <summary>CR0.WP: supervisor writes honour read-only pages (section 3.1.1).</summary>
    public const ulong Cr0WriteProtect = 1 << 16;

    /// <summary>CR0.NW: no write-through (section 3.1.1).</summary>
    public const ulong Cr0NotWriteThrough = 1 << 29;

    /// <summary>CR0.CD: no caching (section 3.1.1).</summary>
    public const ulong Cr0CacheDisable = 1 << 30;

    /// <summary>CR0.PG: paging (section 3.1.1).</summary>
    public const ulong Cr0Paging = 1UL << 31;

    /// <summary>CR4.VME: extensions of virtual-8086 mode (section 3.1.3).</summary>
    public const ulong Cr4Virtual8086Extensions = 1 << 0;

    /// <summary>CR4.PVI: virtual interrupts in protected mode (section 3.1.3).</summary>
    public const ulong Cr4ProtectedVirtualInterrupts = 1 << 1;

    /// <summary>CR4.TSD: RDTSC is the kernel's (section 3.1.3).</summary>
    public const ulong Cr4TimeStampDisable = 1 << 2;

    /// <summary>CR4.DE: breakpoints on ports (section 3.1.3).</summary>
    public const ulong Cr4DebuggingExtensions = 1 << 3;

    /// <summary>CR4.PSE: 4 MiB pages (section 3.1.3).</summary>
    public const ulong Cr4PageSizeExtension = 1 << 4;

    /// <summary>CR4.PAE: eight-byte page-table entries (section 3.1.3).</summary>
    public const ulong Cr4PhysicalAddressExtension = 1 << 5;

    /// <summary>CR4.MCE: a machine check raises #MC in place of shutting the processor down (section 3.1.3).</summary>
    public const ulong Cr4MachineCheck = 1 << 6;

    /// <summary>CR4.PGE: translations that outlive a new CR3 (section 3.1.3).</summary>
    public const ulong Cr4GlobalPages = 1 << 7;

    /// <summary>CR4.PCE: RDPMC is everybody's (section 3.1.3).</summary>
    public const ulong Cr4PerformanceCounters = 1 << 8;

    /// <summary>CR4.OSFXSR: SSE may be used (section 3.1.3).</summary>
    public const ulong Cr4OsFxsr = 1 << 9;

    /// <summary>CR4.OSXMMEXCPT: #XF may be raised (section 3.1.3).</summary>
    public const ulong Cr4OsSimdExceptions = 1 << 10;

    /// <summary>CR4.UMIP: SGDT and its like are the kernel's (section 3.1.3).</summary>
    public const ulong Cr4UserModeInstructionPrevention = 1 << 11;

    /// <summary>CR4.VMXE: VMX operation (Intel SDM volume 3, 2.5).</summary>
    public const ulong Cr4VmxEnable = 1 << 13;

    /// <summary>CR4.FSGSBASE: RDFSBASE and its like may be used (section 3.1.3).</summary>
    public const ulong Cr4FsGsBase = 1 << 16;

    /// <summary>CR4.PCIDE: process-context identifiers (section 3.1.3).</summary>
    public const ulong Cr4ProcessContextIds = 1 << 17;

    /// <summary>CR4.OSXSAVE: XSETBV may be used (section 3.1.3).</summary>
    public const ulong Cr4OsXsave = 1 << 18;

    /// <summary>CR4.SMEP: the kernel executes no user page (section 3.1.3).</summary>
    public const ulong Cr4SupervisorExecutionPrevention = 1 << 20;

    /// <summary>CR4.SMAP: the kernel reads no user page (section 3.1.3).</summary>
    public const ulong Cr4SupervisorAccessPrevention = 1 << 21;

    /// <summary>EFER.SCE: SYSCALL (section 3.1.7).</summary>
    public const ulong EferSyscall = 1 << 0;

    /// <summary>EFER.LME: long mode enabled (section 3.1.7).</summary>
    public const ulong EferLongModeEnable = 1 << 8;

    /// <summary>EFER.LMA: long mode active (section 3.1.7).</summary>
    public const ulong EferLongModeActive = 1 << 10;

    /// <summary>EFER.NXE: no-execute pages (section 3.1.7).</summary>
    public const ulong EferNoExecute = 1 << 11;

    /// <summary>EFER.SVME: set while SVM is in use, for host and guest alike (section 3.1.7).</summary>
    public const ulong EferSvmEnable = 1 << 12;

    /// <summary>EFER.AIBRSE: IBRS whenever the privilege level is 0, without a write (section 3.1.7).</summary>
    public const ulong EferAutomaticRestricted = 1 << 21;

    /// <summary>RFLAGS bit 1, which is always 1 (section 3.1.6).</summary>
    public const ulong RflagsAlwaysOne = 1 << 1;

    /// <summary>RFLAGS.TF: single steps (section 3.1.6).</summary>
    public const ulong RflagsTrap = 1 << 8;

    /// <summary>RFLAGS.IF (section 3.1.6).</summary>
    public const ulong RflagsInterrupt = 1 << 9;

    /// <summary>RFLAGS.DF (section 3.1.6).</summary>
    public const ulong RflagsDirection = 1 << 10;

    /// <summary>RFLAGS.VM: virtual-8086 mode (section 3.1.6).</summary>
    public const ulong RflagsVirtual8086 = 1 << 17;

    /// <summary>The RFLAGS bits that are always 0 (section 3.1.6).</summary>
    public const ulong RflagsAlwaysZero = 0xFFFF_FFFF_FFC0_8028;

    /// <summary>DR6.B0 to B3: which of the four breakpoints were met (section 13.1.1).</summary>
    public const ulong Dr6Breakpoints = 0xF;

    /// <summary>DR6.BD: a debug register was accessed (section 13.1.1).</summary>
    public const ulong Dr6DebugAccess = 1 << 13;

    /// <summary>DR6.BS: a single step (section 13.1.1).</summary>
    public const ulong Dr6SingleStep = 1 << 14;

    /// <summary>DR7.GD: accesses of debug registers raise #DB (section 13.1.1).</summary>
    public const ulong Dr7GeneralDetect = 1 << 13;

    /// <summary>The L bit of a code segment in the twelve-bit attributes: 64-bit mode (section 4.8.1).</summary>
    public const ushort AttributeLong = 1 << 9;

    /// <summary>The D bit of a code segment in the twelve-bit attributes: 32-bit default (section 4.8.1).</summary>
    public const ushort AttributeDefault32 = 1 << 10;

    /// <summary>The P bit of a segment in the twelve-bit attributes: it may be used (section 4.8.1).</summary>
    public const ushort AttributePresent = 1 << 7;

    /// <summary>The privilege level of a segment in the twelve-bit attributes (section 4.8.1).</summary>
    public const ushort AttributePrivilegeMask = 3 << AttributePrivilegeShift;

    /// <summary>Where that privilege level begins.</summary>
    public const int AttributePrivilegeShift = 5;
}
