using System;
using System.Numerics;
using Hyperlaunch.Platform.Devices;
using Xunit;

namespace Hyperlaunch.Tests.Platform.Devices;

public sealed class TickRateTests
{
    private const ulong Year = 365UL * 86_400 * 1_000_000_000;

    [Theory]
    [InlineData(1u)]
    [InlineData(32_768u)]
    [InlineData(1_193_182u)]
    [InlineData(3_579_545u)]
    [InlineData(999_999_937u)]
    [InlineData(1_000_000_000u)]
    public void Ticks_are_the_exact_quotient_at_every_scale(uint hertz)
    {
        TickRate rate = TickRate.FromHertz(hertz);
        Random random = new(1);
        for (int i = 0; i < 2000; i++)
        {
            ulong nanoseconds = (ulong)random.NextInt64() >> random.Next(63);
            BigInteger expected = (BigInteger)nanoseconds * hertz / 1_000_000_000;
            Assert.Equal(expected, rate.ToTicks(nanoseconds));
        }
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(1_193_182u)]
    [InlineData(4_000_000u)]
    public void A_tick_begins_at_the_first_nanosecond_that_counts_it(uint kilohertz)
    {
        TickRate rate = TickRate.FromKilohertz(kilohertz);
        Random random = new(2);
        for (int i = 0; i < 2000; i++)
        {
            ulong ticks = (ulong)random.NextInt64(1L << 40) >> random.Next(40);
            ulong begin = rate.ToNanoseconds(ticks);
            Assert.True(rate.ToTicks(begin) >= ticks);
            Assert.True(begin == 0 || rate.ToTicks(begin - 1) < ticks);
        }
    }

    [Fact]
    public void A_century_of_timer_ticks_does_not_drift()
    {
        TickRate rate = TickRate.FromHertz(PlatformLayout.PitHertz);

        Assert.Equal(100 * 365UL * 86_400 * PlatformLayout.PitHertz, rate.ToTicks(100 * Year));
    }

    [Theory]
    [InlineData(1u, ulong.MaxValue)]
    [InlineData(1u, (ulong.MaxValue / 1_000_000_000) + 1)]
    [InlineData(1_193_182u, ulong.MaxValue)]
    public void What_does_not_fit_is_never(uint hertz, ulong ticks)
        => Assert.Equal(ulong.MaxValue, TickRate.FromHertz(hertz).ToNanoseconds(ticks));

    [Fact]
    public void The_last_second_that_fits_is_exact()
    {
        ulong seconds = ulong.MaxValue / 1_000_000_000;

        Assert.Equal(seconds * 1_000_000_000, TickRate.FromHertz(1).ToNanoseconds(seconds));
    }

    [Fact]
    public void A_clock_of_no_frequency_ticks_rather_than_divides_by_zero()
    {
        Assert.Equal(1UL, TickRate.FromHertz(0).ToTicks(1_000_000_000));
        Assert.Equal(1UL, TickRate.FromKilohertz(0).ToTicks(1_000_000));
        Assert.Equal(uint.MaxValue, TickRate.FromKilohertz(ulong.MaxValue).ToTicks(1_000_000));
    }
}
