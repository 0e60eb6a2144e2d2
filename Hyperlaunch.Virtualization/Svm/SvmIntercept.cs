using System;

namespace Hyperlaunch.Virtualization.Svm;

/// <summary>
/// What ends a guest's run besides exceptions: offsets 00Ch to 013h of the control block (AMD APM vol 2, table B-1).
/// </summary>
[Flags]
internal enum SvmIntercept : ulong
{
    /// <summary>A maskable interrupt of the machine.</summary>
    Interrupt = 1UL << 0,

    /// <summary>A non-maskable interrupt of the machine.</summary>
    Nmi = 1UL << 1,

    /// <summary>A system management interrupt.</summary>
    Smi = 1UL << 2,

    /// <summary>INIT.</summary>
    Init = 1UL << 3,

    /// <summary>A virtual interrupt could be taken.</summary>
    VirtualInterrupt = 1UL << 4,

    /// <summary>RDPMC.</summary>
    ReadPerformanceCounter = 1UL << 15,

    /// <summary>CPUID.</summary>
    Cpuid = 1UL << 18,

    /// <summary>IRET.</summary>
    InterruptReturn = 1UL << 20,

    /// <summary>INVD.</summary>
    Invd = 1UL << 22,

    /// <summary>PAUSE.</summary>
    Pause = 1UL << 23,

    /// <summary>HLT.</summary>
    Halt = 1UL << 24,

    /// <summary>INVLPGA.</summary>
    InvalidatePageOfSpace = 1UL << 26,

    /// <summary>Port I/O, where the permission map says so.</summary>
    PortAccess = 1UL << 27,

    /// <summary>RDMSR and WRMSR, where the permission map says so.</summary>
    MsrAccess = 1UL << 28,

    /// <summary>A task switch.</summary>
    TaskSwitch = 1UL << 29,

    /// <summary>A fault while a double fault was delivered.</summary>
    Shutdown = 1UL << 31,

    /// <summary>VMRUN; must be set.</summary>
    Vmrun = 1UL << 32,

    /// <summary>VMMCALL.</summary>
    Vmmcall = 1UL << 33,

    /// <summary>VMLOAD.</summary>
    Vmload = 1UL << 34,

    /// <summary>VMSAVE.</summary>
    Vmsave = 1UL << 35,

    /// <summary>STGI.</summary>
    Stgi = 1UL << 36,

    /// <summary>CLGI.</summary>
    Clgi = 1UL << 37,

    /// <summary>SKINIT.</summary>
    Skinit = 1UL << 38,

    /// <summary>WBINVD.</summary>
    Wbinvd = 1UL << 41,

    /// <summary>MONITOR.</summary>
    Monitor = 1UL << 42,

    /// <summary>MWAIT.</summary>
    Mwait = 1UL << 43,

    /// <summary>XSETBV.</summary>
    Xsetbv = 1UL << 45,

    /// <summary>RDPRU, which tells of the machine's performance counters; the bit is reserved where there is no RDPRU.</summary>
    Rdpru = 1UL << 46,

    /// <summary>
    /// What no guest does by itself. Not here: VirtualInterrupt and InterruptReturn, set while a window is waited for, and Pause,
    /// which pays only with a filter.
    /// </summary>
    Always = Interrupt | Nmi | Smi | Init | ReadPerformanceCounter | Cpuid | Invd | Halt | InvalidatePageOfSpace
        | PortAccess | MsrAccess | TaskSwitch | Shutdown | Vmrun | Vmmcall | Vmload | Vmsave | Stgi | Clgi
        | Skinit | Wbinvd | Monitor | Mwait | Xsetbv,
}
