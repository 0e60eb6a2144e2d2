using System;
using System.Collections.Generic;
using System.Linq;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Platform.Interrupts;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Execution;

/// <summary>Several domains of one processor each on one CPU; a guest here is what it does to the clock.</summary>
public sealed class CpuSchedulerTests : IDisposable
{
    private const ulong Microsecond = 1000;
    private const ulong Millisecond = 1000 * Microsecond;
    private const ulong Interrupts = 1 << 9;

    private readonly FakeClock _clock = new();
    private readonly FakeCpu _cpu;
    private readonly List<TestMachine> _machines = [];
    private readonly CpuScheduler _scheduler;

    public CpuSchedulerTests()
    {
        _cpu = new FakeCpu(_clock);
        _scheduler = new CpuScheduler(_clock, 8);
        _scheduler.Attach(_cpu);
    }

    public void Dispose() => _machines.ForEach(machine => machine.Dispose());

    [Fact]
    public void Spinners_get_equal_shares()
    {
        TestMachine[] guests = [Spinner(), Spinner(), Spinner()];
        RunFor(300 * Millisecond);
        foreach (ulong ran in guests.Select(Ran))
        {
            Assert.InRange(ran, 90 * Millisecond, 110 * Millisecond);
        }
    }

    [Fact]
    public void A_guest_that_exits_all_the_time_is_charged_for_it_and_gets_no_more()
    {
        TestMachine storm = Guest(() => Use(10 * Microsecond, ExitReason.Cpuid));
        TestMachine spinner = Spinner();
        RunFor(200 * Millisecond);
        Assert.InRange(Ran(storm), 85 * Millisecond, 115 * Millisecond);
        Assert.InRange(Ran(spinner), 85 * Millisecond, 115 * Millisecond);
    }

    [Fact]
    public void A_guest_whose_exception_returns_before_any_interrupt_gets_no_more()
    {
        TestMachine captor = Guest(() => Use(10 * Microsecond, ExitReason.Reinjected));
        TestMachine spinner = Spinner();
        RunFor(200 * Millisecond);
        Assert.InRange(Ran(captor), 85 * Millisecond, 115 * Millisecond);
        Assert.InRange(Ran(spinner), 85 * Millisecond, 115 * Millisecond);
    }

