using System;
using Hyperlaunch.Platform.Devices;
using Hyperlaunch.Platform.Timers;
using Hyperlaunch.Tests.Platform.Interrupts;
using Xunit;

namespace Hyperlaunch.Tests.Platform.Timers;

public sealed class Pit8254Tests
{
    private readonly FakeClock _clock = new();
    private readonly RecordingLines _lines = new();
    private readonly Pit8254 _pit;

    public Pit8254Tests()
    {
        _pit = new Pit8254(_clock);
        _pit.Connect(_lines, PlatformLayout.PitLine);
    }

    [Fact]
    public void Nothing_happens_after_power_on()
    {
        Assert.Equal(ulong.MaxValue, _pit.Deadline);
        Tick(1_000_000);
        Assert.Equal(0, _lines.Rises[0]);
        Assert.False(_pit.Output2);
        Assert.Equal(0xFF, Read(3));
    }

    [Fact]
    public void Mode_0_lowers_its_output_and_raises_it_once_after_n_plus_1_ticks()
    {
        Program(0, 0x30, 100);

        Assert.False(_lines.Level[0]);
        Assert.Equal(TimeOf(101), _pit.Deadline);
        Tick(100);
        Assert.False(_lines.Level[0]);
        Tick(1);
        Assert.True(_lines.Level[0]);
        Assert.Equal(1, _lines.Rises[0]);
        Assert.Equal(ulong.MaxValue, _pit.Deadline);
        Tick(1_000_000);
        Assert.Equal(1, _lines.Rises[0]);
    }

    [Fact]
    public void Mode_0_counts_down_and_on_past_zero()
    {
        Program(0, 0x30, 100);

        Tick(1);
        Assert.Equal(100, LatchedCount(0));
        Tick(99);
        Assert.Equal(1, LatchedCount(0));
        Tick(2);
        Assert.Equal(0xFFFF, LatchedCount(0));
        Tick(65_535);
        Assert.Equal(0, LatchedCount(0));
    }

    [Fact]
    public void Mode_0_stops_at_the_first_byte_of_a_new_count()
    {
        Program(0, 0x30, 100);
        Tick(50);
        _pit.WritePort(0, 1, 10);
        Assert.Equal(ulong.MaxValue, _pit.Deadline);
        Tick(500);
        Assert.False(_lines.Level[0]);
        _pit.WritePort(0, 1, 0);
        Tick(11);
        Assert.True(_lines.Level[0]);
    }

    [Fact]
    public void Mode_2_is_low_for_the_last_tick_of_each_period()
    {
        OpenGate2();
        Program(2, 0xB4, 3);

        // Loaded with the first tick: 3, 2, 1 (low), 3, ...
        string output = "";
        for (int i = 0; i < 9; i++)
        {
            output += _pit.Output2 ? '1' : '0';
            Tick(1);
        }

        Assert.Equal("111011011", output);
    }

    [Theory]
    [InlineData(4, "1110011001100")]
    [InlineData(5, "1111001110011")]
    [InlineData(2, "1101010101010")]
    public void Mode_3_is_high_for_the_longer_half(int count, string expected)
    {
        OpenGate2();
        Program(2, 0xB6, count);

        string output = "";
        for (int i = 0; i < expected.Length; i++)
        {
            output += _pit.Output2 ? '1' : '0';
            Tick(1);
        }

        Assert.Equal(expected, output);
    }

    [Theory]
    [InlineData(6, new[] { 6, 4, 2, 6, 4, 2, 6 })]
    [InlineData(7, new[] { 6, 4, 2, 0, 6, 4, 2, 6, 4 })]
    public void Mode_3_counts_by_two(int count, int[] expected)
    {
        OpenGate2();
        Program(2, 0xB6, count);

        foreach (int value in expected)
        {
            Tick(1);
            Assert.Equal(value, LatchedCount(2));
        }
    }

    [Fact]
    public void Mode_4_strobes_once_and_mode_5_with_its_gate()
    {
        OpenGate2();
        Program(2, 0xB8, 2);
        Assert.Equal("1110111", Outputs(7));

        Program(2, 0xBA, 2);
        Assert.Equal("1111", Outputs(4));
        _pit.SetGate2(false);
        _pit.SetGate2(true);
        Assert.Equal("1110111", Outputs(7));
    }

    [Fact]
    public void Mode_1_is_a_one_shot_that_its_gate_starts_again()
    {
        Program(2, 0xB2, 3);
        Assert.Equal("11", Outputs(2));
        _pit.SetGate2(true);
        Assert.Equal("100", Outputs(3));
        _pit.SetGate2(false);
        _pit.SetGate2(true);
        Assert.Equal("000011", Outputs(6));
    }

