namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>Why a guest stopped running, in one vocabulary for every processor.</summary>
public enum ExitReason
{
    /// <summary>The processor refused to enter the guest; <see cref="VmExit.RawReason"/> has its words.</summary>
    InvalidState = 0,

    /// <summary>An interrupt of the machine waits; it has not been acknowledged.</summary>
    ExternalInterrupt,

    /// <summary>A non-maskable interrupt of the machine.</summary>
    NonMaskableInterrupt,

    /// <summary>
    /// The guest raised an exception that is intercepted: <see cref="VmExit.Vector"/>, <see cref="VmExit.ErrorCode"/>.
    /// </summary>
    Exception,

    /// <summary>The guest can now take the interrupt that a window was requested for.</summary>
    InterruptWindow,

    /// <summary>The guest can now take a non-maskable interrupt.</summary>
    NmiWindow,

    /// <summary>The processor's own count of the guest's time ran out.</summary>
    TimeSlice,

    /// <summary>The guest faulted while it delivered a double fault: it cannot go on.</summary>
    TripleFault,

    /// <summary>CPUID.</summary>
    Cpuid,

    /// <summary>INVD or WBINVD.</summary>
    CacheInvalidate,

    /// <summary>HLT.</summary>
    Halt,

    /// <summary>PAUSE, too often.</summary>
    Pause,

    /// <summary>MONITOR or MWAIT.</summary>
    MonitorWait,

    /// <summary>XSETBV: the register is in ECX, the value in EDX:EAX.</summary>
    SetExtendedControl,

    /// <summary>RDMSR: the register is in ECX.</summary>
    ReadMsr,

    /// <summary>WRMSR: the register is in ECX, the value in EDX:EAX.</summary>
    WriteMsr,

    /// <summary>IN, OUT, INS or OUTS: <see cref="VmExit.Port"/> and the fields after it.</summary>
    PortAccess,

    /// <summary>A control register: <see cref="VmExit.Qualification"/> as the processor gave it.</summary>
    ControlRegister,

    /// <summary>A debug register.</summary>
    DebugRegister,

    /// <summary>
    /// The nested page tables refused an access: <see cref="VmExit.GuestPhysicalAddress"/>, <see cref="VmExit.IsWrite"/>.
    /// </summary>
    NestedPageFault,

    /// <summary>The nested page tables hold an entry that the processor rejects.</summary>
    NestedMisconfiguration,

    /// <summary>The guest asked for the hypervisor (VMMCALL, VMCALL).</summary>
    Hypercall,

    /// <summary>An instruction of the virtualization extension that a guest may not use.</summary>
    VirtualizationInstruction,

    /// <summary>RDTSC or RDTSCP.</summary>
    ReadTimeStamp,

    /// <summary>RDPMC.</summary>
    ReadPerformanceCounter,

    /// <summary>A task switch, which the processor cannot do for a guest.</summary>
    TaskSwitch,

    /// <summary>
    /// An exception was intercepted only so that it cannot return for ever inside the guest, and is queued for it again. A guest
    /// can have the next entry end in the same way before any interrupt of the machine is noticed: the machine's must be looked
    /// at here.
    /// </summary>
    Reinjected,

    /// <summary>The guest locked the whole machine's bus, by a locked access across cache lines or to uncached memory.</summary>
    BusLock,

    /// <summary>For too long there was no moment in the guest at which an interrupt could have been taken.</summary>
    NoEventWindow,

    /// <summary>Anything else; <see cref="VmExit.RawReason"/> has the processor's number.</summary>
    Unknown,
}
