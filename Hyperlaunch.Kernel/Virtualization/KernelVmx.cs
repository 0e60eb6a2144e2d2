using System.Runtime;
using System.Runtime.CompilerServices;
using Hyperlaunch.Virtualization.Guests;
using Hyperlaunch.Virtualization.Vmx;

namespace Hyperlaunch.Kernel.Virtualization;

/// <summary>VMX's instructions by the assembly of <c>vmx.S</c>, whose routines answer 0 for success.</summary>
internal sealed unsafe class KernelVmx : VmxInstructions
{
    /// <inheritdoc/>
    public override ulong ExitAddress => VmxGetExit();

    /// <inheritdoc/>
    public override uint Run(GuestContext* context, bool isLaunched) => VmxRun(context, isLaunched ? 1u : 0u);

    /// <inheritdoc/>
    public override bool TryOn(ulong region) => VmxOn(region) == 0;

    /// <inheritdoc/>
    public override bool TryClear(ulong region) => VmxClear(region) == 0;

    /// <inheritdoc/>
    public override bool TryLoad(ulong region) => VmxLoad(region) == 0;

    /// <inheritdoc/>
    public override bool TryRead(uint field, out ulong value)
    {
        ulong read;
        uint status = VmxRead(field, &read);
        value = read;
        return status == 0;
    }

    /// <inheritdoc/>
    public override bool TryWrite(uint field, ulong value) => VmxWrite(field, value) == 0;

    /// <inheritdoc/>
    public override bool TryInvalidateEpt(ulong type, ulong eptPointer) => VmxInvalidateEpt(type, eptPointer) == 0;

    /// <inheritdoc/>
    public override bool TryInvalidateVpid(ulong type, ulong vpid) => VmxInvalidateVpid(type, vpid) == 0;

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "VmxRun")]
    private static extern uint VmxRun(GuestContext* context, uint isLaunched);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "VmxGetExit")]
    private static extern ulong VmxGetExit();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "VmxOn")]
    private static extern uint VmxOn(ulong region);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "VmxClear")]
    private static extern uint VmxClear(ulong region);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "VmxLoad")]
    private static extern uint VmxLoad(ulong region);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "VmxRead")]
    private static extern uint VmxRead(ulong field, ulong* value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "VmxWrite")]
    private static extern uint VmxWrite(ulong field, ulong value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "VmxInvalidateEpt")]
    private static extern uint VmxInvalidateEpt(ulong type, ulong eptPointer);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "VmxInvalidateVpid")]
    private static extern uint VmxInvalidateVpid(ulong type, ulong vpid);
}
