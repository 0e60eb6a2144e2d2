namespace Hyperlaunch.Virtualization.Vmx;

/// <summary>Basic exit reasons (Intel SDM vol 3, appendix C, table C-1).</summary>
internal enum VmxExitReason
{
    /// <summary>An exception that is intercepted, or an NMI of the machine.</summary>
    ExceptionOrNmi = 0,

    /// <summary>An interrupt of the machine.</summary>
    ExternalInterrupt = 1,

    /// <summary>A fault while a double fault was delivered.</summary>
    TripleFault = 2,

    /// <summary>The guest can take an interrupt.</summary>
    InterruptWindow = 7,

    /// <summary>The guest can take an NMI.</summary>
    NmiWindow = 8,

    /// <summary>A task switch.</summary>
    TaskSwitch = 9,

    /// <summary>CPUID.</summary>
    Cpuid = 10,

    /// <summary>GETSEC.</summary>
    Getsec = 11,

    /// <summary>HLT.</summary>
    Halt = 12,

    /// <summary>INVD.</summary>
    Invd = 13,

    /// <summary>RDPMC.</summary>
    Rdpmc = 15,

    /// <summary>RDTSC.</summary>
    Rdtsc = 16,

    /// <summary>VMCALL.</summary>
    Vmcall = 18,

    /// <summary>VMCLEAR, the first of nine instructions of VMX that follow one another, VMXON the last.</summary>
    FirstVmxInstruction = 19,

    /// <summary>VMXON.</summary>
    LastVmxInstruction = 27,

    /// <summary>MOV to or from a control register, CLTS, LMSW.</summary>
    ControlRegister = 28,

    /// <summary>MOV to or from a debug register.</summary>
    DebugRegister = 29,

    /// <summary>Port I/O.</summary>
    PortAccess = 30,

    /// <summary>RDMSR.</summary>
    ReadMsr = 31,

    /// <summary>WRMSR.</summary>
    WriteMsr = 32,

    /// <summary>An entry failed: guest state.</summary>
    InvalidGuestState = 33,

    /// <summary>An entry failed: loading MSRs.</summary>
    MsrLoading = 34,

    /// <summary>MWAIT.</summary>
    Mwait = 36,

    /// <summary>MONITOR.</summary>
    Monitor = 39,

    /// <summary>PAUSE.</summary>
    Pause = 40,

    /// <summary>An entry failed: machine check.</summary>
    MachineCheckAtEntry = 41,

    /// <summary>The nested page tables refused an access.</summary>
    EptViolation = 48,

    /// <summary>An entry of the nested page tables is malformed.</summary>
    EptMisconfiguration = 49,

    /// <summary>INVEPT.</summary>
    Invept = 50,

    /// <summary>RDTSCP.</summary>
    Rdtscp = 51,

    /// <summary>The preemption timer reached zero.</summary>
    PreemptionTimer = 52,

    /// <summary>INVVPID.</summary>
    Invvpid = 53,

    /// <summary>WBINVD.</summary>
    Wbinvd = 54,

    /// <summary>XSETBV.</summary>
    Xsetbv = 55,

    /// <summary>A bus lock.</summary>
    BusLock = 74,

    /// <summary>No event window for as long as the notify window says.</summary>
    Notify = 75,
}
