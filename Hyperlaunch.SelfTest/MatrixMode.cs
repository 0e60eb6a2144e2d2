namespace Hyperlaunch.Kernel.SelfTest;

/// <summary>A processor's mode, as <c>guest_matrix.S</c> numbers them.</summary>
internal enum MatrixMode : ulong
{
    /// <summary>64-bit mode.</summary>
    Long = 0,

    /// <summary>Protected mode without paging.</summary>
    Protected = 1,

    /// <summary>Real mode.</summary>
    Real = 2,
}
