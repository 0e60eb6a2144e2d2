using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Hyperlaunch.Kernel.Runtime;

/// <summary>What the processor that asks knows about itself.</summary>
internal static unsafe class CurrentCpu
{
    /// <summary>Its number, from 0 (the boot CPU). Whoever starts a processor sets it before anything else runs there.</summary>
    public static int Index
    {
        get => GetCpuLocals()->Index;
        set => GetCpuLocals()->Index = value;
    }

    /// <summary>The domain that it works for, or -1: a panic names it.</summary>
    public static int Domain
    {
        get => GetCpuLocals()->DomainPlusOne - 1;
        set => GetCpuLocals()->DomainPlusOne = value + 1;
    }

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "GetCpuLocals")]
    private static extern Locals* GetCpuLocals();

    // A thread-local block starts as zeroes.
    [StructLayout(LayoutKind.Sequential)]
    private struct Locals
    {
        public int Index;
        public int DomainPlusOne;
    }
}
