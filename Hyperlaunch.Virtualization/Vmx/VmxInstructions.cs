using Hyperlaunch.Virtualization.Guests;

namespace Hyperlaunch.Virtualization.Vmx;

/// <summary>The instructions of VMX, as a kernel executes them (Intel SDM vol 3, chapter 31).</summary>
public abstract unsafe class VmxInstructions
{
    /// <summary>The answer of <see cref="Run"/> when the guest ran and exited, or its entry failed with an exit.</summary>
    public const uint Exited = 0;

    /// <summary>VMfailInvalid: there is no current control structure.</summary>
    public const uint FailedInvalid = 1;

    /// <summary>VMfailValid: the current control structure holds an error number.</summary>
    public const uint FailedValid = 2;

    /// <summary>Where <see cref="Run"/> goes on after an exit: the host's RIP.</summary>
    public abstract ulong ExitAddress { get; }

    /// <summary>VMLAUNCH or VMRESUME, and what belongs around it: runs the guest until it exits.</summary>
    /// <param name="context">The guest's registers.</param>
    /// <param name="isLaunched">The current control structure is launched on this CPU: VMRESUME.</param>
    /// <returns><see cref="Exited"/>, or one of the two refusals.</returns>
    public abstract uint Run(GuestContext* context, bool isLaunched);

    /// <summary>VMXON with the region at a physical address.</summary>
    /// <returns>False when it was refused, as for all that follow.</returns>
    public abstract bool TryOn(ulong region);

    /// <summary>VMCLEAR of the region at a physical address.</summary>
    public abstract bool TryClear(ulong region);

    /// <summary>VMPTRLD of the region at a physical address.</summary>
    public abstract bool TryLoad(ulong region);

    /// <summary>VMREAD. A field that the processor lacks is refused.</summary>
    public abstract bool TryRead(uint field, out ulong value);

    /// <summary>VMWRITE. A field that the processor lacks, or that is read-only, is refused.</summary>
    public abstract bool TryWrite(uint field, ulong value);

    /// <summary>INVEPT.</summary>
    public abstract bool TryInvalidateEpt(ulong type, ulong eptPointer);

    /// <summary>INVVPID for no single address.</summary>
    public abstract bool TryInvalidateVpid(ulong type, ulong vpid);
}
