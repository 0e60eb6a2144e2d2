using System;
using System.Linq;
using Hyperlaunch.Platform.Board;
using Hyperlaunch.Platform.Devices;
using Hyperlaunch.Platform.Interrupts;
using Hyperlaunch.Tests.Platform.Devices;
using Hyperlaunch.Tests.Platform.Interrupts;
using Hyperlaunch.Tests.Platform.Power;
using Hyperlaunch.Tests.Platform.Serial;
using Xunit;

namespace Hyperlaunch.Tests.Platform.Board;

/// <summary>The devices wired together, as a guest meets them.</summary>
public sealed class VirtualPlatformTests
{
    private readonly FakeClock _clock = new();
    private readonly RecordingSignals _signals = new();
    private readonly RecordingPower _power = new();
    private readonly RecordingSink _sink = new();
    private readonly VirtualPlatform _platform;

    public VirtualPlatformTests()
    {
        _platform = new VirtualPlatform(_clock, _signals, _power, _sink, null, FakeTaskPriority.Several(4));
        _platform.Reset(4, 512UL << 20, 0);
        _signals.Log.Clear();
    }

    [Fact]
    public void A_kernel_without_apic_gets_its_timer_through_the_pic_and_virtual_wire()
    {
        InitializePic();
        Write(0x21, 0xFE);
        Write(0x43, 0x34);
        Write(0x40, 0xA9);
        Write(0x40, 0x04);
        TakeExternal();
        ulong due = _platform.DeviceDeadline;
        Assert.NotEqual(ulong.MaxValue, due);

        _clock.Nanoseconds = due;
        _platform.Advance(due);

        Assert.True(_platform.LocalApic(0).AcceptsExternalInterrupt);
        Assert.True(_platform.Pic.HasInterrupt);
        Assert.Contains("int 0", _signals.Log);
        Assert.DoesNotContain("int 1", _signals.Log);
        Assert.Equal(0x20, _platform.Pic.Acknowledge());
    }

    [Fact]
    public void The_timers_line_is_pin_2_of_the_io_apic()
    {
        WriteMemory(0, 0xFEE0_00F0, 0x1FF);
        ProgramIoApic(0, 0x30, 0);
        ProgramIoApic(2, 0x32, 0);
        Write(0x43, 0x30);
        Write(0x40, 0x10);
        Write(0x40, 0x00);
        _clock.Nanoseconds = 1_000_000;
        _platform.Advance(_clock.Nanoseconds);

        Assert.True(_platform.LocalApic(0).HasDeliverableInterrupt(out byte vector));
        Assert.Equal(0x32, vector);
    }

    [Fact]
    public void The_serial_port_interrupts_on_line_4_of_both_controllers()
    {
        InitializePic();
        WriteMemory(1, 0xFEE0_00F0, 0x1FF);
        ProgramIoApic(4, 0x34, 1);
        Write(0x3FC, 0x08);
        Write(0x3F9, 0x01);
        Assert.True(_platform.Serial.TryReceive((byte)'x'));

        Assert.Equal(0x24, _platform.Pic.Acknowledge());
        Assert.True(_platform.LocalApic(1).HasDeliverableInterrupt(out byte vector));
        Assert.Equal(0x34, vector);
        Assert.Equal('x', (char)_platform.Ports.Read(0x3F8, 1));
        Write(0x3F8, (byte)'y');
        Assert.Equal([(byte)'y'], _sink.Sent);
    }

    [Fact]
    public void The_clock_interrupts_on_line_8()
    {
        InitializePic();
        Write(0x70, 0x0B);
        Write(0x71, 0x12);
        Assert.Equal(1_000_000_000UL, _platform.DeviceDeadline);
        _clock.Nanoseconds = 1_000_000_000;
        _platform.Advance(_clock.Nanoseconds);

        Assert.Equal(0x28, _platform.Pic.Acknowledge());
    }

