namespace Hyperlaunch.Machine.X86;

/// <summary>The general-purpose registers, numbered as instructions encode them (AMD APM volume 3, section 1.4.1).</summary>
public enum GuestRegister
{
    /// <summary>RAX.</summary>
    Rax = 0,

    /// <summary>RCX.</summary>
    Rcx = 1,

    /// <summary>RDX.</summary>
    Rdx = 2,

    /// <summary>RBX.</summary>
    Rbx = 3,

    /// <summary>RSP.</summary>
    Rsp = 4,

    /// <summary>RBP.</summary>
    Rbp = 5,

    /// <summary>RSI.</summary>
    Rsi = 6,

    /// <summary>RDI.</summary>
    Rdi = 7,

    /// <summary>R8.</summary>
    R8 = 8,

    /// <summary>R9.</summary>
    R9 = 9,

    /// <summary>R10.</summary>
    R10 = 10,

    /// <summary>R11.</summary>
    R11 = 11,

    /// <summary>R12.</summary>
    R12 = 12,

    /// <summary>R13.</summary>
    R13 = 13,

    /// <summary>R14.</summary>
    R14 = 14,

    /// <summary>R15.</summary>
    R15 = 15,
}
