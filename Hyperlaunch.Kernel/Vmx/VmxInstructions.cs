using System.Runtime;
using System.Runtime.CompilerServices;

using Hyperlaunch.Kernel.Machine;

namespace Hyperlaunch.Kernel.Vmx;

/// <summary>The assembly of <c>vmx.S</c> (Intel SDM vol 3, chapter 31). Those that answer a status answer 0 for success.</summary>
internal static unsafe class VmxInstructions
{
    /// <summary>The answer of <see cref="Run"/> when the guest ran and exited, or its entry failed with an exit.</summary>
    public const uint Exited = 0;

    /// <summary>VMfailInvalid: there is no current control structure.</summary>
    public const uint FailedInvalid = 1;

    /// <summary>VMfailValid: the current control structure holds an error number.</summary>
    public const uint FailedValid = 2;

    /// <summary>VMLAUNCH or VMRESUME: runs the guest until it exits. Interrupts are off before and after.</summary>
    /// <param name="context">The guest's registers.</param>
    /// <param name="isLaunched">1 when the current control structure is launched on this CPU.</param>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "VmxRun")]
    public static extern uint Run(GuestContext* context, uint isLaunched);

    /// <summary>Where <see cref="Run"/> goes on after an exit: the host's RIP.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "VmxGetExit")]
    public static extern ulong GetExit();

    /// <summary>VMXON with the region at a physical address.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "VmxOn")]
    public static extern uint On(ulong region);

    /// <summary>VMCLEAR of the region at a physical address.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "VmxClear")]
    public static extern uint Clear(ulong region);

    /// <summary>VMPTRLD of the region at a physical address.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "VmxLoad")]
    public static extern uint Load(ulong region);

    /// <summary>VMREAD. What it answers for a field that does not exist is worthless.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "VmxRead")]
    public static extern ulong Read(ulong field);

    /// <summary>VMWRITE.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "VmxWrite")]
    public static extern uint Write(ulong field, ulong value);

    /// <summary>INVEPT.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "VmxInvalidateEpt")]
    public static extern uint InvalidateEpt(ulong type, ulong eptPointer);

    /// <summary>INVVPID.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "VmxInvalidateVpid")]
    public static extern uint InvalidateVpid(ulong type, ulong vpid);

    /// <summary>INT 2: the host's own handler for an NMI that came while a guest ran.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "VmxTakeNmi")]
    public static extern void TakeNmi();
}
