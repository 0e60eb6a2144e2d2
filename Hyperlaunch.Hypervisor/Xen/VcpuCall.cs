using System;
using System.Buffers.Binary;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Platform.Interrupts;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>
/// vcpu_op (24): a processor's timers and what it registers (Xen public/vcpu.h). Processors are started and stopped by their
/// local APICs and HLT, as on any PC.
/// </summary>
internal sealed class VcpuCall : Hypercall
{
    private const ulong IsUp = 3;
    private const ulong GetRunstate = 4;
    private const ulong RegisterRunstate = 5;
    private const ulong SetPeriodic = 6;
    private const ulong StopPeriodic = 7;
    private const ulong SetOneShot = 8;
    private const ulong StopOneShot = 9;
    private const ulong RegisterInfo = 10;
    private const ulong SendNmi = 11;
    private const ulong RegisterTime = 13;

    private const uint OnlyFuture = 1;
    private const ulong LeastPeriod = 1_000_000;
    private const ulong MostPeriod = 1UL << 62;

    /// <inheritdoc/>
    public override long Call(in HypercallCaller caller)
    {
        if (caller.Second >= (ulong)caller.Cpu.Machine.CpuCount)
        {
            return XenError.NoSuchEntry;
        }

        int index = (int)caller.Second;
        switch (caller.First)
        {
            case IsUp:
                return caller.Cpu.Machine.Cpu(index).State != VirtualCpuState.WaitingForStartup ? 1 : 0;
            case GetRunstate:
                Observe(in caller, index);
                return caller.TryWrite(caller.Third, caller.Xen.RunstateOf(index).Record(caller.IsLong))
                    ? 0
                    : XenError.BadAddress;
            case RegisterRunstate:
                return RegisterArea(in caller, index);
            case SetPeriodic:
                return StartPeriodic(in caller, index);
            case StopPeriodic:
                caller.Xen.Timers.SetPeriod(index, 0, 0);
                return 0;
            case SetOneShot:
                return index == caller.Cpu.Index ? StartOneShot(in caller) : XenError.Invalid;
            case StopOneShot:
                caller.Xen.Timers.SetOneShot(index, ulong.MaxValue);
                return index == caller.Cpu.Index ? 0 : XenError.Invalid;
            case RegisterInfo:
                return RegisterPlace(in caller, index);
            case SendNmi:
                ((IProcessorSignals)caller.Cpu.Machine).Nmi(index);
                return 0;
            case RegisterTime:
                return RegisterClock(in caller, index);
            default:
                return XenError.NoSuchCall;
        }
    }

    // A time of the machine's, for what is reckoned with it.
    private static ulong MachineNow(in HypercallCaller caller) => caller.Xen.Clock.MachineTime(caller.Xen.Clock.Now);

    private static void Observe(in HypercallCaller caller, int index)
    {
        VirtualCpu cpu = caller.Cpu.Machine.Cpu(index);
        caller.Xen.RunstateOf(index).Observe(MachineNow(in caller), cpu.RunNanoseconds, cpu.State);
    }

    // vcpu_register_runstate_memory_area: a pointer.
    private static long RegisterArea(in HypercallCaller caller, int index)
    {
        if (!caller.TryRead(caller.Third, caller.WordSize, out ReadOnlySpan<byte> argument))
        {
            return XenError.BadAddress;
        }

        ulong address = caller.Word(argument, 0);
        if (!GuestPlace.TryFind(in caller, address, Runstate.SizeOf(caller.IsLong), out GuestPlace place))
        {
            return XenError.BadAddress;
        }

        Observe(in caller, index);
        caller.Xen.RunstateOf(index).Register(in place, caller.IsLong);
        caller.Xen.RunstateOf(index).Write(caller.Cpu.Machine, isForced: true);
        return 0;
    }

    // vcpu_set_periodic_timer: nanoseconds.
    private static long StartPeriodic(in HypercallCaller caller, int index)
    {
        if (!caller.TryRead(caller.Third, sizeof(ulong), out ReadOnlySpan<byte> argument))
        {
            return XenError.BadAddress;
        }

        ulong period = BinaryPrimitives.ReadUInt64LittleEndian(argument);
        if (period is < LeastPeriod or > MostPeriod)
        {
            return XenError.Invalid;
        }

        caller.Xen.Timers.SetPeriod(index, MachineNow(in caller), period);
        return 0;
    }

    // vcpu_set_singleshot_timer: when, flags. A time that has passed is due at once, but for who says that it may not.
    private static long StartOneShot(in HypercallCaller caller)
    {
        if (!caller.TryRead(caller.Third, 12, out ReadOnlySpan<byte> argument))
        {
            return XenError.BadAddress;
        }

        ulong time = BinaryPrimitives.ReadUInt64LittleEndian(argument);
        uint flags = BinaryPrimitives.ReadUInt32LittleEndian(argument.Slice(8));
        if ((flags & OnlyFuture) != 0 && time < caller.Xen.Clock.Now)
        {
            return XenError.TimePassed;
        }

        caller.Xen.Timers.SetOneShot(caller.Cpu.Index, caller.Xen.Clock.MachineTime(time));
        return 0;
    }

    // vcpu_register_vcpu_info: frame, offset.
    private static long RegisterPlace(in HypercallCaller caller, int index)
    {
        if (!caller.TryRead(caller.Third, 16, out ReadOnlySpan<byte> argument))
        {
            return XenError.BadAddress;
        }

        ulong frame = BinaryPrimitives.ReadUInt64LittleEndian(argument);
        uint offset = BinaryPrimitives.ReadUInt32LittleEndian(argument.Slice(8));
        long result = caller.Xen.Shared.Register(index, frame, offset);
        if (result == 0)
        {
            caller.Xen.Clock.Write(caller.Cpu.Machine, caller.Xen.Shared, index);
        }

        return result;
    }

    // vcpu_register_time_memory_area: a pointer.
    private static long RegisterClock(in HypercallCaller caller, int index)
    {
        if (!caller.TryRead(caller.Third, caller.WordSize, out ReadOnlySpan<byte> argument)
            || !GuestPlace.TryFind(in caller, caller.Word(argument, 0), XenClock.RecordSize, out GuestPlace place))
        {
            return XenError.BadAddress;
        }

        caller.Xen.Clock.Register(caller.Cpu.Machine, caller.Xen.Shared, index, in place);
        return 0;
    }
}
