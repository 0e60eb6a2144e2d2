using System;
using System.Buffers.Binary;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>sched_op (29): a processor waits, or the domain ends and says why (Xen public/sched.h).</summary>
internal sealed class SchedulerCall : Hypercall
{
    private const ulong Yield = 0;
    private const ulong Block = 1;
    private const ulong Shutdown = 2;
    private const ulong PollPorts = 3;
    private const ulong ShutdownCode = 5;
    private const ulong Watchdog = 6;

    private const uint PowerOff = 0;
    private const uint Reboot = 1;
    private const uint Suspend = 2;
    private const uint Crash = 3;
    private const uint WatchdogExpired = 4;
    private const uint SoftReset = 5;

    private const uint MostPorts = 128;
    private const ulong NanosecondsPerSecond = 1_000_000_000;

    /// <inheritdoc/>
    public override long Call(in HypercallCaller caller)
    {
        switch (caller.First)
        {
            case Yield:
                // What it waits for may be room in its console. The choice is made anew before it is entered again.
                ((IConsoleRing)caller.Xen).Drain();
                caller.Cpu.Home?.Wake();
                return 0;
            case Block:
                // Whoever blocks lets itself be interrupted.
                caller.Cpu.Processor.Rflags |= ControlBits.RflagsInterrupt;
                caller.Cpu.WaitInHypercall();
                return 0;
            case Shutdown:
                return End(in caller);
            case PollPorts:
                return Poll(in caller);
            case ShutdownCode:
                // It announces an end that the machine's own ways bring.
                return caller.TryReadU32(caller.Second, out _) ? 0 : XenError.BadAddress;
            case Watchdog:
                return Watch(in caller);
            default:
                return XenError.NoSuchCall;
        }
    }

    // sched_shutdown: reason.
    private static long End(in HypercallCaller caller)
    {
        if (!caller.TryReadU32(caller.Second, out uint reason))
        {
            return XenError.BadAddress;
        }

        VirtualMachine machine = caller.Cpu.Machine;
        switch (reason)
        {
            case PowerOff:
                machine.Stop(StopReason.PowerOff, caller.Cpu.Index);
                return 0;
            case Reboot:
                machine.Stop(StopReason.Reboot, caller.Cpu.Index);
                return 0;
            case Crash:
                machine.Stop(StopReason.Crash, caller.Cpu.Index);
                return 0;
            case WatchdogExpired:
                machine.Stop(StopReason.Watchdog, caller.Cpu.Index);
                return 0;
            case SoftReset:
                return StartAgain(in caller);
            case Suspend:
                return XenError.NotSupported;
            default:
                return XenError.Invalid;
        }
    }

    // The kernel that does this has brought its other processors to rest.
    private static long StartAgain(in HypercallCaller caller)
    {
        VirtualMachine machine = caller.Cpu.Machine;
        for (int i = 0; i < machine.CpuCount; i++)
        {
            if (i != caller.Cpu.Index && machine.Cpu(i).State == VirtualCpuState.Runnable)
            {
                return XenError.Busy;
            }
        }

        caller.Xen.SoftReset();
        return 0;
    }

    // sched_poll: a pointer to the ports, how many, until when; 0 for no end.
    private static long Poll(in HypercallCaller caller)
    {
        int countAt = caller.WordSize;
        int timeAt = caller.IsLong ? 16 : 8;
        if (!caller.TryRead(caller.Second, timeAt + sizeof(ulong), out ReadOnlySpan<byte> argument))
        {
            return XenError.BadAddress;
        }

        ulong ports = caller.Word(argument, 0);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(argument.Slice(countAt));
        ulong time = BinaryPrimitives.ReadUInt64LittleEndian(argument.Slice(timeAt));
        if (count > MostPorts)
        {
            return XenError.Invalid;
        }

        for (uint i = 0; i < count; i++)
        {
            if (!caller.TryReadU32(ports + (i * sizeof(uint)), out uint port))
            {
                return XenError.BadAddress;
            }

            if (port == 0 || port >= (uint)caller.Xen.Channels.Capacity)
            {
                return XenError.Invalid;
            }

            if (caller.Xen.Channels.IsPending(port))
            {
                return 0;
            }
        }

        caller.Xen.Poll(caller.Cpu, time == 0 ? ulong.MaxValue : caller.Xen.Clock.MachineTime(time));
        return 0;
    }

    // sched_watchdog: which, 0 for a new one; after how many seconds, 0 to stop it.
    private static long Watch(in HypercallCaller caller)
    {
        if (!caller.TryRead(caller.Second, 8, out ReadOnlySpan<byte> argument))
        {
            return XenError.BadAddress;
        }

        XenTimers timers = caller.Xen.Timers;
        uint id = BinaryPrimitives.ReadUInt32LittleEndian(argument);
        uint seconds = BinaryPrimitives.ReadUInt32LittleEndian(argument.Slice(4));
        ulong end = caller.Xen.Clock.MachineTime(caller.Xen.Clock.Now + (seconds * NanosecondsPerSecond));
        if (id > XenTimers.Watchdogs || (id == 0 && seconds == 0))
        {
            return XenError.Invalid;
        }

        if (id != 0)
        {
            if (!timers.IsWatching((int)id - 1))
            {
                return XenError.Invalid;
            }

            timers.SetWatchdog((int)id - 1, seconds == 0 ? ulong.MaxValue : end);
            return 0;
        }

        for (int i = 0; i < XenTimers.Watchdogs; i++)
        {
            if (!timers.IsWatching(i))
            {
                timers.SetWatchdog(i, end);
                return i + 1;
            }
        }

        return XenError.NoSpace;
    }
}
