using Hyperlaunch.Virtualization.Guests;

namespace Hyperlaunch.Virtualization.Svm;

/// <summary>The instructions of SVM, as a kernel executes them (AMD APM vol 2, 15.5).</summary>
public abstract unsafe class SvmInstructions
{
    /// <summary>VMRUN, and what belongs around it: runs the guest that <paramref name="context"/> names until it exits.</summary>
    public abstract void Run(GuestContext* context);

    /// <summary>VMSAVE: this CPU's own FS, GS, TR, LDTR and system-call registers into the block at a physical address.</summary>
    public abstract void Save(ulong block);
}
