using System;
using System.Globalization;
using Hyperlaunch.Machine.Time;
using Hyperlaunch.Platform.Devices;
using Hyperlaunch.Platform.Timers;
using Hyperlaunch.Tests.Platform.Interrupts;
using Xunit;

namespace Hyperlaunch.Tests.Platform.Timers;

public sealed class RealTimeClockTests
{
    private const ulong Second = 1_000_000_000;

    private readonly FakeClock _clock = new();
    private readonly RecordingLines _lines = new();
    private readonly RealTimeClock _rtc;

    public RealTimeClockTests()
    {
        // The fake clock's origin is 2025-01-01T00:00:00Z, a Wednesday.
        _rtc = new RealTimeClock(_clock);
        _rtc.Connect(_lines, PlatformLayout.RtcLine);
    }

    [Fact]
    public void It_starts_with_the_machines_time_in_bcd_and_24_hours()
    {
        Assert.Equal("20 25-01-01 4 00:00:00", Time());
        Assert.Equal(0x02, Read(0x0B));
        Assert.Equal(0x80, Read(0x0D));
        Assert.Equal(0x26, Read(0x0A));
    }

    [Fact]
    public void It_starts_in_the_middle_of_the_machines_second()
    {
        _clock.Nanoseconds = (86_399 * Second) + (Second / 2);
        _rtc.Reset();
        Assert.Equal("20 25-01-01 4 23:59:59", Time());
        _clock.Nanoseconds += Second / 2;
        Assert.Equal("20 25-01-02 5 00:00:00", Time());
    }

    [Fact]
    public void It_says_when_the_time_is_not_known()
    {
        RealTimeClock rtc = new(new UnknownTimeClock());
        rtc.WritePort(0, 1, 0x0D);

        Assert.Equal(0u, rtc.ReadPort(1, 1));
    }

    [Theory]
    [InlineData(58, "20 25-01-01 4 00:00:58")]
    [InlineData(60, "20 25-01-01 4 00:01:00")]
    [InlineData(86_399, "20 25-01-01 4 23:59:59")]
    [InlineData(86_400, "20 25-01-02 5 00:00:00")]
    [InlineData(31 * 86_400, "20 25-02-01 7 00:00:00")]
    [InlineData(59 * 86_400, "20 25-03-01 7 00:00:00")]
    [InlineData(365L * 86_400, "20 26-01-01 5 00:00:00")]
    [InlineData((((3 * 365L) + 59) * 86_400) + 1, "20 28-02-29 3 00:00:01")]
    public void Time_goes_on(long seconds, string expected)
    {
        _clock.Nanoseconds = (ulong)seconds * Second;

        Assert.Equal(expected, Time());
    }

    [Theory]
    [InlineData("20 99-12-31 5 23:59:59", "21 00-01-01 6 00:00:00")]
    [InlineData("19 99-12-31 6 23:59:59", "20 00-01-01 7 00:00:00")]
    [InlineData("20 00-02-28 2 23:59:59", "20 00-02-29 3 00:00:00")]
    [InlineData("21 00-02-28 1 23:59:59", "21 00-03-01 2 00:00:00")]
    [InlineData("20 24-02-29 5 23:59:59", "20 24-03-01 6 00:00:00")]
    [InlineData("20 23-04-30 7 23:59:59", "20 23-05-01 1 00:00:00")]
    [InlineData("99 99-12-31 6 23:59:59", "00 00-01-01 7 00:00:00")]
    public void Dates_roll_over(string before, string after)
    {
        Set(before);
        _clock.Nanoseconds += Second;

        Assert.Equal(after, Time());
    }

