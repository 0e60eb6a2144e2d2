using System.Runtime.InteropServices;

namespace Hyperlaunch.Kernel.Runtime;

/// <summary>System.Runtime.EH.PAL_LIMITED_CONTEXT: where something was thrown. <c>layout.inc</c> has the same offsets.</summary>
[StructLayout(LayoutKind.Sequential, Size = 80)]
internal struct ThrowContext
{
    /// <summary>Where the thrower would continue, or the faulting instruction.</summary>
    public ulong Ip;

    /// <summary>The stack pointer there.</summary>
    public ulong Sp;

    /// <summary>The preserved registers.</summary>
    public ulong Rbp, Rbx, R12, R13, R14, R15;
}