    [Fact]
    public void Each_processor_has_its_own_local_apic_at_the_same_address()
    {
        for (int i = 0; i < 4; i++)
        {
            Assert.True(_platform.TryReadMemory(i, 0xFEE0_0020, 4, out ulong id));
            Assert.Equal((ulong)i << 24, id);
        }
    }

    [Theory]
    [InlineData(0xFEBF_FFFCUL)]
    [InlineData(0xFEC0_1000UL)]
    [InlineData(0xFEDF_FFFCUL)]
    [InlineData(0xFEE0_1000UL)]
    [InlineData(0xFFFF_FFFF_FEE0_0000UL)]
    [InlineData(0UL)]
    public void Other_addresses_are_nobodys(ulong address)
    {
        Assert.False(_platform.TryReadMemory(0, address, 4, out ulong value));
        Assert.Equal(ulong.MaxValue, value);
        Assert.False(_platform.TryWriteMemory(0, address, 4, 0));
    }

    [Fact]
    public void The_earliest_of_the_devices_is_their_deadline_and_each_processors_timer_has_its_own()
    {
        InitializePic();
        Assert.Equal(ulong.MaxValue, _platform.DeviceDeadline);
        Write(0x70, 0x0B);
        Write(0x71, 0x12);
        Assert.Equal(1_000_000_000UL, _platform.DeviceDeadline);
        WriteMemory(3, 0xFEE0_00F0, 0x1FF);
        WriteMemory(3, 0xFEE0_0320, 0xEC);
        WriteMemory(3, 0xFEE0_03E0, 0xB);
        WriteMemory(3, 0xFEE0_0380, 5000);
        Assert.Equal(
            [ulong.MaxValue, 5000UL], new[] { _platform.ProcessorDeadline(2, false), _platform.ProcessorDeadline(3, false) });
        Write(0x43, 0x30);
        Write(0x40, 0x01);
        Write(0x40, 0x00);
        Assert.Equal(1677UL, _platform.DeviceDeadline);
        _signals.Log.Clear();
        _clock.Nanoseconds = 5000;
        _platform.Advance(5000);
        Assert.Equal((1_000_000_000UL, ulong.MaxValue), (_platform.DeviceDeadline, _platform.ProcessorDeadline(3, false)));
        Assert.Contains("int 3", _signals.Log);
    }

    [Theory]
    [InlineData("masked at both controllers", 0xFF, 0x1_0031u, ulong.MaxValue)]
    [InlineData("open at the pair", 0xFE, 0x1_0031u, 1_000_686ul)]
    [InlineData("open at the I/O APIC", 0xFF, 0x0031u, 1_000_686ul)]
    public void A_timer_that_is_heard_nowhere_has_no_deadline(string what, byte mask, uint entry, ulong deadline)
    {
        const uint FirstEntryOfPin2 = 0x14;
        Assert.NotEmpty(what);
        InitializePic();
        Write(0x21, mask);
        WriteMemory(0, 0xFEC0_0000, FirstEntryOfPin2);
        WriteMemory(0, 0xFEC0_0010, entry);
        Write(0x43, 0x34);
        Write(0x40, 0xA9);
        Write(0x40, 0x04);
        if (_platform.Pic.HasInterrupt)
        {
            // What waits at the pair already is not said again.
            Assert.Equal(ulong.MaxValue, _platform.DeviceDeadline);
            _platform.Pic.Acknowledge();
        }

        Assert.Equal(deadline, _platform.DeviceDeadline);

        // It goes on meanwhile, and what it had to say is made up for once.
        _clock.Nanoseconds = 20_000_000;
        _platform.Advance(20_000_000);
        Assert.InRange(_platform.Timer.Deadline, 20_000_001ul, 21_100_000ul);
    }

