using System.Runtime;
using System.Runtime.CompilerServices;

namespace Hyperlaunch.Kernel.Instructions;

/// <summary>Port I/O: IN and OUT (AMD APM vol 3). Each call is one instruction.</summary>
internal static class Ports
{
    /// <summary>Reads a byte.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "PortRead8")]
    public static extern byte Read8(ushort port);

    /// <summary>Reads 16 bits.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "PortRead16")]
    public static extern ushort Read16(ushort port);

    /// <summary>Reads 32 bits.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "PortRead32")]
    public static extern uint Read32(ushort port);

    /// <summary>Writes a byte.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "PortWrite8")]
    public static extern void Write8(ushort port, byte value);

    /// <summary>Writes 16 bits.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "PortWrite16")]
    public static extern void Write16(ushort port, ushort value);

    /// <summary>Writes 32 bits.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "PortWrite32")]
    public static extern void Write32(ushort port, uint value);
}
