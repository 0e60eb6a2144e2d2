namespace Hyperlaunch.Virtualization.Svm;

/// <summary>Exit codes (AMD APM vol 2, appendix C).</summary>
internal enum SvmExitCode : uint
{
    /// <summary>MOV from and to CR0 to CR15.</summary>
    FirstControlRegister = 0x00,

    /// <summary>MOV from CR4.</summary>
    ReadCr4 = 0x04,

    /// <summary>MOV to CR4.</summary>
    WriteCr4 = 0x14,

    /// <summary>MOV to CR8.</summary>
    WriteCr8 = 0x18,

    /// <summary>The last of the MOV from and to control registers.</summary>
    LastControlRegister = 0x1F,

    /// <summary>MOV from and to DR0 to DR15.</summary>
    FirstDebugRegister = 0x20,

    /// <summary>The last of these.</summary>
    LastDebugRegister = 0x3F,

    /// <summary>Exception 0; one code for each vector.</summary>
    FirstException = 0x40,

    /// <summary>Exception 31.</summary>
    LastException = 0x5F,

    /// <summary>A maskable interrupt of the machine waits.</summary>
    Interrupt = 0x60,

    /// <summary>A non-maskable interrupt of the machine waits.</summary>
    Nmi = 0x61,

    /// <summary>A system management interrupt waits.</summary>
    Smi = 0x62,

    /// <summary>INIT waits.</summary>
    Init = 0x63,

    /// <summary>The virtual interrupt could be taken.</summary>
    VirtualInterrupt = 0x64,

    /// <summary>MOV to CR0 that changes more than TS and MP.</summary>
    SelectiveCr0Write = 0x65,

    /// <summary>RDTSC.</summary>
    ReadTimeStamp = 0x6E,

    /// <summary>RDPMC.</summary>
    ReadPerformanceCounter = 0x6F,

    /// <summary>CPUID.</summary>
    Cpuid = 0x72,

    /// <summary>IRET.</summary>
    InterruptReturn = 0x74,

    /// <summary>INVD.</summary>
    Invd = 0x76,

    /// <summary>PAUSE.</summary>
    Pause = 0x77,

    /// <summary>HLT.</summary>
    Halt = 0x78,

    /// <summary>INVLPGA.</summary>
    InvalidatePageOfSpace = 0x7A,

    /// <summary>Port I/O.</summary>
    PortAccess = 0x7B,

    /// <summary>RDMSR (EXITINFO1 = 0) or WRMSR (1).</summary>
    MsrAccess = 0x7C,

    /// <summary>A task switch.</summary>
    TaskSwitch = 0x7D,

    /// <summary>A fault while a double fault was delivered.</summary>
    Shutdown = 0x7F,

    /// <summary>VMRUN.</summary>
    Vmrun = 0x80,

    /// <summary>VMMCALL.</summary>
    Vmmcall = 0x81,

    /// <summary>VMLOAD.</summary>
    Vmload = 0x82,

    /// <summary>VMSAVE.</summary>
    Vmsave = 0x83,

    /// <summary>STGI.</summary>
    Stgi = 0x84,

    /// <summary>CLGI.</summary>
    Clgi = 0x85,

    /// <summary>SKINIT.</summary>
    Skinit = 0x86,

    /// <summary>RDTSCP.</summary>
    ReadTimeStampAndAux = 0x87,

    /// <summary>WBINVD.</summary>
    Wbinvd = 0x89,

    /// <summary>MONITOR.</summary>
    Monitor = 0x8A,

    /// <summary>MWAIT.</summary>
    Mwait = 0x8B,

    /// <summary>MWAIT with the monitor armed.</summary>
    MwaitArmed = 0x8C,

    /// <summary>XSETBV.</summary>
    Xsetbv = 0x8D,

    /// <summary>RDPRU.</summary>
    Rdpru = 0x8E,

    /// <summary>A bus lock beyond the threshold, before its instruction.</summary>
    BusLock = 0xA5,

    /// <summary>The nested page tables refused an access.</summary>
    NestedPageFault = 0x400,

    /// <summary>The control block holds an illegal state; the code is -1 in all its bits.</summary>
    Invalid = 0xFFFF_FFFF,
}
