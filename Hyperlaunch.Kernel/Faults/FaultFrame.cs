using System.Runtime.InteropServices;

namespace Hyperlaunch.Kernel.Faults;

/// <summary>The registers at an exception, as <c>interrupts.S</c> and the processor push them (AMD APM vol 2, 8.9.3).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FaultFrame
{
    /// <summary>The general registers.</summary>
    public ulong R15, R14, R13, R12, R11, R10, R9, R8, Rdi, Rsi, Rbp, Rbx, Rdx, Rcx, Rax;

    /// <summary>The exception, 0 to 31.</summary>
    public ulong Vector;

    /// <summary>Its error code; 0 where the processor gives none.</summary>
    public ulong ErrorCode;

    /// <summary>The instruction.</summary>
    public ulong Rip;

    /// <summary>The code segment.</summary>
    public ulong Cs;

    /// <summary>The flags.</summary>
    public ulong Rflags;

    /// <summary>The stack pointer.</summary>
    public ulong Rsp;

    /// <summary>The stack segment.</summary>
    public ulong Ss;
}
