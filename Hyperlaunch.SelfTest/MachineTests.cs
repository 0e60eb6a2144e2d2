using System;
using System.Collections.Generic;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Hypervisor.Launch;
using Hyperlaunch.Machine.Time;

namespace Hyperlaunch.Kernel.SelfTest;

/// <summary>The machine's time and interrupts.</summary>
internal sealed class MachineTests
{
    private const ulong Millisecond = 1_000_000;

    private readonly IClock _clock;
    private readonly IPhysicalCpu _cpu;

    /// <summary>Makes the tests of a machine.</summary>
    public MachineTests(IMachine machine)
    {
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
