using System;
using System.Buffers.Binary;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>hvm_op (34): parameters, and a processor's own upcall vector (Xen public/hvm/hvm_op.h).</summary>
internal sealed class HvmCall : Hypercall
{
    private const ulong SetParameter = 0;
    private const ulong GetParameter = 1;
    private const ulong SetUpcallVector = 23;

    // The uppermost byte of HVM_PARAM_CALLBACK_IRQ says what the others are.
    private const int CallbackTypeShift = 56;
    private const ulong CallbackLine = 0;
    private const ulong CallbackVector = 2;
    private const ulong FirstLegalVector = 16;

    /// <inheritdoc/>
    public override long Call(in HypercallCaller caller) => caller.First switch
    {
        SetParameter or GetParameter => Parameter(in caller),
        SetUpcallVector => Upcall(in caller),
        _ => XenError.NoSuchCall,
    };

    // xen_hvm_param: domid, 2 bytes free, index, value.
    private static unsafe long Parameter(in HypercallCaller caller)
    {
        if (!caller.TryRead(caller.Second, 16, out ReadOnlySpan<byte> argument))
        {
            return XenError.BadAddress;
        }

        uint domid = BinaryPrimitives.ReadUInt16LittleEndian(argument);
        uint index = BinaryPrimitives.ReadUInt32LittleEndian(argument.Slice(4));
        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(argument.Slice(8));
        if (!caller.IsOwn(domid))
        {
            return XenError.NotPermitted;
        }

        if (index >= HvmParameters.Count)
        {
            return XenError.Invalid;
        }

        if (caller.First == SetParameter)
        {
            return index == HvmParameters.CallbackIrq ? SetCallback(in caller, value) : XenError.NotPermitted;
        }

        value = caller.Xen.Parameters[index];
        return caller.TryWrite(caller.Second + 8, new ReadOnlySpan<byte>(&value, sizeof(ulong)))
            ? 0
            : XenError.BadAddress;
    }

    // By a vector on every processor, or not at all: line 0 is none, and line 1 is what Linux says when each processor has its
    // own vector (drivers/xen/events/events_base.c). Other lines, and a PCI device's, are no part of the platform.
    private static long SetCallback(in HypercallCaller caller, ulong value)
    {
        ulong type = value >> CallbackTypeShift;
        ulong number = value & 0xFF;
        bool isVector = type == CallbackVector && number >= FirstLegalVector;
        if (!isVector && !(type == CallbackLine && value <= 1))
        {
            return XenError.Invalid;
        }

        caller.Xen.UpcallVector = isVector ? (byte)number : (byte)0;
        caller.Xen.Parameters[HvmParameters.CallbackIrq] = value;
        caller.Xen.NoteWidth(caller.IsLong);
        return 0;
    }

    // xen_hvm_evtchn_upcall_vector: vcpu, vector.
    private static long Upcall(in HypercallCaller caller)
    {
        if (!caller.TryRead(caller.Second, 8, out ReadOnlySpan<byte> argument))
        {
            return XenError.BadAddress;
        }

        uint processor = BinaryPrimitives.ReadUInt32LittleEndian(argument);
        if (processor >= (uint)caller.Cpu.Machine.CpuCount)
        {
            return XenError.NoSuchEntry;
        }

        return caller.Xen.TrySetOwnVector((int)processor, argument[4]) ? 0 : XenError.Invalid;
    }
}
