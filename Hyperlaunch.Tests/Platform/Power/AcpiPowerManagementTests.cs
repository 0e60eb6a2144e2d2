using Hyperlaunch.Platform.Board;
using Hyperlaunch.Platform.Devices;
using Hyperlaunch.Platform.Power;
using Hyperlaunch.Tests.Platform.Interrupts;
using Xunit;

namespace Hyperlaunch.Tests.Platform.Power;

public sealed class AcpiPowerManagementTests
{
    private const int Sci = PlatformLayout.SciLine;

    private readonly FakeClock _clock = new() { Nanoseconds = 5_000_000_000 };
    private readonly RecordingLines _lines = new();
    private readonly RecordingPower _power = new();
    private readonly AcpiPowerManagement _acpi;
    private readonly PortMap _ports = new();

    public AcpiPowerManagementTests()
    {
        _acpi = new AcpiPowerManagement(_clock, _power);
        _acpi.Connect(_lines, Sci);
        foreach (PortWindow window in PlatformPorts.PowerManagement)
        {
            _ports.Add(_acpi, window);
        }
    }

    [Fact]
    public void Acpi_mode_is_on_from_the_start()
    {
        Assert.Equal(0x0001u, _ports.Read(0x604, 2));
        Assert.Equal(0u, _ports.Read(0x600, 4));
        Assert.Equal(0u, _ports.Read(0x608, 4));
        _ports.Write(0x604, 2, 0);
        Assert.Equal(0x0001u, _ports.Read(0x604, 2));
    }

    [Fact]
    public void Soft_off_needs_the_enable_bit_and_its_type()
    {
        _ports.Write(0x604, 2, 5 << 10);
        Assert.Equal(0x1401u, _ports.Read(0x604, 2));
        _ports.Write(0x604, 2, (1 << 13) | (3 << 10));
        Assert.Equal(0, _power.PowerOffs);
        _ports.Write(0x604, 2, (1 << 13) | (5 << 10));
        Assert.Equal(1, _power.PowerOffs);
        Assert.Equal(0x1401u, _ports.Read(0x604, 2));
    }

    [Fact]
    public void Soft_off_by_bytes()
    {
        _ports.Write(0x605, 1, 0x34);

        Assert.Equal(1, _power.PowerOffs);
        Assert.Equal(0x14u, _ports.Read(0x605, 1));
    }

    [Fact]
    public void An_event_interrupts_until_it_is_acknowledged()
    {
        RaiseTimerEvent();
        Assert.False(_lines.Level[Sci]);
        Assert.Equal(0x0001u, _ports.Read(0x600, 2));
        _ports.Write(0x602, 2, 0x0001);
        Assert.True(_lines.Level[Sci]);
        _ports.Write(0x600, 2, 0x0120);
        Assert.True(_lines.Level[Sci]);
        _ports.Write(0x600, 2, 0x0001);
        Assert.False(_lines.Level[Sci]);
        Assert.Equal(0x0001u, _ports.Read(0x602, 2));
    }

    [Fact]
    public void The_clocks_event_can_be_enabled_and_never_comes()
    {
        _ports.Write(0x602, 2, 0xFFFF);

        Assert.Equal(0x0521u, _ports.Read(0x602, 2));
        Assert.Equal(0u, _ports.Read(0x600, 2));
    }

    [Theory]
    [InlineData(0x0001)]
    [InlineData(0x0020)]
    [InlineData(0x0100)]
    [InlineData(0x0400)]
    public void Fixed_events_can_be_enabled_and_disabled(uint bit)
    {
        _ports.Write(0x602, 2, bit);
        Assert.Equal(bit, _ports.Read(0x602, 2));
        _ports.Write(0x602, 2, 0);
        Assert.Equal(0u, _ports.Read(0x602, 2));
        _ports.Write(0x602, 2, 0xFFFF);
        Assert.Equal(0x0521u, _ports.Read(0x602, 2));
    }

    [Fact]
    public void Byte_writes_leave_the_other_byte_alone()
    {
        RaiseTimerEvent();
        _ports.Write(0x602, 2, 0x0121);
        _ports.Write(0x601, 1, 0xFF);
        Assert.Equal(0x0001u, _ports.Read(0x600, 2));
        _ports.Write(0x602, 1, 0x00);
        Assert.Equal(0x0100u, _ports.Read(0x602, 2));
        _ports.Write(0x600, 1, 0x01);
        Assert.Equal(0x0000u, _ports.Read(0x600, 2));
        Assert.Equal(0x0121 & 0xFF00, (int)_ports.Read(0x602, 2));
    }

    [Fact]
    public void The_timer_counts_3579545_a_second_in_32_bits()
    {
        _clock.Nanoseconds += 1_000_000_000;
        Assert.Equal(3_579_545u, _ports.Read(0x608, 4));
        Assert.Equal(3_579_545u & 0xFFFF, _ports.Read(0x608, 2));
        Assert.Equal(3_579_545u >> 16 & 0xFF, _ports.Read(0x60A, 1));
        _clock.Nanoseconds += 1_199_000_000_000;
        Assert.Equal(unchecked((uint)(1200UL * 3_579_545)), _ports.Read(0x608, 4));
        _ports.Write(0x608, 4, 0);
        Assert.NotEqual(0u, _ports.Read(0x608, 4));
    }

    [Fact]
    public void The_timers_highest_bit_interrupts_when_it_changes()
    {
        ulong half = TickRate.FromHertz(PlatformLayout.PmTimerHertz).ToNanoseconds(1UL << 31);
        Assert.Equal(ulong.MaxValue, _acpi.Deadline);
        _ports.Write(0x602, 2, 0x0001);
        Assert.Equal(5_000_000_000 + half, _acpi.Deadline);

        _clock.Nanoseconds = _acpi.Deadline - 1;
        _acpi.Advance(_clock.Nanoseconds);
        Assert.False(_lines.Level[Sci]);
        _clock.Nanoseconds++;
        _acpi.Advance(_clock.Nanoseconds);
        Assert.True(_lines.Level[Sci]);
        Assert.Equal(ulong.MaxValue, _acpi.Deadline);
        _ports.Write(0x600, 2, 0x0001);
        Assert.False(_lines.Level[Sci]);
        Assert.True(_acpi.Deadline >= _clock.Nanoseconds + half - 1);
    }

    [Fact]
    public void Reset_starts_over()
    {
        RaiseTimerEvent();
        _ports.Write(0x602, 2, 0x0001);
        _clock.Nanoseconds += 1_000;

        _acpi.Reset();

        Assert.False(_lines.Level[Sci]);
        Assert.Equal(0u, _ports.Read(0x600, 4));
        Assert.Equal(0u, _ports.Read(0x608, 4));
    }

    /// <summary>The timer's highest bit has changed.</summary>
    private void RaiseTimerEvent() => _clock.Nanoseconds += 700_000_000_000;
}
