using Hyperlaunch.Platform.Devices;
using Hyperlaunch.Platform.Interrupts;
using Hyperlaunch.Tests.Platform.Devices;
using Xunit;

namespace Hyperlaunch.Tests.Platform.Interrupts;

public sealed class LocalApicTimerTests
{
    private const uint Vector = 0xEC;
    private const uint Masked = 1u << 16;
    private const uint Periodic = 1u << 17;
    private const uint DeadlineMode = 2u << 17;
    private const uint DivideBy1 = 0xB;

    private readonly FakeClock _clock = new() { Nanoseconds = 1_000_000 };
    private readonly LocalApic _apic;

    public LocalApicTimerTests()
    {
        ApicBus bus = new(_clock, new RecordingSignals(), FakeTaskPriority.Several(1));
        bus.Reset(1);
        _apic = bus[0];
        Write(0xF0, 0x1FF);
        Write(0x3E0, DivideBy1);
    }

    [Theory]
    [InlineData(0xBu, 1)]
    [InlineData(0x0u, 2)]
    [InlineData(0x1u, 4)]
    [InlineData(0x2u, 8)]
    [InlineData(0x3u, 16)]
    [InlineData(0x8u, 32)]
    [InlineData(0x9u, 64)]
    [InlineData(0xAu, 128)]
    public void The_divider_stretches_the_count(uint divide, int factor)
    {
        Write(0x3E0, divide);
        Write(0x320, Vector);
        Write(0x380, 1000);

        Assert.Equal(1_000_000UL + (1000UL * (ulong)factor), _apic.Deadline);
        _clock.Nanoseconds += 250UL * (ulong)factor;
        Assert.Equal(750u, Read(0x390));
        _clock.Nanoseconds += (ulong)factor - 1;
        Assert.Equal(750u, Read(0x390));
    }

    [Fact]
    public void One_shot_fires_once()
    {
        Write(0x320, Vector);
        Write(0x380, 5000);
        Advance(4999);
        Assert.False(Fired());
        Assert.Equal(1u, Read(0x390));
        Advance(1);
        Assert.True(Fired());
        Assert.Equal(0u, Read(0x390));
        Assert.Equal(5000u, Read(0x380));
        Assert.Equal(ulong.MaxValue, _apic.Deadline);
        Advance(1_000_000);
        Assert.False(Fired());
    }

    [Fact]
    public void A_timer_whose_interrupt_waits_already_has_nothing_to_say()
    {
        Write(0x320, Vector | Periodic);
        Write(0x380, 1_000_000);
        Assert.Equal(2_000_000ul, _apic.RunDeadline);
        Advance(1_000_000);
        Assert.Equal((ulong.MaxValue, 3_000_000ul), (_apic.RunDeadline, _apic.Deadline));
        Assert.True(Fired());
        Assert.Equal(3_000_000ul, _apic.RunDeadline);
    }

    [Theory]
    [InlineData("disabled by software", 0xF0, 0xFFu)]
    [InlineData("masked", 0x320, Vector | Periodic | Masked)]
    [InlineData("an illegal vector", 0x320, 15u | Periodic)]
    public void A_timer_that_interrupts_nobody_has_nothing_to_say(string what, int register, uint value)
    {
        Assert.NotEmpty(what);
        Write(0x320, Vector | Periodic);
        Write(0x380, 1_000_000);
        Write(register, value);
        Assert.Equal((ulong.MaxValue, ulong.MaxValue), (_apic.RunDeadline, _apic.SleepDeadline));
    }

    [Fact]
    public void A_timer_whose_interrupt_is_held_back_has_nothing_to_say_to_a_sleeper()
    {
        Write(0x320, Vector | Periodic);
        Write(0x380, 1_000_000);
        Write(0x80, Vector & 0xF0);
        Assert.Equal((2_000_000ul, ulong.MaxValue), (_apic.RunDeadline, _apic.SleepDeadline));
        Write(0x80, (Vector & 0xF0) - 0x10);
        Assert.Equal(2_000_000ul, _apic.SleepDeadline);

        // What is in service holds back its like until it ends.
        Advance(1_000_000);
        Assert.True(_apic.HasDeliverableInterrupt(out byte vector));
        _apic.Accept(vector);
        Assert.Equal((3_000_000ul, ulong.MaxValue), (_apic.RunDeadline, _apic.SleepDeadline));
        _apic.EndOfInterrupt();
        Assert.Equal(3_000_000ul, _apic.SleepDeadline);
    }