    [Fact]
    public void A_closed_gate_holds_mode_0_and_a_new_one_starts_mode_2_anew()
    {
        OpenGate2();
        Program(2, 0xB0, 10);
        Tick(4);
        _pit.SetGate2(false);
        Tick(100);
        Assert.Equal(7, LatchedCount(2));
        _pit.SetGate2(true);
        Tick(7);
        Assert.True(_pit.Output2);

        Program(2, 0xB4, 10);
        Tick(10);
        Assert.False(_pit.Output2);
        _pit.SetGate2(false);
        Assert.True(_pit.Output2);
        Tick(5);
        _pit.SetGate2(true);
        Tick(1);
        Assert.Equal(10, LatchedCount(2));
    }

    [Fact]
    public void A_count_written_with_the_gate_closed_waits()
    {
        Program(2, 0xB0, 10);
        Tick(50);
        Assert.Equal(10, LatchedCount(2));
        Assert.False(_pit.Output2);
        _pit.SetGate2(true);
        Tick(9);
        Assert.False(_pit.Output2);
        Tick(1);
        Assert.True(_pit.Output2);
    }

    [Fact]
    public void A_new_count_of_mode_2_waits_for_the_end_of_the_period()
    {
        Program(0, 0x34, 1000);
        Tick(501);
        WriteCount(0, 100);

        Assert.Equal(500, LatchedCount(0));
        Assert.Equal(TimeOf(1001), _pit.Deadline);
        Tick(500);
        Assert.Equal(100, LatchedCount(0));
        Assert.Equal(TimeOf(1101), Math.Max(_pit.Deadline, TimeOf(1101)));
        Tick(99);
        Assert.Equal(1, LatchedCount(0));
    }

    [Fact]
    public void A_new_count_of_mode_3_waits_for_the_end_of_the_half_period()
    {
        OpenGate2();
        Program(2, 0xB6, 8);
        Tick(2);
        WriteCount(2, 4);

        // One tick of loading and half a period of 8, then halves of 2.
        Assert.Equal("11100110011", Outputs(11));
    }

    [Fact]
    public void A_count_of_zero_is_the_largest()
    {
        Program(0, 0x34, 0);
        Assert.Equal(TimeOf(65_537), _pit.Deadline);
        Tick(1);
        Assert.Equal(0, LatchedCount(0));

        Program(0, 0x35, 0);
        Assert.Equal(TimeOf(1 + 10_001), _pit.Deadline);
    }

    [Fact]
    public void Bcd_counts_in_decimal()
    {
        Program(0, 0x31, 0x1000);
        Assert.Equal(TimeOf(1001), _pit.Deadline);
        Tick(2);
        Assert.Equal(0x0999, LatchedCount(0));
        Tick(1000);
        Assert.Equal(0x9999, LatchedCount(0));
    }

    [Theory]
    [InlineData(0x10, 0x7F, 0x7F + 1)]
    [InlineData(0x20, 0x02, 0x200 + 1)]
    public void A_count_can_be_one_byte(int control, int value, int ticks)
    {
        Write(3, control);
        Write(0, value);

        Assert.Equal(TimeOf(ticks), _pit.Deadline);
    }

    [Fact]
    public void One_byte_access_reads_the_byte_it_writes()
    {
        Write(3, 0x20);
        Write(0, 0x12);
        Tick(1);
        Assert.Equal(0x12, Read(0));
        Assert.Equal(0x12, Read(0));
        Write(3, 0x10);
        Write(0, 0x34);
        Tick(2);
        Assert.Equal(0x33, Read(0));
    }

    [Fact]
    public void A_latched_count_is_held_until_both_bytes_are_read()
    {
        Program(0, 0x34, 0x1234);
        Tick(1);
        Write(3, 0x00);
        Tick(5);
        Write(3, 0x00);

        Assert.Equal(0x34, Read(0));
        Tick(5);
        Assert.Equal(0x12, Read(0));
        Assert.Equal(0x1234 - 10, Read(0) | (Read(0) << 8));
    }

    [Fact]
    public void Read_back_latches_status_before_count()
    {
        Program(0, 0x34, 0x1234);
        Tick(1);
        Write(3, 0xC2);

        Assert.Equal(0xB4, Read(0));
        Assert.Equal(0x34, Read(0));
        Assert.Equal(0x12, Read(0));
    }

    [Fact]
    public void Read_back_of_several_channels_takes_one_command()
    {
        OpenGate2();
        Program(0, 0x34, 1000);
        Program(2, 0xB0, 1000);
        Tick(1);
        Write(3, 0xEA);
        Tick(1000);

        Assert.Equal(0xB4, Read(0));
        Assert.Equal(0x30, Read(2));
    }

