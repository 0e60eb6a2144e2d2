using System;
using System.Buffers.Binary;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Execution;

public sealed class KvmClockTests : IDisposable
{
    private const ulong MemoryBytes = 8 << 20;
    private const ulong FirstOffset = unchecked((ulong)-1_000_000L);

    private readonly FakeClock _clock = new() { Nanoseconds = 2_500_000_000 };
    private readonly TestMachine _test;
    private readonly KvmClock _kvm;

    public KvmClockTests()
    {
        _test = new TestMachine(2, 8, _clock);
        _kvm = _test.Kvm;
        _test.Machine.Platform.LocalApic(0).TimeStampOffset = FirstOffset;
        _test.Machine.Platform.LocalApic(1).TimeStampOffset = FirstOffset;
    }

    public void Dispose() => _test.Dispose();

    [Fact]
    public void Its_leaves_have_its_name_features_and_frequencies()
    {
        Assert.Equal((0x4000_0110u, 0x4B4D_564Bu, 0x564B_4D56u, 0x4Du), Leaf(0));
        Assert.Equal(((1u << 1) | (1u << 3) | (1u << 24), 0u, 0u, 0u), Leaf(1));
        Assert.Equal((2_000_000u, 1_000_000u, 0u, 0u), Leaf(0x10));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(0x11)]
    [InlineData(0xFF)]
    public void It_has_no_other_leaves(uint offset)
        => Assert.False(_kvm.TryCpuid(_test.Machine.Cpu(0), 0x4000_0100, offset, 0, out _));

    [Fact]
    public void It_is_in_use_while_the_first_processors_record_is_enabled()
    {
        Assert.False(_kvm.IsInUse);
        Assert.True(Write(0, KvmClock.SystemTimeMsr, 0x1001));
        Assert.True(_kvm.IsInUse);
        Assert.True(Write(0, KvmClock.SystemTimeMsr, 0));
        Assert.False(_kvm.IsInUse);
    }

    [Fact]
    public void The_record_lets_a_guest_compute_its_time()
    {
        Assert.True(Write(0, KvmClock.SystemTimeMsr, 0x1001));
        Assert.Equal(0x1001UL, Read(0, KvmClock.SystemTimeMsr));
        Assert.Equal(0UL, Read(1, KvmClock.SystemTimeMsr));

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
        Assert.True(Write(0, KvmClock.SystemTimeMsr, 0x1001));
        ReadOnlySpan<byte> record = Memory(0x1000, 32);

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
        Assert.True(Write(0, KvmClock.SystemTimeMsr, 0x0001));
        _clock.Nanoseconds += 777_777;
        Assert.True(Write(1, KvmClock.SystemTimeMsr, 0x0041));
        _clock.Nanoseconds += 777_777;

        Assert.Equal(GuestTime(0x0000), GuestTime(0x0040));
    }

    [Fact]
    public void A_processor_that_sets_its_counter_keeps_its_clock()
    {
        Assert.True(Write(0, KvmClock.SystemTimeMsr, 0x0001));
        Assert.True(Write(1, KvmClock.SystemTimeMsr, 0x0041));
        _clock.Nanoseconds += 777_777;
        ulong offset = 123_456UL - _clock.TimeStamp;
        SetOffset(1, offset);
        _clock.Nanoseconds += 777_777;

        Assert.InRange(GuestTime(0x0000), 1_555_553UL, 1_555_554UL);
        Assert.Equal(GuestTime(0x0000), GuestTime(0x0040, offset));
        Assert.Equal(0u, BinaryPrimitives.ReadUInt32LittleEndian(Memory(0x40, 32)) & 1);

        // A record can serve only its own processor until the counters agree again.
        Assert.Equal((0, 0), (Memory(0, 32)[29], Memory(0x40, 32)[29]));
        SetOffset(0, offset);
        Assert.Equal((1, 1), (Memory(0, 32)[29], Memory(0x40, 32)[29]));
        Assert.Equal(GuestTime(0x0000, offset), GuestTime(0x0040, offset));
    }

    [Fact]
    public void A_counter_that_is_set_before_the_clock_is_enabled_changes_nothing_in_memory()
    {
        SetOffset(0, 5);
        AssertUntouched();
        Assert.True(Write(0, KvmClock.SystemTimeMsr, 0x0001));
        Assert.Equal(0UL, GuestTime(0, 5));
    }

    [Fact]
    public void Each_write_of_a_record_has_another_even_version()
    {
        Assert.True(Write(0, KvmClock.SystemTimeMsr, 0x1001));
        uint first = BinaryPrimitives.ReadUInt32LittleEndian(Memory(0x1000, 32));
        Assert.True(Write(0, KvmClock.SystemTimeMsr, 0x1001));
        uint second = BinaryPrimitives.ReadUInt32LittleEndian(Memory(0x1000, 32));

        Assert.NotEqual(first, second);
        Assert.Equal(0u, (first | second) & 1);
    }

