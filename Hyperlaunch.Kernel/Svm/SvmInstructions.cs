using System.Runtime;
using System.Runtime.CompilerServices;

using Hyperlaunch.Kernel.Machine;

namespace Hyperlaunch.Kernel.Svm;

/// <summary>The assembly of <c>svm.S</c>.</summary>
internal static unsafe class SvmInstructions
{
    /// <summary>Runs the guest that <paramref name="context"/> names until it exits. Interrupts are off before and after.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "SvmRun")]
    public static extern void Run(GuestContext* context);

    /// <summary>VMSAVE: this CPU's own FS, GS, TR, LDTR and system-call registers into the block at a physical address.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "SvmSave")]
    public static extern void Save(ulong block);
}