    [Fact]
    public void Power_is_controlled_by_the_documented_ports()
    {
        Assert.Equal(1u, _platform.Ports.Read(PlatformLayout.Pm1ControlPort, 2));
        _platform.Ports.Write(PlatformLayout.Pm1ControlPort, 2, (1u << 13) | ((uint)PlatformLayout.SoftOffSleepType << 10));
        Assert.Equal(1, _power.PowerOffs);
        _platform.Ports.Write(PlatformLayout.ResetControlPort, 1, PlatformLayout.ResetControlValue);
        _platform.Ports.Write(PlatformLayout.KeyboardCommandPort, 1, 0xFE);
        _platform.Ports.Write(PlatformLayout.SystemControlPortA, 1, 0x01);
        Assert.Equal(3, _power.Restarts);
    }

    [Fact]
    public void Every_port_at_every_width_is_survived()
    {
        Random random = new(6);
        foreach (int size in new[] { 1, 2, 4 })
        {
            for (int port = 0; port <= 0xFFFF; port++)
            {
                _platform.Ports.Write((ushort)port, size, (uint)random.NextInt64(1L << 32));
                uint value = _platform.Ports.Read((ushort)port, size);
                Assert.True(size == 4 || value >> (size * 8) == 0);
            }

            _clock.Nanoseconds += 1_000_000;
            _platform.Advance(_clock.Nanoseconds);
        }
    }

    [Fact]
    public void Random_accesses_in_random_order_never_hurt()
    {
        Random random = new(7);
        ushort[] ports =
        [
            0x20, 0x21, 0xA0, 0xA1, 0x4D0, 0x4D1, 0x40, 0x41, 0x42, 0x43, 0x60, 0x61, 0x64, 0x70, 0x71, 0x92,
            0x3F8, 0x3F9, 0x3FA, 0x3FB, 0x3FC, 0x3FD, 0x3FE, 0x3FF, 0x600, 0x602, 0x604, 0x608, 0xCF8, 0xCF9,
        ];
        for (int i = 0; i < 200_000; i++)
        {
            int processor = random.Next(4);
            ulong page = random.Next(4) == 0 ? PlatformLayout.IoApicAddress : PlatformLayout.LocalApicAddress;
            ulong address = page + (ulong)(random.Next(0x40) * 0x10);
            switch (random.Next(9))
            {
                case 0:
                    _platform.Ports.Read(ports[random.Next(ports.Length)], 1 << random.Next(3));
                    break;
                case 1:
                case 2:
                    _platform.Ports.Write(
                        ports[random.Next(ports.Length)], 1 << random.Next(3), (uint)random.NextInt64(1L << 32));
                    break;
                case 3:
                    Assert.True(_platform.TryReadMemory(processor, address, 4, out _));
                    break;
                case 4:
                    Assert.True(_platform.TryWriteMemory(processor, address, 4, (ulong)random.NextInt64(1L << 32)));
                    break;
                case 5:
                    _platform.LocalApic(processor).TryWriteMsr(
                        random.Next(20) == 0 ? LocalApic.BaseMsr : 0x800 + (uint)random.Next(0x40),
                        random.Next(20) == 0 ? 0xFEE0_0000UL | ((ulong)random.Next(4) << 10) : (ulong)random.NextInt64(1L << 33));
                    break;
                case 6:
                    _platform.Serial.TryReceive((byte)i);
                    break;
                case 7:
                    if (_platform.LocalApic(processor).HasDeliverableInterrupt(out byte vector))
                    {
                        _platform.LocalApic(processor).Accept(vector);
                    }
                    else if (_platform.Pic.HasInterrupt)
                    {
                        _platform.Pic.Acknowledge();
                    }

                    break;
                default:
                    _clock.Nanoseconds += (ulong)random.Next(300_000);
                    _platform.Advance(_clock.Nanoseconds);

                    // After time has passed nothing may be left that is due.
                    Assert.True(_platform.DeviceDeadline > _clock.Nanoseconds);
                    Assert.All(
                        Enumerable.Range(0, 4), i => Assert.True(_platform.ProcessorDeadline(i, false) > _clock.Nanoseconds));
                    break;
            }
        }
    }

