using System.Runtime;
using System.Runtime.CompilerServices;

namespace Hyperlaunch.Kernel.Runtime;

/// <summary>Moves and fills of plain memory, by <c>memory.S</c>.</summary>
internal static unsafe class Memory
{
    /// <summary>Fills <paramref name="length"/> bytes with the low byte of <paramref name="value"/>.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "memset")]
    public static extern void Fill(byte* destination, int value, ulong length);

    /// <summary>Copies <paramref name="length"/> bytes; the ranges may overlap.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "memmove")]
    public static extern void Move(byte* destination, byte* source, ulong length);
}