    [Fact]
    public void Disabled_it_writes_nothing()
    {
        Assert.True(Write(0, KvmClock.SystemTimeMsr, 0x1000));

        Assert.Equal(0x1000UL, Read(0, KvmClock.SystemTimeMsr));
        AssertUntouched();
    }

    [Theory]
    [InlineData(0x1003UL)]
    [InlineData(MemoryBytes - 32 + 4 + 1)]
    [InlineData(0xFFFF_FFFF_FFFF_FFFDUL)]
    [InlineData(0x8000_0000_0000_0001UL)]
    public void A_record_that_is_not_aligned_or_not_in_memory_faults(ulong value)
    {
        Assert.False(Write(0, KvmClock.SystemTimeMsr, value));
        Assert.Equal(0UL, Read(0, KvmClock.SystemTimeMsr));
        AssertUntouched();
    }

    [Fact]
    public void The_last_place_in_memory_is_good()
        => Assert.True(Write(0, KvmClock.SystemTimeMsr, MemoryBytes - 32 + 1));

    [Fact]
    public void The_wall_clock_is_the_time_of_day_at_the_domains_start()
    {
        _clock.Nanoseconds += 1_000_000_000;
        Assert.True(Write(0, KvmClock.WallClockMsr, 0x800));
        ReadOnlySpan<byte> record = Memory(0x800, 12);

        Assert.Equal(0x800UL, Read(0, KvmClock.WallClockMsr));
        Assert.Equal(0u, BinaryPrimitives.ReadUInt32LittleEndian(record) & 1);
        Assert.Equal(1_735_689_602u, BinaryPrimitives.ReadUInt32LittleEndian(record[4..]));
        Assert.Equal(500_000_000u, BinaryPrimitives.ReadUInt32LittleEndian(record[8..]));
        Assert.False(Write(0, KvmClock.WallClockMsr, 0x802));
        Assert.False(Write(0, KvmClock.WallClockMsr, MemoryBytes - 8));
        Assert.Equal(0x800UL, Read(0, KvmClock.WallClockMsr));
    }

    [Fact]
    public void Reset_forgets_the_records_and_starts_at_zero()
    {
        Assert.True(Write(1, KvmClock.SystemTimeMsr, 0x1001));
        Assert.True(Write(0, KvmClock.WallClockMsr, 0x800));
        _clock.Nanoseconds += 1_000;
        _test.Machine.Reset(2);

        Assert.Equal(0UL, Read(1, KvmClock.SystemTimeMsr));
        Assert.Equal(0UL, Read(0, KvmClock.WallClockMsr));
        Assert.True(Write(1, KvmClock.SystemTimeMsr, 0x1001));
        Assert.Equal(_clock.TimeStamp, BinaryPrimitives.ReadUInt64LittleEndian(Memory(0x1008, 32)));
    }

    /// <summary>The algorithm of the document: shift, multiply, add.</summary>
    private ulong GuestTime(int address, ulong timeStampOffset = FirstOffset)
    {
        ReadOnlySpan<byte> record = Memory(address, 32);
        ulong delta = _clock.TimeStamp + timeStampOffset - BinaryPrimitives.ReadUInt64LittleEndian(record[8..]);
        sbyte shift = (sbyte)record[28];
        delta = shift < 0 ? delta >> -shift : delta << shift;
        ulong scaled = (ulong)((UInt128)delta * BinaryPrimitives.ReadUInt32LittleEndian(record[24..]) >> 32);
        return scaled + BinaryPrimitives.ReadUInt64LittleEndian(record[16..]);
    }

    private (uint Eax, uint Ebx, uint Ecx, uint Edx) Leaf(uint offset)
    {
        Assert.True(_kvm.TryCpuid(_test.Machine.Cpu(0), 0x4000_0100, offset, 0, out CpuidResult result));
        return (result.Eax, result.Ebx, result.Ecx, result.Edx);
    }

    private bool Write(int cpu, uint msr, ulong value) => _kvm.TryWriteMsr(_test.Machine.Cpu(cpu), msr, value);

    private ulong Read(int cpu, uint msr)
    {
        Assert.True(_kvm.TryReadMsr(_test.Machine.Cpu(cpu), msr, out ulong value));
        return value;
    }

    private void SetOffset(int cpu, ulong offset)
    {
        _test.Machine.Platform.LocalApic(cpu).TimeStampOffset = offset;
        _kvm.OnTimeStampSet(_test.Machine.Cpu(cpu));
    }

    private byte[] Memory(int address, int length)
    {
        byte[] bytes = new byte[length];
        Assert.True(_test.Machine.Memory.TryRead((ulong)address, bytes));
        return bytes;
    }

    private void AssertUntouched() => Assert.All(Memory(0, 0x4000), value => Assert.Equal(0, value));
}