    [Fact]
    public void Twelve_hours_and_binary()
    {
        Write(0x0B, 0x80);
        Write(0x04, 0x92);
        Write(0x0B, 0x00);
        Assert.Equal(0x92, Read(0x04));
        _clock.Nanoseconds += 3600 * Second;
        Assert.Equal(0x81, Read(0x04));
        _clock.Nanoseconds += 11 * 3600 * Second;
        Assert.Equal(0x12, Read(0x04));
        _clock.Nanoseconds += 3600 * Second;
        Assert.Equal(0x01, Read(0x04));

        Write(0x0B, 0x86);
        Write(0x04, 22);
        Write(0x00, 59);
        Write(0x02, 59);
        Write(0x0B, 0x06);
        _clock.Nanoseconds += Second;
        Assert.Equal(23, Read(0x04));
        Assert.Equal(0, Read(0x00));
    }

    [Fact]
    public void Setting_the_time_holds_updates()
    {
        Write(0x0B, 0x92);
        Assert.Equal(0x82, Read(0x0B));
        _clock.Nanoseconds += 10 * Second;
        Assert.Equal(0x00, Read(0x00));
        Assert.Equal(0x40, Read(0x0C));
        Write(0x00, 0x30);
        Write(0x0B, 0x02);
        Assert.Equal(0x30, Read(0x00));
        _clock.Nanoseconds += Second;
        Assert.Equal(0x31, Read(0x00));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(997_771_999, false)]
    [InlineData(997_772_000, true)]
    [InlineData(999_999_999, true)]
    [InlineData(1_000_000_000, false)]
    public void Update_in_progress_shows_before_the_second_changes(long nanoseconds, bool expected)
    {
        _clock.Nanoseconds = (ulong)nanoseconds;

        Assert.Equal(expected, (Read(0x0A) & 0x80) != 0);
    }

    [Fact]
    public void A_stopped_divider_stops_time_and_its_start_gives_half_a_second()
    {
        Write(0x0A, 0x70);
        _clock.Nanoseconds += 100 * Second;
        Assert.Equal("20 25-01-01 4 00:00:00", Time());
        Assert.Equal(0x70, Read(0x0A));
        Write(0x0A, 0x20);
        _clock.Nanoseconds += (Second / 2) - 1;
        Assert.Equal("20 25-01-01 4 00:00:00", Time());
        _clock.Nanoseconds += 1;
        Assert.Equal("20 25-01-01 4 00:00:01", Time());
    }

    [Theory]
    [InlineData(1, 3_906_250)]
    [InlineData(2, 7_812_500)]
    [InlineData(3, 122_071)]
    [InlineData(6, 976_563)]
    [InlineData(15, 500_000_000)]
    public void Periodic_interrupts_come_at_their_rate(int rate, long nanoseconds)
    {
        Write(0x0A, 0x20 | rate);
        Write(0x0B, 0x42);

        Assert.Equal((ulong)nanoseconds, _rtc.Deadline);
        _clock.Nanoseconds = _rtc.Deadline - 1;
        _rtc.Advance(_clock.Nanoseconds);
        Assert.False(_lines.Level[8]);
        _clock.Nanoseconds++;
        _rtc.Advance(_clock.Nanoseconds);
        Assert.True(_lines.Level[8]);
    }

    [Fact]
    public void Rate_zero_gives_no_periodic_interrupt()
    {
        Write(0x0A, 0x20);
        Write(0x0B, 0x42);

        Assert.Equal(ulong.MaxValue, _rtc.Deadline);
        _clock.Nanoseconds = 10 * Second;
        Assert.Equal(0x10, Read(0x0C));
    }

    [Fact]
    public void One_interrupt_stands_for_all_until_register_c_is_read()
    {
        Write(0x0A, 0x26);
        Write(0x0B, 0x42);
        Advance(10 * Second);
        Assert.Equal(1, _lines.Rises[8]);
        Assert.Equal(ulong.MaxValue, _rtc.Deadline);

        Assert.Equal(0xD0, Read(0x0C));
        Assert.False(_lines.Level[8]);
        Assert.Equal(0x00, Read(0x0C));
        Assert.Equal((10 * Second) + 976_563, _rtc.Deadline);
    }