    [Fact]
    public void Nothing_is_allocated_after_construction()
    {
        VirtualPlatform platform = new(_clock, new SilentSignals(), _power, _sink, null, FakeTaskPriority.Several(4));
        Exercise(platform);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Exercise(platform);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Reset_brings_everything_back()
    {
        Random random = new(8);
        for (int port = 0; port <= 0x7FF; port++)
        {
            _platform.Ports.Write((ushort)port, 1, (uint)random.Next(256));
        }

        WriteMemory(2, 0xFEE0_00F0, 0x1FF);
        WriteMemory(2, 0xFEE0_0380, 5000);
        _platform.Reset(2, 64UL << 20, 0);

        Assert.Equal((ulong.MaxValue, ulong.MaxValue), (_platform.DeviceDeadline, _platform.ProcessorDeadline(2, false)));
        Assert.False(_platform.Pic.HasInterrupt);
        Assert.Equal(0x60u, _platform.Ports.Read(0x3FD, 1));
        Assert.Equal(1u, _platform.Ports.Read(0x604, 2));
        Assert.False(_platform.LocalApic(0).IsX2Apic);
        Assert.False(_platform.LocalApic(1).IsX2Apic);
        Assert.True(_platform.LocalApic(0).AcceptsExternalInterrupt);
        Assert.False(_platform.LocalApic(1).AcceptsExternalInterrupt);
        Assert.Equal(0UL, _platform.LocalApic(1).TimeStampOffset);
    }

    private void Exercise(VirtualPlatform platform)
    {
        for (int i = 0; i < 500; i++)
        {
            platform.Ports.Write(0x3F9, 1, 0x03);
            platform.Ports.Write(0x43, 1, 0x34);
            platform.Ports.Write(0x40, 2, 0x0101);
            platform.Ports.Read(0x608, 4);
            platform.Ports.Write(0x70, 1, 0x0B);
            platform.Ports.Write(0x71, 1, 0x72);
            platform.TryWriteMemory(0, 0xFEE0_00F0, 4, 0x1FF);
            platform.TryWriteMemory(0, 0xFEE0_0320, 4, 0x2_00EC);
            platform.TryWriteMemory(0, 0xFEE0_0380, 4, 100_000);
            _clock.Nanoseconds += 250_000;
            platform.Advance(_clock.Nanoseconds);
            if (platform.LocalApic(0).HasDeliverableInterrupt(out byte vector))
            {
                platform.LocalApic(0).Accept(vector);
                platform.LocalApic(0).EndOfInterrupt();
            }
        }

        platform.Reset(4, 0, 0);
    }

    private void InitializePic()
    {
        Write(0x20, 0x11);
        Write(0xA0, 0x11);
        Write(0x21, 0x20);
        Write(0xA1, 0x28);
        Write(0x21, 0x04);
        Write(0xA1, 0x02);
        Write(0x21, 0x01);
        Write(0xA1, 0x01);
    }

    private void TakeExternal()
    {
        while (_platform.Pic.HasInterrupt)
        {
            _platform.Pic.Acknowledge();
            Write(0x20, 0x20);
        }

        _signals.Log.Clear();
    }

    private void ProgramIoApic(int pin, uint low, uint destination)
    {
        WriteMemory(0, 0xFEC0_0000, (uint)(0x11 + (2 * pin)));
        WriteMemory(0, 0xFEC0_0010, destination << 24);
        WriteMemory(0, 0xFEC0_0000, (uint)(0x10 + (2 * pin)));
        WriteMemory(0, 0xFEC0_0010, low);
    }

    private void WriteMemory(int processor, ulong address, uint value)
        => Assert.True(_platform.TryWriteMemory(processor, address, 4, value));

    private void Write(ushort port, byte value) => _platform.Ports.Write(port, 1, value);

    private sealed class SilentSignals : IProcessorSignals
    {
        public void Interrupt(int processor)
        {
        }

        public void Nmi(int processor)
        {
        }

        public void Init(int processor)
        {
        }

        public void Startup(int processor, byte vector)
        {
        }
    }
}
