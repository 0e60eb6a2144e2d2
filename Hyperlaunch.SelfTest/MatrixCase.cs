using System.Runtime.InteropServices;

namespace Hyperlaunch.Kernel.SelfTest;

/// <summary>One case of <c>guest_matrix.S</c>; the addresses are the guest's.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MatrixCase
{
    /// <summary>Its name in ASCII, with a zero at the end.</summary>
    public byte* Name;

    /// <summary>The mode that it starts in.</summary>
    public MatrixMode Mode;

    /// <summary>Where it starts.</summary>
    public ulong Start;

    /// <summary>The instruction that it is about.</summary>
    public ulong Tested;

    /// <summary>The HLT behind it.</summary>
    public ulong End;
}