    [Fact]
    public void Periodic_fires_at_exact_multiples()
    {
        Write(0x320, Vector | Periodic);
        Write(0x380, 1_000_000);
        for (ulong i = 1; i <= 1000; i++)
        {
            Assert.Equal(1_000_000 + (i * 1_000_000), _apic.Deadline);
            _clock.Nanoseconds = _apic.Deadline + 17;
            _apic.Advance(_clock.Nanoseconds);
            Assert.True(Fired());
            Assert.Equal(1_000_000u - 17, Read(0x390));
        }
    }

    [Fact]
    public void Missed_periods_become_one_interrupt_in_phase()
    {
        Write(0x320, Vector | Periodic);
        Write(0x380, 1_000_000);
        Advance(50_500_000);

        Assert.True(Fired());
        Assert.False(Fired());
        Assert.Equal(1_000_000UL + 51_000_000, _apic.Deadline);
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(7u)]
    [InlineData(99_999u)]
    public void A_hostile_period_cannot_storm(uint count)
    {
        Write(0x320, Vector | Periodic);
        Write(0x380, count);
        _clock.Nanoseconds = _apic.Deadline;
        for (int i = 0; i < 50; i++)
        {
            _apic.Advance(_clock.Nanoseconds);
            Assert.True(Fired());
            ulong wait = _apic.Deadline - _clock.Nanoseconds;
            Assert.InRange(wait, PlatformLayout.MinimumTimerInterval, PlatformLayout.MinimumTimerInterval + count);
            Assert.Equal(0UL, (_apic.Deadline - 1_000_000) % count);
            _clock.Nanoseconds = _apic.Deadline;
        }
    }

    [Fact]
    public void A_masked_timer_counts_but_does_not_fire_later()
    {
        Write(0x320, Vector | Masked);
        Write(0x380, 1000);
        Assert.Equal(ulong.MaxValue, _apic.Deadline);
        _clock.Nanoseconds += 2000;
        Write(0x320, Vector);
        Assert.False(Fired());
        Assert.Equal(ulong.MaxValue, _apic.Deadline);

        Write(0x320, Vector | Masked);
        Write(0x380, 1000);
        _clock.Nanoseconds += 400;
        Write(0x320, Vector);
        Assert.Equal(_clock.Nanoseconds + 600, _apic.Deadline);
    }

    [Fact]
    public void An_initial_count_of_zero_stops()
    {
        Write(0x320, Vector | Periodic);
        Write(0x380, 1000);
        Write(0x380, 0);

        Assert.Equal(ulong.MaxValue, _apic.Deadline);
        Assert.Equal(0u, Read(0x390));
        Advance(10_000);
        Assert.False(Fired());
    }

    [Fact]
    public void A_new_divider_takes_over_from_the_current_count()
    {
        Write(0x320, Vector);
        Write(0x380, 1000);
        _clock.Nanoseconds += 600;
        Write(0x3E0, 0x0);

        Assert.Equal(400u, Read(0x390));
        Assert.Equal(_clock.Nanoseconds + 800, _apic.Deadline);
    }

    [Fact]
    public void Between_one_shot_and_periodic_the_count_goes_on()
    {
        Write(0x320, Vector);
        Write(0x380, 1_000_000);
        _clock.Nanoseconds += 300_000;
        Write(0x320, Vector | Periodic);
        Assert.Equal(700_000u, Read(0x390));
        _clock.Nanoseconds += 1_000_000;
        Write(0x320, Vector);

        Assert.True(Fired());
        Assert.Equal(700_000u, Read(0x390));
        Assert.Equal(_clock.Nanoseconds + 700_000, _apic.Deadline);
    }

