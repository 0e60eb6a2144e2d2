using System;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Hyperlaunch.Platform.Devices;
using Hyperlaunch.Platform.Timers;
using Xunit;

namespace Hyperlaunch.Tests.Platform.Timers;

public sealed class ParavirtualClockTests
{
    private readonly FakeClock _clock = new() { Nanoseconds = 2_500_000_000 };
    private readonly ParavirtualClock _pv;

    public ParavirtualClockTests()
    {
        _pv = new ParavirtualClock(_clock);
    }

    [Theory]
    [InlineData(1UL)]
    [InlineData(999_999UL)]
    [InlineData(1_000_000UL)]
    [InlineData(1_000_001UL)]
    [InlineData(1_999_999UL)]
    [InlineData(2_000_000UL)]
    [InlineData(2_399_998UL)]
    [InlineData(3_400_000UL)]
    [InlineData(4_294_967_295UL)]
    public void The_scale_uses_all_bits_and_is_within_one_part_in_two_thousand_million(ulong kilohertz)
    {
        ParavirtualClock.ComputeScale(kilohertz, out uint multiplier, out sbyte shift);

        Assert.True(multiplier >= 1u << 31);
        Assert.InRange(shift, -12, 20);

        // multiplier <= 10^6 * 2^(32 - shift) / kHz < multiplier + 1, in integers.
        BigInteger exact = BigInteger.Pow(2, 32 + 20 - shift) * 1_000_000;
        BigInteger unit = BigInteger.Pow(2, 20) * kilohertz;
        Assert.True(unit * multiplier <= exact);
        Assert.True(unit * (multiplier + 1UL) > exact);
    }

    [Fact]
    public void Every_frequency_gives_a_scale()
    {
        Random random = new(5);
        for (int i = 0; i < 5000; i++)
        {
            ulong kilohertz = (ulong)random.NextInt64(1, 1L << 32) >> random.Next(31);
            ParavirtualClock.ComputeScale(kilohertz, out uint multiplier, out sbyte shift);
            Assert.True(multiplier >= 1u << 31);
            Assert.InRange(shift, -12, 20);
        }

        ParavirtualClock.ComputeScale(0, out uint zero, out _);
        ParavirtualClock.ComputeScale(1, out uint one, out _);
        Assert.Equal(one, zero);
        ParavirtualClock.ComputeScale(ulong.MaxValue, out uint beyond, out _);
        ParavirtualClock.ComputeScale(uint.MaxValue, out uint last, out _);
        Assert.Equal(last, beyond);
    }

    [Fact]
    public void A_record_has_the_documented_layout()
    {
        TimeRecord record = default;
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<TimeRecord>(in record));
        _pv.Fill(ref record, 0x1_0000_0000, isSame: true);

        Assert.Equal(32, bytes.Length);
        Assert.Equal(0u, BinaryPrimitives.ReadUInt32LittleEndian(bytes) & 1);
        Assert.Equal(0u, BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]));
        Assert.Equal(1000UL + 5_000_000_000 + 0x1_0000_0000, BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]));
        Assert.Equal(0UL, BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]));
        Assert.Equal(0x8000_0000u, BinaryPrimitives.ReadUInt32LittleEndian(bytes[24..]));
        Assert.Equal(0, (sbyte)bytes[28]);
        Assert.Equal(1, bytes[29]);
        Assert.Equal(0, bytes[30] | bytes[31]);
        _pv.Fill(ref record, 0, isSame: false);
        Assert.Equal(0, bytes[29]);
    }

    [Fact]
    public void The_wall_clocks_record_has_the_documented_layout()
    {
        WallClockRecord record = default;
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<WallClockRecord>(in record));
        _pv.Fill(ref record);

        Assert.Equal(12, bytes.Length);
        Assert.Equal(0u, BinaryPrimitives.ReadUInt32LittleEndian(bytes) & 1);
        Assert.Equal(1_735_689_602u, BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]));
        Assert.Equal(500_000_000u, BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]));
    }
}
