using System.Runtime.InteropServices;

namespace Hyperlaunch.Kernel.SelfTest;

/// <summary>The table of <c>guest_matrix.S</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MatrixTable
{
    /// <summary>The code of all cases, to be copied into the guest.</summary>
    public byte* Code;

    /// <summary>Where it ends.</summary>
    public byte* CodeEnd;

    /// <summary>Guest address of the handlers' entries, one a vector.</summary>
    public ulong VectorStubs;

    /// <summary>The first case; one without a name follows the last.</summary>
    public MatrixCase First;
}
