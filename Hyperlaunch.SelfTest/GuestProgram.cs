namespace Hyperlaunch.Kernel.SelfTest;

/// <summary>The entries of <c>guest_programs.S</c>, in the order of its table after the two addresses of the whole.</summary>
internal enum GuestProgram
{
    /// <summary>Real mode: OUT, IN, CPUID, HLT.</summary>
    RealMode,

    /// <summary>Protected mode without paging: OUT, CPUID, VMMCALL, HLT.</summary>
    ProtectedMode,

    /// <summary>64-bit code: OUT, CPUID, HLT.</summary>
    LongMode,

    /// <summary>From protected mode to 64-bit code.</summary>
    ModeSwitch,

    /// <summary>XSETBV.</summary>
    Xsetbv,

    /// <summary>Spins with interrupts on until a handler has come by.</summary>
    WaitForInterrupt,

    /// <summary>Turns interrupts on after its first exit.</summary>
    OpenWindow,

    /// <summary>The first instruction at which an interrupt can be taken there.</summary>
    WindowOpen,

    /// <summary>Spins with interrupts off.</summary>
    SpinMasked,

    /// <summary>Spins with interrupts on.</summary>
    Spin,

    /// <summary>Reads and writes beyond its memory.</summary>
    TouchBeyond,

    /// <summary>Reports what the spare page holds, for ever.</summary>
    ReadPage,

    /// <summary>Shuts its processor down.</summary>
    TripleFault,

    /// <summary>Steps over one instruction.</summary>
    SingleStep,

    /// <summary>Lowers CR8 step by step from 6 to 3 after its first exit.</summary>
    LowerPriority,

    /// <summary>The first instruction with CR8 at 3 there.</summary>
    PriorityLowered,

    /// <summary>Steps over a MOV to CR8.</summary>
    StepPriority,

    /// <summary>The instruction behind that one.</summary>
    PriorityStepped,

    /// <summary>Raises #DB by the delivery of #DB, for ever.</summary>
    CaptureDebug,

    /// <summary>Raises #AC by the delivery of #AC, for ever.</summary>
    CaptureAlignment,

    /// <summary>CPUID for ever.</summary>
    CpuidLoop,

    /// <summary>Fills registers with its own number and compares after each exit.</summary>
    StateKeep,

    /// <summary>Reports what it finds in registers.</summary>
    StateFresh,

    /// <summary>An interrupt handler.</summary>
    HandlerInterrupt,

    /// <summary>The handler of #DB.</summary>
    HandlerDebug,

    /// <summary>The handler of an exception with an error code.</summary>
    HandlerFault,

    /// <summary>The handler of an NMI.</summary>
    HandlerNmi,

    /// <summary>A handler that only returns.</summary>
    HandlerReturn,
}