    [Fact]
    public void A_deadline_of_the_time_stamp_counter_fires_once()
    {
        // The fake counter runs at 2 GHz from 1000.
        _apic.TimeStampOffset = unchecked((ulong)-500L);
        ulong stamp = _clock.TimeStamp - 500;
        Write(0x320, Vector | DeadlineMode);
        Assert.True(_apic.TryWriteMsr(LocalApic.TimeStampDeadlineMsr, stamp + 2001));

        Assert.Equal(_clock.Nanoseconds + 1001, _apic.Deadline);
        Advance(1000);
        Assert.False(Fired());
        Assert.Equal(stamp + 2001, Deadline());
        Advance(1);
        Assert.True(Fired());
        Assert.Equal(0UL, Deadline());
        Assert.Equal(ulong.MaxValue, _apic.Deadline);
    }

    [Fact]
    public void A_deadline_moves_with_the_counter_that_it_is_a_value_of()
    {
        Write(0x320, Vector | DeadlineMode);
        Assert.True(_apic.TryWriteMsr(LocalApic.TimeStampDeadlineMsr, _clock.TimeStamp + 4000));
        _apic.TimeStampOffset = 3000;

        Assert.Equal(_clock.Nanoseconds + 500, _apic.Deadline);
        Assert.Equal(_clock.TimeStamp + 4000, Deadline());
    }

    [Theory]
    [InlineData(1UL)]
    [InlineData(1000UL)]
    public void A_deadline_in_the_past_fires_at_once(ulong deadline)
    {
        Write(0x320, Vector | DeadlineMode);
        Assert.True(_apic.TryWriteMsr(LocalApic.TimeStampDeadlineMsr, deadline));

        Assert.Equal(_clock.Nanoseconds, _apic.Deadline);
        _apic.Advance(_clock.Nanoseconds);
        Assert.True(Fired());
    }

    [Fact]
    public void A_deadline_beyond_all_time_never_fires_and_zero_disarms()
    {
        Write(0x320, Vector | DeadlineMode);
        Assert.True(_apic.TryWriteMsr(LocalApic.TimeStampDeadlineMsr, ulong.MaxValue));
        Assert.True(_apic.Deadline > ulong.MaxValue / 4);
        Assert.True(_apic.TryWriteMsr(LocalApic.TimeStampDeadlineMsr, 0));

        Assert.Equal(ulong.MaxValue, _apic.Deadline);
        Advance(1);
        Assert.False(Fired());
    }

    [Fact]
    public void In_deadline_mode_the_count_is_not_there_and_otherwise_the_deadline_is_not()
    {
        Assert.True(_apic.TryWriteMsr(LocalApic.TimeStampDeadlineMsr, 5_000_000));
        Assert.Equal(0UL, Deadline());
        Write(0x380, 1000);
        Write(0x320, Vector | DeadlineMode);
        Assert.Equal(0u, Read(0x390));
        Write(0x380, 1000);
        Assert.Equal(0u, Read(0x390));
        Assert.Equal(ulong.MaxValue, _apic.Deadline);
        Assert.True(_apic.TryWriteMsr(LocalApic.TimeStampDeadlineMsr, 5_000_000));
        Write(0x320, Vector);
        Assert.Equal(ulong.MaxValue, _apic.Deadline);
        Write(0x320, Vector | DeadlineMode);
        Assert.Equal(0UL, Deadline());
    }

    [Fact]
    public void Init_stops_the_timer()
    {
        Write(0x320, Vector | Periodic);
        Write(0x380, 1000);
        _apic.Initialize();

        Assert.Equal(ulong.MaxValue, _apic.Deadline);
        Assert.Equal(0u, Read(0x3E0));
    }

    private bool Fired()
    {
        bool fired = _apic.HasDeliverableInterrupt(out byte vector);
        if (fired)
        {
            Assert.Equal(Vector, vector);
            _apic.Accept(vector);
            _apic.EndOfInterrupt();
        }

        return fired;
    }

    private void Advance(ulong nanoseconds)
    {
        _clock.Nanoseconds += nanoseconds;
        _apic.Advance(_clock.Nanoseconds);
    }

    private ulong Deadline()
    {
        Assert.True(_apic.TryReadMsr(LocalApic.TimeStampDeadlineMsr, out ulong value));
        return value;
    }

    private uint Read(int offset) => (uint)_apic.ReadMemory((ulong)offset, 4);

    private void Write(int offset, uint value) => _apic.WriteMemory((ulong)offset, 4, value);
}
