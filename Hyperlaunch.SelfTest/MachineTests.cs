using System;
using System.Collections.Generic;
using System.Runtime;
using System.Runtime.CompilerServices;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Hypervisor.Launch;
using Hyperlaunch.Kernel.Boot;
using Hyperlaunch.Kernel.Instructions;
using Hyperlaunch.Kernel.Time;
using Hyperlaunch.Machine.Time;

namespace Hyperlaunch.Kernel.SelfTest;

/// <summary>The machine's time and interrupts.</summary>
internal sealed class MachineTests
{
    private const ulong Millisecond = 1_000_000;

    private readonly IMachine _machine;
    private readonly IClock _clock;
    private readonly IPhysicalCpu _cpu;

    /// <summary>Makes the tests of a machine.</summary>
    public MachineTests(IMachine machine)
    {
        _machine = machine;
        _clock = machine.Clock;
        _cpu = machine.BootCpu;
    }

    /// <summary>The tests of this class, by name.</summary>
    public void AddTo(List<KeyValuePair<string, Func<bool>>> tests)
    {
        tests.Add(new("machine-clock", Clock));
        tests.Add(new("machine-wall-clock", WallClock));
        tests.Add(new("machine-idle", Idle));
        tests.Add(new("machine-idle-expired", IdleWithTimerExpired));
        tests.Add(new("machine-timer-rearmed", RearmedTimer));
        tests.Add(new("machine-timers-agree", TimersAgree));
        tests.Add(new("machine-instruction-fails", InstructionFails));
        tests.Add(new("machine-nmi", Nmi));
    }

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "HostTakeNmi")]
    private static extern void TakeNmi();

    // Every timer of the machine that runs tells the same frequency of the time-stamp counter, to a part in ten and in one of
    // some attempts: an emulator's host has other things to do, and the 8254 goes around in 55 ms.
    private bool TimersAgree()
    {
        PcMachine machine = (PcMachine)_machine;
        int compared = 0;
        for (int i = 0; i < machine.Timers.Count; i++)
        {
            if (machine.Calibration.TryCompare(machine.Timers[i], out _))
            {
                compared++;
                if (!Agrees(machine.Calibration, machine.Timers[i]))
                {
                    return false;
                }
            }
        }

        return compared > 0;
    }

    private bool Agrees(TimerCalibration calibration, ReferenceTimer timer)
    {
        const int Attempts = 20;
        const ulong Parts = 10;
        ulong expected = _clock.TimeStampKilohertz;
        for (int i = 0; i < Attempts; i++)
        {
            if (calibration.TryCompare(timer, out TimerRates rates)
                && rates.TimeStampKilohertz >= expected - (expected / Parts)
                && rates.TimeStampKilohertz <= expected + (expected / Parts))
            {
                return true;
            }
        }

        return false;
    }

    // A processor without VMX knows no VMXOFF: the fault goes on behind it. One with VMX may be in VMX operation, and stays.
    private bool InstructionFails()
    {
        const uint FeatureVmx = 1u << 5;
        if ((_machine.Processor.Cpuid(1, 0).Ecx & FeatureVmx) == 0)
        {
            Processor.LeaveVmx();
        }

        return true;
    }

    // An interrupt that nobody explains is no panic, and is told once.
    private bool Nmi()
    {
        while (_machine.TakeNotice() is not null)
        {
        }

        TakeNmi();
        bool isTold = _machine.TakeNotice() is { } notice && notice.Contains("non-maskable", StringComparison.Ordinal);
        TakeNmi();
        return isTold && _machine.TakeNotice() is null;
    }

    private bool Clock()
    {
        const int Readings = 1_000;
        ulong last = _clock.Nanoseconds;
        for (int i = 0; i < Readings; i++)
        {
            ulong now = _clock.Nanoseconds;
            if (now < last)
            {
                return false;
            }

            last = now;
        }

        return last > 0 && _clock.TimeStampKilohertz > 0;
    }

    private bool WallClock()
    {
        const ulong Start2020 = 1_577_836_800;
        const ulong Start2100 = 4_102_444_800;
        return _clock.WallClockOrigin is > Start2020 and < Start2100;
    }

    private bool Idle()
    {
        Disarm();
        return IdlesFor(3 * Millisecond) && IdlesFor(Millisecond / 10);
    }

    // The deadline passes before the halt: the interrupt waits, and the halt must not sleep over it.
    private bool IdleWithTimerExpired()
    {
        _cpu.ArmTimer(_clock.Nanoseconds + (Millisecond / 10));
        ulong end = _clock.Nanoseconds + Millisecond;
        while (_clock.Nanoseconds < end)
        {
        }

        _cpu.Idle();
        _cpu.ArmTimer(0);
        _cpu.Idle();
        return true;
    }

    private bool RearmedTimer()
    {
        Disarm();
        _cpu.ArmTimer(_clock.Nanoseconds + (1_000 * Millisecond));
        return IdlesFor(Millisecond);
    }

    // A timer that ran out after it was last waited for is none of the next test's.
    private void Disarm()
    {
        _cpu.ArmTimer(ulong.MaxValue);
        _cpu.AcknowledgeInterrupts();
    }

    private bool IdlesFor(ulong duration)
    {
        const ulong Late = 5_000 * Millisecond;
        ulong start = _clock.Nanoseconds;
        _cpu.ArmTimer(start + duration);
        _cpu.Idle();
        _cpu.ArmTimer(ulong.MaxValue);
        ulong elapsed = _clock.Nanoseconds - start;
        return elapsed >= duration && elapsed < Late
            ? true
            : throw new InvalidOperationException($"idle for {elapsed} ns instead of {duration}");
    }
}
