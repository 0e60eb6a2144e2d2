using System;
using System.Buffers.Binary;
using System.Numerics;
using Hyperlaunch.Domains.Platform;
using Hyperlaunch.Tests.Execution;
using Xunit;

namespace Hyperlaunch.Tests.Platform;

public sealed class ParavirtualClockTests
{
    private readonly FakeClock _clock = new() { Nanoseconds = 2_500_000_000 };
    private readonly ArrayMemory _memory = new(8192);
    private readonly ParavirtualClock _pv;

    public ParavirtualClockTests()
    {
        _pv = new ParavirtualClock(_clock, 2);
        _pv.Reset(unchecked((ulong)-1_000_000L));
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
    public void The_record_lets_a_guest_compute_its_time()
    {
        Assert.True(_pv.TryWriteSystemTime(0, 0x1001, _memory));
        Assert.Equal(0x1001UL, _pv.ReadSystemTime(0));
        Assert.Equal(0UL, _pv.ReadSystemTime(1));

        Assert.Equal(0UL, GuestTime(0x1000));
        _clock.Nanoseconds += 123_456_789;
        Assert.InRange(GuestTime(0x1000), 123_456_788UL, 123_456_789UL);
        _clock.Nanoseconds += 86_400UL * 1_000_000_000;
        ulong expected = (86_400UL * 1_000_000_000) + 123_456_789;
        Assert.InRange(GuestTime(0x1000), expected - (expected >> 31), expected);
    }

    [Fact]
    public void The_record_has_the_documented_layout()
    {
        Assert.True(_pv.TryWriteSystemTime(0, 0x1001, _memory));
        Span<byte> record = _memory.Bytes.AsSpan(0x1000, 32);

        Assert.Equal(0u, BinaryPrimitives.ReadUInt32LittleEndian(record) & 1);
        Assert.Equal(0u, BinaryPrimitives.ReadUInt32LittleEndian(record[4..]));
        Assert.Equal(1000UL + 5_000_000_000 - 1_000_000, BinaryPrimitives.ReadUInt64LittleEndian(record[8..]));
        Assert.Equal(0UL, BinaryPrimitives.ReadUInt64LittleEndian(record[16..]));
        Assert.Equal(0x8000_0000u, BinaryPrimitives.ReadUInt32LittleEndian(record[24..]));
        Assert.Equal(0, (sbyte)record[28]);
        Assert.Equal(1, record[29]);
        Assert.Equal(0, record[30] | record[31]);
    }

    [Fact]
    public void All_processors_have_the_same_clock_whenever_they_ask()
    {
        Assert.True(_pv.TryWriteSystemTime(0, 0x0001, _memory));
        _clock.Nanoseconds += 777_777;
        Assert.True(_pv.TryWriteSystemTime(1, 0x0041, _memory));
        _clock.Nanoseconds += 777_777;

        Assert.Equal(GuestTime(0x0000), GuestTime(0x0040));
    }

    [Fact]
    public void A_processor_that_sets_its_counter_keeps_its_clock()
    {
        Assert.True(_pv.TryWriteSystemTime(0, 0x0001, _memory));
        Assert.True(_pv.TryWriteSystemTime(1, 0x0041, _memory));
        _clock.Nanoseconds += 777_777;
        ulong offset = 123_456UL - _clock.TimeStamp;
        _pv.SetTimeStampOffset(1, offset, _memory);
        _clock.Nanoseconds += 777_777;

        Assert.InRange(GuestTime(0x0000), 1_555_553UL, 1_555_554UL);
        Assert.Equal(GuestTime(0x0000), GuestTime(0x0040, offset));
        Assert.Equal(0u, BinaryPrimitives.ReadUInt32LittleEndian(_memory.Bytes.AsSpan(0x40)) & 1);

        // A record can serve only its own processor until the counters agree again.
        Assert.Equal((0, 0), (_memory.Bytes[29], _memory.Bytes[0x40 + 29]));
        _pv.SetTimeStampOffset(0, offset, _memory);
        Assert.Equal((1, 1), (_memory.Bytes[29], _memory.Bytes[0x40 + 29]));
        Assert.Equal(GuestTime(0x0000, offset), GuestTime(0x0040, offset));
    }

    [Fact]
    public void A_counter_that_is_set_before_the_clock_is_enabled_changes_nothing_in_memory()
    {
        _pv.SetTimeStampOffset(0, 5, _memory);
        Assert.All(_memory.Bytes, value => Assert.Equal(0, value));
        Assert.True(_pv.TryWriteSystemTime(0, 0x0001, _memory));
        Assert.Equal(0UL, GuestTime(0, 5));
    }

    [Fact]
    public void Each_write_of_a_record_has_another_even_version()
    {
        Assert.True(_pv.TryWriteSystemTime(0, 0x1001, _memory));
        uint first = BinaryPrimitives.ReadUInt32LittleEndian(_memory.Bytes.AsSpan(0x1000));
        Assert.True(_pv.TryWriteSystemTime(0, 0x1001, _memory));
        uint second = BinaryPrimitives.ReadUInt32LittleEndian(_memory.Bytes.AsSpan(0x1000));

        Assert.NotEqual(first, second);
        Assert.Equal(0u, (first | second) & 1);
    }

    [Fact]
    public void Disabled_it_writes_nothing()
    {
        Assert.True(_pv.TryWriteSystemTime(0, 0x1000, _memory));

        Assert.Equal(0x1000UL, _pv.ReadSystemTime(0));
        Assert.All(_memory.Bytes, value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(0x1003UL)]
    [InlineData(8192UL - 32 + 4 + 1)]
    [InlineData(0xFFFF_FFFF_FFFF_FFFDUL)]
    [InlineData(0x8000_0000_0000_0001UL)]
    public void A_record_that_is_not_aligned_or_not_in_memory_faults(ulong value)
    {
        Assert.False(_pv.TryWriteSystemTime(0, value, _memory));
        Assert.Equal(0UL, _pv.ReadSystemTime(0));
        Assert.All(_memory.Bytes, written => Assert.Equal(0, written));
    }

    [Fact]
    public void The_last_place_in_memory_is_good()
        => Assert.True(_pv.TryWriteSystemTime(0, 8192 - 32 + 1, _memory));

    [Fact]
    public void The_wall_clock_is_the_time_of_day_at_the_domains_start()
    {
        _clock.Nanoseconds += 1_000_000_000;
        Assert.True(_pv.TryWriteWallClock(0x800, _memory));
        Span<byte> record = _memory.Bytes.AsSpan(0x800, 12);

        Assert.Equal(0x800UL, _pv.ReadWallClock());
        Assert.Equal(0u, BinaryPrimitives.ReadUInt32LittleEndian(record) & 1);
        Assert.Equal(1_735_689_602u, BinaryPrimitives.ReadUInt32LittleEndian(record[4..]));
        Assert.Equal(500_000_000u, BinaryPrimitives.ReadUInt32LittleEndian(record[8..]));
        Assert.False(_pv.TryWriteWallClock(0x802, _memory));
        Assert.False(_pv.TryWriteWallClock(8192 - 8, _memory));
        Assert.Equal(0x800UL, _pv.ReadWallClock());
    }

    [Fact]
    public void Reset_forgets_the_records_and_starts_at_zero()
    {
        Assert.True(_pv.TryWriteSystemTime(1, 0x1001, _memory));
        Assert.True(_pv.TryWriteWallClock(0x800, _memory));
        _clock.Nanoseconds += 1_000;
        _pv.Reset(0);

        Assert.Equal(0UL, _pv.ReadSystemTime(1));
        Assert.Equal(0UL, _pv.ReadWallClock());
        Assert.True(_pv.TryWriteSystemTime(1, 0x1001, _memory));
        Assert.Equal(_clock.TimeStamp, BinaryPrimitives.ReadUInt64LittleEndian(_memory.Bytes.AsSpan(0x1008)));
    }

    /// <summary>The algorithm of the document: shift, multiply, add.</summary>
    private ulong GuestTime(int address, ulong timeStampOffset = unchecked((ulong)-1_000_000L))
    {
        ReadOnlySpan<byte> record = _memory.Bytes.AsSpan(address, 32);
        ulong delta = _clock.TimeStamp + timeStampOffset - BinaryPrimitives.ReadUInt64LittleEndian(record[8..]);
        sbyte shift = (sbyte)record[28];
        delta = shift < 0 ? delta >> -shift : delta << shift;
        ulong scaled = (ulong)((UInt128)delta * BinaryPrimitives.ReadUInt32LittleEndian(record[24..]) >> 32);
        return scaled + BinaryPrimitives.ReadUInt64LittleEndian(record[16..]);
    }
}