    [Fact]
    public void Update_interrupts_come_every_second()
    {
        Write(0x0B, 0x12);
        for (ulong i = 1; i <= 3; i++)
        {
            Assert.Equal(i * Second, _rtc.Deadline);
            _clock.Nanoseconds = _rtc.Deadline;
            _rtc.Advance(_clock.Nanoseconds);
            Assert.True(_lines.Level[8]);
            Assert.Equal(0xD0, Read(0x0C));
        }

        Assert.Equal(3, _lines.Rises[8]);
    }

    [Fact]
    public void Flags_rise_without_their_interrupts_and_ask_once_enabled()
    {
        Advance(Second);
        Assert.False(_lines.Level[8]);
        Write(0x0B, 0x12);
        Assert.True(_lines.Level[8]);
        Write(0x0B, 0x02);
        Assert.False(_lines.Level[8]);
        Assert.Equal(0x50, Read(0x0C));
    }

    [Theory]
    [InlineData(0x00, 0x00, 0x01, 1)]
    [InlineData(0x00, 0x00, 0x00, 86_400)]
    [InlineData(0x12, 0x34, 0x56, 45_296)]
    [InlineData(0xC0, 0x30, 0x00, 1_800)]
    [InlineData(0xFF, 0xFF, 0x30, 30)]
    [InlineData(0xFF, 0xFF, 0xFF, 1)]
    [InlineData(0x23, 0xC0, 0x05, 82_805)]
    public void An_alarm_comes_when_its_fields_match(int hour, int minute, int second, int due)
    {
        SetAlarm(hour, minute, second);
        Write(0x0B, 0x22);

        Assert.Equal((ulong)due * Second, _rtc.Deadline);
        Advance(((ulong)due * Second) - 1);
        Assert.False(_lines.Level[8]);
        Advance(1);
        Assert.True(_lines.Level[8]);
        Assert.Equal(0xB0 | 0x40, Read(0x0C));
    }

    [Theory]
    [InlineData(0x24, 0x00, 0x00)]
    [InlineData(0x00, 0x60, 0x00)]
    [InlineData(0x00, 0x00, 0xBF)]
    public void An_alarm_that_never_matches_never_comes(int hour, int minute, int second)
    {
        SetAlarm(hour, minute, second);
        Write(0x0B, 0x22);

        Assert.Equal(ulong.MaxValue, _rtc.Deadline);
        Advance(2 * 86_400 * Second);
        Assert.Equal(0x50, Read(0x0C));
    }

    [Fact]
    public void An_alarm_is_not_missed_in_time_that_was_skipped()
    {
        SetAlarm(0x00, 0x00, 0x10);
        Advance(9 * Second);
        Assert.Equal(0x50, Read(0x0C));
        Advance(3 * Second);
        Assert.Equal(0x70, Read(0x0C));
    }

    [Fact]
    public void Nonsense_in_the_time_registers_is_kept_and_then_counted_on_from()
    {
        Set("20 25-01-01 4 00:00:00");
        Write(0x08, 0xFF);
        Write(0x07, 0x00);
        Write(0x04, 0xFF);
        Write(0x06, 0x00);
        Assert.Equal(0xFF, Read(0x08));

        _clock.Nanoseconds += 3600 * Second;

        Assert.Equal(0x12, Read(0x08));
        Assert.Equal(0x02, Read(0x07));
        Assert.Equal(0x00, Read(0x04));
    }

    [Fact]
    public void Every_value_in_every_register_is_survived()
    {
        Random random = new(3);
        for (int i = 0; i < 20_000; i++)
        {
            Write(random.Next(128), random.Next(256));
            _clock.Nanoseconds += (ulong)random.NextInt64(2_000_000_000);
            _rtc.Advance(_clock.Nanoseconds);
            Assert.True(_rtc.Deadline > _clock.Nanoseconds);
        }
    }

    [Fact]
    public void Registers_c_and_d_and_update_in_progress_cannot_be_written()
    {
        Write(0x0C, 0xFF);
        Write(0x0D, 0x00);
        Write(0x0A, 0xA6);

        Assert.Equal(0x00, Read(0x0C));
        Assert.Equal(0x80, Read(0x0D));
        Assert.Equal(0x26, Read(0x0A));
    }

