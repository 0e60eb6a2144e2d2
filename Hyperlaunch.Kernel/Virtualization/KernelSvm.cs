using System.Runtime;
using System.Runtime.CompilerServices;
using Hyperlaunch.Virtualization.Guests;
using Hyperlaunch.Virtualization.Svm;

namespace Hyperlaunch.Kernel.Virtualization;

/// <summary>SVM's instructions by the assembly of <c>svm.S</c>.</summary>
internal sealed unsafe class KernelSvm : SvmInstructions
{
    /// <inheritdoc/>
    public override void Run(GuestContext* context) => SvmRun(context);

    /// <inheritdoc/>
    public override void Save(ulong block) => SvmSave(block);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "SvmRun")]
    private static extern void SvmRun(GuestContext* context);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "SvmSave")]
    private static extern void SvmSave(ulong block);
}