    [Fact]
    public void The_status_says_when_a_count_is_not_yet_taken()
    {
        Write(3, 0x34);
        Assert.Equal(0xF4, Status(0));
        WriteCount(0, 1000);
        Assert.Equal(0xF4, Status(0));
        Tick(1);
        Assert.Equal(0xB4, Status(0));
        WriteCount(0, 2000);
        Assert.Equal(0xF4, Status(0));
        Tick(1000);
        Assert.Equal(0xB4, Status(0));
    }

    [Theory]
    [InlineData(0x3C, 0x34)]
    [InlineData(0x3E, 0x36)]
    public void Modes_6_and_7_are_2_and_3(int control, int same)
    {
        Program(0, control, 777);
        ulong deadline = _pit.Deadline;
        Program(0, same, 777);

        Assert.Equal(deadline, _pit.Deadline);
        Assert.NotEqual(ulong.MaxValue, deadline);
    }

    [Fact]
    public void Periodic_interrupts_keep_their_exact_phase_for_an_hour()
    {
        // Linux's HZ=250: 4773 ticks.
        Program(0, 0x34, 4773);
        int rises = _lines.Rises[0];
        long interrupts = 0;
        const ulong Hour = 3600UL * 1_000_000_000;
        while (_pit.Deadline <= Hour)
        {
            _clock.Nanoseconds = _pit.Deadline;
            _pit.Advance(_clock.Nanoseconds);
            interrupts++;
        }

        Assert.Equal(((3600L * PlatformLayout.PitHertz) - 1) / 4773, interrupts);
        Assert.Equal(interrupts, _lines.Rises[0] - rises);
    }

    [Theory]
    [InlineData(0x34)]
    [InlineData(0x36)]
    public void Missed_periods_become_one_interrupt_and_the_phase_stays(int control)
    {
        Program(0, control, 1000);
        int rises = _lines.Rises[0];
        Tick(1_000_500);

        Assert.Equal(rises + 1, _lines.Rises[0]);
        Assert.True(_lines.Level[0]);
        Assert.Equal(TimeOf(1_001_001), _pit.Deadline);
    }

    [Theory]
    [InlineData(0x34, 1)]
    [InlineData(0x34, 2)]
    [InlineData(0x36, 1)]
    [InlineData(0x36, 2)]
    public void A_hostile_period_cannot_storm(int control, int count)
    {
        Program(0, control, count);
        Tick(10);
        for (int i = 0; i < 100; i++)
        {
            Assert.True(_pit.Deadline >= _clock.Nanoseconds + PlatformLayout.MinimumTimerInterval);
            _clock.Nanoseconds = _pit.Deadline;
            _pit.Advance(_clock.Nanoseconds);
        }

        // Choosing the mode raised the output, too.
        Assert.Equal(102, _lines.Rises[0]);
    }

    [Fact]
    public void Reset_stops_everything()
    {
        Program(0, 0x34, 1000);
        Tick(1001);
        Assert.True(_lines.Level[0]);

        _pit.Reset();

        Assert.False(_lines.Level[0]);
        Assert.Equal(ulong.MaxValue, _pit.Deadline);
    }

    private static ulong TimeOf(long tick) => TickRate.FromHertz(PlatformLayout.PitHertz).ToNanoseconds((ulong)tick);

    private void Tick(int ticks)
    {
        TickRate rate = TickRate.FromHertz(PlatformLayout.PitHertz);
        _clock.Nanoseconds = rate.ToNanoseconds(rate.ToTicks(_clock.Nanoseconds) + (ulong)ticks);
        _pit.Advance(_clock.Nanoseconds);
    }

    private string Outputs(int count)
    {
        string outputs = "";
        for (int i = 0; i < count; i++)
        {
            outputs += _pit.Output2 ? '1' : '0';
            Tick(1);
        }

        return outputs;
    }

    private void OpenGate2() => _pit.SetGate2(true);

    private void Program(int channel, int control, int count)
    {
        Write(3, control);
        WriteCount(channel, count);
    }

    private void WriteCount(int channel, int count)
    {
        Write(channel, count & 0xFF);
        Write(channel, count >> 8);
    }

    private int LatchedCount(int channel)
    {
        Write(3, channel << 6);
        return Read(channel) | (Read(channel) << 8);
    }

    private int Status(int channel)
    {
        Write(3, 0xE0 | (2 << channel));
        return Read(channel);
    }

    private int Read(int register) => (int)_pit.ReadPort(register, 1);

    private void Write(int register, int value) => _pit.WritePort(register, 1, (byte)value);
}