    [Fact]
    public void Ram_keeps_what_is_written_and_bit_7_of_the_index_is_ignored()
    {
        Write(0x8F, 0x0A);
        Write(0x7F, 0x55);

        Assert.Equal(0x0A, Read(0x0F));
        Assert.Equal(0x55, Read(0xFF));
        Assert.Equal(0xFFu, _rtc.ReadPort(0, 1));
    }

    [Fact]
    public void Memory_sizes_are_where_firmware_keeps_them()
    {
        _rtc.SetMemorySizes(512UL << 20, 6UL << 30);
        _rtc.Reset();

        Assert.Equal(640, Word(0x15));
        Assert.Equal(0xFFFF, Word(0x17));
        Assert.Equal(0xFFFF, Word(0x30));
        Assert.Equal((512 - 16) * 16, Word(0x34));
        Assert.Equal((6 * 1024 * 16) & 0xFFFF, Word(0x5B));
        Assert.Equal((6 * 1024 * 16) >> 16, Read(0x5D));
        int sum = 0;
        for (int i = 0x10; i <= 0x2D; i++)
        {
            sum += Read(i);
        }

        Assert.Equal(sum, (Read(0x2E) << 8) | Read(0x2F));
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(1UL << 20, 0, 0)]
    [InlineData(8UL << 20, 7 * 1024, 0)]
    [InlineData(17UL << 20, 16 * 1024, 16)]
    [InlineData(ulong.MaxValue, 0xFFFF, 0xFFFF)]
    public void Small_and_absurd_memory_sizes_fit(ulong below, int extended, int above16)
    {
        _rtc.SetMemorySizes(below, ulong.MaxValue);
        _rtc.Reset();

        Assert.Equal(extended, Word(0x30));
        Assert.Equal(above16, Word(0x34));
        Assert.Equal(0xFF, Read(0x5D));
    }

    [Fact]
    public void Reset_lowers_the_line()
    {
        Write(0x0B, 0x12);
        Advance(Second);
        Assert.True(_lines.Level[8]);

        _rtc.Reset();

        Assert.False(_lines.Level[8]);
        Assert.Equal("20 25-01-01 4 00:00:01", Time());
    }

    private void Advance(ulong nanoseconds)
    {
        _clock.Nanoseconds += nanoseconds;
        _rtc.Advance(_clock.Nanoseconds);
    }

    private string Time()
        => $"{Read(0x32):X2} {Read(9):X2}-{Read(8):X2}-{Read(7):X2} {Read(6):X} {Read(4):X2}:{Read(2):X2}:{Read(0):X2}";

    private void Set(string time)
    {
        Write(0x0B, 0x82);
        int[] registers = [0x32, 9, 8, 7, 6, 4, 2, 0];
        string[] fields = time.Split(' ', '-', ':');
        for (int i = 0; i < registers.Length; i++)
        {
            Write(registers[i], int.Parse(fields[i], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        }

        Write(0x0B, 0x02);
    }

    private void SetAlarm(int hour, int minute, int second)
    {
        Write(0x05, hour);
        Write(0x03, minute);
        Write(0x01, second);
    }

    private int Word(int register) => Read(register) | (Read(register + 1) << 8);

    private int Read(int register)
    {
        _rtc.WritePort(0, 1, (uint)register);
        return (int)_rtc.ReadPort(1, 1);
    }

    private void Write(int register, int value)
    {
        _rtc.WritePort(0, 1, (uint)register);
        _rtc.WritePort(1, 1, (byte)value);
    }

    private sealed class UnknownTimeClock : IClock
    {
        public ulong Nanoseconds => 5;

        public ulong TimeStamp => 0;

        public ulong TimeStampOrigin => 0;

        public bool IsStable => true;

        public ulong TimeStampKilohertz => 1_000_000;

        public ulong WallClockOrigin => 0;
    }
}
