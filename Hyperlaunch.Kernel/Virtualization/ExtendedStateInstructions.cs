using System.Runtime;
using System.Runtime.CompilerServices;

namespace Hyperlaunch.Kernel.Virtualization;

/// <summary>The instructions that switch extended processor state (AMD APM vol 2, 11.5 and 13.1.1).</summary>
internal static unsafe class ExtendedStateInstructions
{
    /// <summary>XGETBV of XCR0.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ExtendedControlRead")]
    public static extern ulong ReadControl();

    /// <summary>XSETBV of XCR0; faults on a value that the processor does not take.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ExtendedControlWrite")]
    public static extern void WriteControl(ulong value);

    /// <summary>XSAVE.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ExtendedStateSave")]
    public static extern void Save(byte* area, ulong components);

    /// <summary>XRSTOR, after FNINIT.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ExtendedStateRestore")]
    public static extern void Restore(byte* area, ulong components);

    /// <summary>FXSAVE.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "LegacyStateSave")]
    public static extern void SaveLegacy(byte* area);

    /// <summary>FXRSTOR, after FNINIT.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "LegacyStateRestore")]
    public static extern void RestoreLegacy(byte* area);

    /// <summary>Reads DR0 to DR3.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "DebugAddressesRead")]
    public static extern void ReadDebugAddresses(ulong* four);

    /// <summary>Writes DR0 to DR3.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "DebugAddressesWrite")]
    public static extern void WriteDebugAddresses(ulong* four);

    /// <summary>Reads DR6.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "DebugStatusRead")]
    public static extern ulong ReadDebugStatus();

    /// <summary>Writes DR6; faults when the upper half is not zero.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "DebugStatusWrite")]
    public static extern void WriteDebugStatus(ulong value);
}