    [Fact]
    public void A_guest_that_has_no_event_window_gets_no_more()
    {
        TestMachine captor = Guest(() => Use(10 * Microsecond, ExitReason.NoEventWindow));
        TestMachine spinner = Spinner();
        RunFor(200 * Millisecond);
        Assert.InRange(Ran(captor), 85 * Millisecond, 115 * Millisecond);
        Assert.InRange(Ran(spinner), 85 * Millisecond, 115 * Millisecond);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_guest_that_locks_the_bus_loses_the_rest_of_its_slice_also_where_it_is_alone(bool isAlone)
    {
        TestMachine locker = Guest(() => Use(10 * Microsecond, ExitReason.BusLock));
        TestMachine? spinner = isAlone ? null : Spinner();
        RunFor(200 * Millisecond);
        Assert.InRange(locker.Processor.Entries, 20, 42);
        Assert.Equal((ulong)locker.Processor.Entries, locker.Machine.Cpu(0).Exits[(int)ExitReason.BusLock]);
        Assert.True(spinner is null || Ran(spinner) > 195 * Millisecond);
    }

    [Fact]
    public void One_that_sleeps_is_served_soon_after_it_wakes()
    {
        Spinner();
        ulong latest = 0;
        TestMachine sleeper = Sleeper(3 * Millisecond, late => latest = Math.Max(latest, late));
        RunFor(200 * Millisecond);
        Assert.InRange(latest, 0ul, 500 * Microsecond);
        Assert.True(sleeper.Processor.Entries > 100);
    }

    [Fact]
    public void Time_that_was_slept_is_not_saved_up()
    {
        TestMachine spinner = Spinner();
        TestMachine late = Guest(() => Use(Remaining(), ExitReason.ExternalInterrupt));
        late.Machine.Pause();
        RunFor(500 * Millisecond);
        late.Machine.Unpause();
        ulong before = Ran(spinner);
        RunFor(100 * Millisecond);
        Assert.InRange(Ran(spinner) - before, 40 * Millisecond, 60 * Millisecond);
    }

    [Fact]
    public void With_nothing_to_run_the_CPU_halts_until_the_next_deadline()
    {
        Sleeper(10 * Millisecond, _ => { });
        RunFor(100 * Millisecond);
        Assert.InRange(_cpu.Idles, 5, 25);
    }

    [Fact]
    public void A_wake_up_by_another_CPU_is_not_slept_through()
    {
        TestMachine guest = Spinner();
        guest.Machine.Pause();
        _scheduler.RunOnce();
        int idles = _cpu.Idles;
        guest.Machine.Unpause();
        _scheduler.RunOnce();
        Assert.Equal(idles, _cpu.Idles);
        Assert.Equal(1, guest.Processor.Entries);
    }

    [Fact]
    public void A_paused_domain_is_not_entered_and_a_stopped_one_never_again()
    {
        TestMachine paused = Spinner(), stopped = Spinner(), other = Spinner();
        paused.Machine.Pause();
        stopped.Machine.Destroy();
        RunFor(50 * Millisecond);
        Assert.Equal((0, 0), (paused.Processor.Entries, stopped.Processor.Entries));
        Assert.True(Ran(other) > 45 * Millisecond);
    }

    [Fact]
    public void The_timer_is_armed_anew_after_each_interrupt()
    {
        Spinner();
        Spinner();
        _scheduler.RunOnce();
        int armed = _cpu.Armings;
        _scheduler.RunOnce();
        Assert.True(_cpu.Armings > armed);
    }

    [Fact]
    public void The_timer_is_armed_anew_after_an_NMI_since_its_interrupt_may_have_been_acknowledged_with_it()
    {
        ulong due = 50 * Millisecond;
        TestMachine guest = Guest(() =>
        {
            _clock.Nanoseconds += Microsecond;
            return new VmExit { Reason = ExitReason.NonMaskableInterrupt };
        });
        guest.Machine.Platform.LocalApic(0).TryWriteMsr(0x1B, 0xFEE0_0D00);
        guest.Machine.Platform.LocalApic(0).TryWriteMsr(0x832, 0x4_0040);
        guest.Machine.Platform.LocalApic(0).TryWriteMsr(0x6E0, _clock.TimeStampOrigin + (due * 2));
        _scheduler.RunOnce();
        int armed = _cpu.Armings;
        _scheduler.RunOnce();
        Assert.Equal(armed + 1, _cpu.Armings);
        Assert.Equal(due, _cpu.Armed);
    }

    [Fact]
    public void A_non_maskable_interrupt_that_cannot_be_taken_is_tried_again_within_a_slice()
    {
        TestMachine guest = Spinner();
        _scheduler.RunOnce();
        guest.Processor.CanTakeNmi = false;
        ((IProcessorSignals)guest.Machine).Nmi(0);
        _scheduler.RunOnce();
        Assert.InRange(_cpu.Armed, 1ul, _clock.Nanoseconds + CpuScheduler.Slice);
        guest.Processor.CanTakeNmi = true;
        _scheduler.RunOnce();
        Assert.Equal(["nmi"], guest.Processor.Injected);
    }

    [Fact]
    public void Housekeeping_comes_when_it_is_due_and_before_a_choice_not_after_every_exit()
    {
        Housekeeping housekeeping = new();
        CpuScheduler scheduler = new(_clock, 2);
        scheduler.Attach(_cpu, housekeeping);
        TestMachine guest = Guest(() => Use(10 * Microsecond, ExitReason.Cpuid));
        scheduler.TryAdd(guest.Machine.Cpu(0));
        for (int i = 0; i < 2000; i++)
        {
            scheduler.RunOnce();
        }

        // 20 ms, an interval of 1 ms.
        Assert.InRange(housekeeping.Polls, 18, 22);
        Assert.InRange(housekeeping.Latest, 0ul, 11 * Microsecond);
        guest.Machine.Pause();
        int polls = housekeeping.Polls;
        scheduler.RunOnce();
        Assert.Equal((polls + 1, 1), (housekeeping.Polls, _cpu.Idles));
    }

    [Fact]
    public void Refuses_more_processors_than_it_was_made_for()
    {
        CpuScheduler small = new(_clock, 1);
        Assert.True(small.TryAdd(Spinner().Machine.Cpu(0)));
        Assert.False(small.TryAdd(Spinner().Machine.Cpu(0)));
    }

    [Fact]
    public void A_sleeper_whose_timer_interrupts_all_the_time_leaves_another_its_share()
    {
        TestMachine sleeper = Sleeper(20 * Microsecond, _ => { });
        TestMachine spinner = Spinner();
        RunFor(200 * Millisecond);
        Assert.InRange(Ran(spinner), 150 * Millisecond, 200 * Millisecond);
        Assert.InRange(sleeper.Processor.Entries, 1000, 20_000);
    }

    [Fact]
    public void A_sleeper_whose_timer_its_priority_holds_back_costs_nothing()
    {
        TestMachine sleeper = PeriodicSleeper(priority: 0xF0);
        TestMachine spinner = Spinner();
        RunFor(Millisecond);
        int entries = spinner.Processor.Entries;
        RunFor(100 * Millisecond);
        Assert.InRange(spinner.Processor.Entries - entries, 0, 25);
        Assert.True(sleeper.Machine.IsRunning);
    }

    [Fact]
    public void Wake_ups_of_one_domain_are_so_many_in_a_slice_while_another_runs()
    {
        TestMachine sleeper = PeriodicSleeper(priority: 0);
        Spinner();
        RunFor(10 * Millisecond);
        int entries = sleeper.Processor.Entries;
        RunFor(100 * Millisecond);

        // A turn is the handler and the halt; a period is 100 microseconds at least.
        Assert.InRange(sleeper.Processor.Entries - entries, 20 * WakeBudget.Limit, 2 * 21 * (WakeBudget.Limit + 1));
    }

    [Fact]
    public void Signals_of_one_domain_interrupt_another_so_many_times_in_a_slice_and_are_seen_at_its_end()
    {
        TestMachine target = Guest(() => Use(Microsecond, ExitReason.Halt));
        target.Processor.Rflags = Interrupts;
        RunFor(10 * Microsecond);
        Guest(() => Use(Microsecond, ExitReason.ExternalInterrupt));
        RunFor(10 * Microsecond);
        IProcessorSignals signals = target.Machine;
        int kicks = _cpu.Kicks;
        ulong begin = _clock.Nanoseconds;
        for (int i = 0; i < 10 * WakeBudget.Limit; i++)
        {
            signals.Init(0);
            _scheduler.RunOnce();
            signals.Startup(0, 0x10);
            _scheduler.RunOnce();
            _scheduler.RunOnce();
        }

        Assert.InRange(_clock.Nanoseconds - begin, 0ul, CpuScheduler.Slice - 1);
        Assert.InRange(_cpu.Kicks - kicks, WakeBudget.Limit / 2, WakeBudget.Limit);

        // The victim's timer is armed for the end.
        Assert.InRange(_cpu.Armed, _clock.Nanoseconds - Millisecond, begin + CpuScheduler.Slice + Millisecond);
    }

    [Theory]
    [InlineData("an INIT, in wait for the start", 0)]
    [InlineData("a second INIT", 1)]
    [InlineData("a second NMI", 2)]
    [InlineData("a start-up message to one that runs", 3)]
    [InlineData("an NMI, in wait for the start", 4)]
    public void What_changes_nothing_wakes_nobody(string what, int signal)
    {
        Assert.NotEmpty(what);
        using TestMachine machine = new(2, 4, _clock);
        IProcessorSignals signals = machine.Machine;
        Action send = signal switch
        {
            0 => () => signals.Init(1),
            1 => () => signals.Init(0),
            2 => () => signals.Nmi(0),
            3 => () => signals.Startup(0, 0x10),
            _ => () => signals.Nmi(1),
        };
        machine.Run();
        if (signal is 1 or 2)
        {
            send();
            machine.Run(0);
        }

        int kicks = machine.Kicks;
        for (int i = 0; i < 100; i++)
        {
            send();
        }

        Assert.Equal(kicks, machine.Kicks);
    }

    [Fact]
    public void The_devices_deadline_is_that_of_the_last_processor_that_ran_alone()
    {
        using TestMachine machine = new(2, 4, _clock);
        machine.Machine.Platform.Ports.Write(0x70, 1, 0x0B);
        machine.Machine.Platform.Ports.Write(0x71, 1, 0x42);
        ulong due = machine.Machine.Platform.Rtc.Deadline;
        machine.Machine.Platform.IoApic.WriteMemory(0, 4, 0x20);
        machine.Machine.Platform.IoApic.WriteMemory(0x10, 4, 0x31);
        Assert.Equal((due, ulong.MaxValue), (machine.Machine.Cpu(0).SleepDeadline, machine.Machine.Cpu(1).SleepDeadline));
        machine.Machine.LookAfterDevices(machine.Machine.Cpu(1));
        Assert.Equal((ulong.MaxValue, due), (machine.Machine.Cpu(0).SleepDeadline, machine.Machine.Cpu(1).SleepDeadline));
        machine.Exits(new VmExit { Reason = ExitReason.PortAccess, Port = 0x80, Size = 1 }).Run();
        Assert.Equal((due, ulong.MaxValue), (machine.Machine.Cpu(0).SleepDeadline, machine.Machine.Cpu(1).SleepDeadline));
    }

    [Fact]
    public void No_second_interrupt_is_sent_while_a_review_is_asked_for()
    {
        TestMachine one = Spinner(), two = Spinner();
        _scheduler.RunOnce();
        int kicks = _cpu.Kicks;
        one.Machine.Pause();
        two.Machine.Pause();
        one.Machine.Unpause();
        Assert.Equal(kicks + 1, _cpu.Kicks);
        _scheduler.RunOnce();
        two.Machine.Unpause();
        Assert.Equal(kicks + 2, _cpu.Kicks);
    }

    [Fact]
    public void A_choice_is_paid_for_by_who_woke_up()
    {
        TestMachine sleeper = Sleeper(300 * Microsecond, _ => { });
        TestMachine spinner = Spinner();
        RunFor(10 * Millisecond);
        _clock.Step = 10 * Microsecond;
        ulong before = sleeper.Machine.Cpu(0).VirtualRuntime;
        int entries = sleeper.Processor.Entries;
        RunFor(20 * Millisecond);
        _clock.Step = 0;
        ulong charged = sleeper.Machine.Cpu(0).VirtualRuntime - before;
        Assert.True(charged > (ulong)(sleeper.Processor.Entries - entries) * 2 * Microsecond);
        Assert.True(spinner.Machine.IsRunning);
    }

    private readonly Dictionary<TestMachine, ulong> _ran = [];

    private ulong Ran(TestMachine machine) => _ran.GetValueOrDefault(machine);

    private void RunFor(ulong nanoseconds)
    {
        ulong end = _clock.Nanoseconds + nanoseconds;
        while (_clock.Nanoseconds < end)
        {
            _scheduler.RunOnce();
        }
    }

    private ulong Remaining()
        => _cpu.Armed > _clock.Nanoseconds ? Math.Min(_cpu.Armed - _clock.Nanoseconds, 20 * Millisecond) : 0;

    private VmExit Use(ulong nanoseconds, ExitReason reason)
    {
        ulong left = Remaining();
        _clock.Nanoseconds += Math.Max(Math.Min(nanoseconds, left), Microsecond);
        return new VmExit { Reason = nanoseconds >= left ? ExitReason.ExternalInterrupt : reason, NextInstruction = 1 };
    }

    // Interrupts off and never an exit of its own.
    private TestMachine Spinner() => Guest(() => Use(ulong.MaxValue, ExitReason.Unknown));

    // Sets its APIC timer, halts, and measures how late it runs again.
    private TestMachine Sleeper(ulong period, Action<ulong> late)
    {
        ulong due = 0;
        Queue<VmExit> script = new();
        TestMachine machine = null!;
        machine = Guest(() =>
        {
            FakeVirtualProcessor cpu = machine.Processor;
            cpu.Rflags |= Interrupts;
            if (script.Count == 0)
            {
                if (due != 0)
                {
                    late(_clock.Nanoseconds - due);
                }

                due = _clock.Nanoseconds + period;
                script.Enqueue(Write(0x1B, 0xFEE0_0D00));
                script.Enqueue(Write(0x80F, 0x1FF));
                script.Enqueue(Write(0x80B, 0));
                script.Enqueue(Write(0x832, 0x4_0040));
                script.Enqueue(Write(0x6E0, machine.Clock.TimeStampOrigin + (due * 2)));
                script.Enqueue(new VmExit { Reason = ExitReason.Halt, NextInstruction = 1 });
            }

            VmExit exit = script.Dequeue();
            if (exit.Reason == ExitReason.WriteMsr)
            {
                cpu.SetRegister(GuestRegister.Rcx, exit.RawReason);
                cpu.SetRegister(GuestRegister.Rax, (uint)exit.Qualification);
                cpu.SetRegister(GuestRegister.Rdx, exit.Qualification >> 32);
            }

            _clock.Nanoseconds += Microsecond;
            return exit;
        });
        return machine;
    }

    // Its APIC timer interrupts every 100 microseconds, which is the shortest, and it halts for ever.
    private TestMachine PeriodicSleeper(uint priority)
    {
        Queue<VmExit> script = new([
            Write(0x1B, 0xFEE0_0D00), Write(0x80F, 0x1FF), Write(0x808, priority), Write(0x832, 0x2_0040), Write(0x83E, 0xB),
            Write(0x838, 20_000)]);
        TestMachine machine = null!;
        machine = Guest(() =>
        {
            FakeVirtualProcessor cpu = machine.Processor;
            cpu.Rflags = Interrupts | 2;
            VmExit exit = script.Count != 0 ? script.Dequeue()
                : cpu.Injected.Count != 0 ? Write(0x80B, 0)
                : new VmExit { Reason = ExitReason.Halt, NextInstruction = 1 };
            if (script.Count == 0)
            {
                cpu.Injected.Clear();
            }

            cpu.SetRegister(GuestRegister.Rcx, exit.RawReason);
            cpu.SetRegister(GuestRegister.Rax, (uint)exit.Qualification);
            cpu.SetRegister(GuestRegister.Rdx, 0);
            _clock.Nanoseconds += Microsecond;
            return exit;
        });
        return machine;
    }

    private static VmExit Write(uint msr, ulong value)
        => new() { Reason = ExitReason.WriteMsr, RawReason = msr, Qualification = value, NextInstruction = 1 };

    private TestMachine Guest(Func<VmExit> run)
    {
        TestMachine machine = new(1, 4, _clock);
        machine.Processor.Otherwise = () =>
        {
            ulong before = _clock.Nanoseconds;
            VmExit exit = run();
            _ran[machine] = Ran(machine) + (_clock.Nanoseconds - before);
            return exit;
        };
        _machines.Add(machine);
        _scheduler.TryAdd(machine.Machine.Cpu(0));
        return machine;
    }

    private sealed class Housekeeping : IHousekeeping
    {
        private ulong _due;

        public int Polls { get; private set; }

        public ulong Latest { get; private set; }

        public bool IsFinished => false;

        public ulong Poll(ulong now)
        {
            Latest = _due != 0 && now > _due ? Math.Max(Latest, now - _due) : Latest;
            Polls++;
            _due = now + Millisecond;
            return _due;
        }
    }

    private sealed class FakeCpu(FakeClock clock) : IPhysicalCpu
    {
        public ulong Armed { get; private set; } = ulong.MaxValue;

        public int Armings { get; private set; }

        public int Idles { get; private set; }

        public void ArmTimer(ulong deadline)
        {
            Armed = deadline;
            Armings++;
        }

        public void AcknowledgeInterrupts()
        {
        }

        public void Idle()
        {
            Idles++;
            clock.Nanoseconds = Armed == ulong.MaxValue ? clock.Nanoseconds + Millisecond : Math.Max(clock.Nanoseconds, Armed);
        }

        public void WorkFor(int domid)
        {
        }

        public int Kicks { get; private set; }

        public void Kick() => Kicks++;
    }
}
