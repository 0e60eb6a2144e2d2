using System;
using Hyperlaunch.Machine.Time;
using Xunit;

namespace Hyperlaunch.Tests.Machine.Time;

public class CalendarTimeTests
{
    [Theory]
    [InlineData(1970, 1, 1, 0, 0, 1)]
    [InlineData(1999, 12, 31, 23, 59, 59)]
    [InlineData(2000, 2, 29, 12, 0, 0)]
    [InlineData(2024, 2, 29, 0, 0, 0)]
    [InlineData(2024, 3, 1, 0, 0, 0)]
    [InlineData(2025, 1, 1, 0, 0, 0)]
    [InlineData(2038, 1, 19, 3, 14, 8)]
    [InlineData(2099, 12, 31, 23, 59, 59)]
    public void Counts_seconds_as_the_calendar_does(int year, int month, int day, int hour, int minute, int second)
    {
        DateTimeOffset expected = new(year, month, day, hour, minute, second, TimeSpan.Zero);
        Assert.Equal((ulong)expected.ToUnixTimeSeconds(), Time(year, month, day, hour, minute, second).ToUnixSeconds());
    }

    [Theory]
    [InlineData(1969, 12, 31, 0, 0, 0)]
    [InlineData(2025, 0, 1, 0, 0, 0)]
    [InlineData(2025, 13, 1, 0, 0, 0)]
    [InlineData(2025, 2, 29, 0, 0, 0)]
    [InlineData(2025, 1, 0, 0, 0, 0)]
    [InlineData(2025, 1, 32, 0, 0, 0)]
    [InlineData(2025, 1, 1, 24, 0, 0)]
    [InlineData(2025, 1, 1, 0, 60, 0)]
    [InlineData(2025, 1, 1, 0, 0, 60)]
    [InlineData(2100, 2, 29, 0, 0, 0)]
    public void Has_no_answer_for_what_is_no_time(int year, int month, int day, int hour, int minute, int second)
        => Assert.Equal(0ul, Time(year, month, day, hour, minute, second).ToUnixSeconds());

    private static CalendarTime Time(int year, int month, int day, int hour, int minute, int second)
        => new() { Year = year, Month = month, Day = day, Hour = hour, Minute = minute, Second = second };
}
