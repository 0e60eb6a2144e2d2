using Hyperlaunch.Hypervisor.Passthrough;
using Hyperlaunch.Platform.Interrupts;
using Hyperlaunch.Tests.Platform.Devices;
using Hyperlaunch.Tests.Platform.Interrupts;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Passthrough;

public sealed class RealLinesTests
{
    private const byte Vector = 0x51;
    private const uint LevelActiveLow = 1 << 15 | 1 << 13;

    private readonly FakeHardware _hardware = new();
    private readonly ApicBus _bus = new(new FakeClock(), new RecordingSignals(), FakeTaskPriority.Several(1));
    private readonly IoApic _io;
    private readonly RealLines _lines;

    public RealLinesTests()
    {
        _bus.Reset(1);
        _io = new IoApic(_bus);
        _bus[0].WriteMemory(0xF0, 4, 0x1FF);
        _lines = new RealLines(_hardware);
        _io.Ends = _lines;
    }

    [Fact]
    public void Each_line_gets_a_pin_of_its_own_once()
    {
        Assert.Equal(16, _lines.Use(11));
        Assert.Equal(17, _lines.Use(10));
        Assert.Equal(16, _lines.Use(11));
        Assert.Equal((1u << 10) | (1u << 11), _lines.Used);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(16)]
    [InlineData(255)]
    public void What_the_hypervisor_keeps_or_does_not_exist_gets_none(int line)
    {
        Assert.Equal(-1, _lines.Use(line));
        Assert.Equal(0u, _lines.Used);
    }

    [Fact]
    public void Only_lines_that_are_used_are_opened_as_levels()
    {
        _lines.Use(5);
        _lines.Use(11);

        _lines.Open(_io);

        Assert.Equal(0xFFFFu & ~(1u << 2 | 1u << 5 | 1u << 11), _hardware.Masked);
        Assert.Equal(1u << 5 | 1u << 11, _hardware.Level);
        Assert.True(_hardware.IsConnected);
        _lines.Close();
        Assert.Equal(0xFFFFu, _hardware.Masked);
        Assert.False(_hardware.IsConnected);
    }

    [Fact]
    public void A_line_that_fired_is_masked_until_the_domain_has_ended_it()
    {
        int pin = Open(11);
        Assert.False(_bus[0].HasDeliverableInterrupt(out _), "a pin that nobody asks at is high");

        Fire(11);

        Assert.Equal(0u, _hardware.InService);
        Assert.NotEqual(0u, _hardware.Masked & (1u << 11));
        Assert.True(_bus[0].HasDeliverableInterrupt(out byte vector));
        Assert.Equal(Vector, vector);
        _bus[0].Accept(vector);
        _bus[0].EndOfInterrupt();
        Assert.Equal(0u, _hardware.Masked & (1u << 11));
        Assert.False(_bus[0].HasDeliverableInterrupt(out _), "the device does not ask any more");

        Fire(11);
        Assert.True(_bus[0].HasDeliverableInterrupt(out _), "it asks again");
        Assert.Equal(16, pin);
    }

    [Fact]
    public void A_line_that_fires_before_the_domain_listens_waits()
    {
        _lines.Use(11);
        _lines.Open(_io);
        Fire(11);
        Fire(11);
        Assert.False(_bus[0].HasDeliverableInterrupt(out _));

        Program(16);

        Assert.True(_bus[0].HasDeliverableInterrupt(out byte vector));
        Assert.Equal(Vector, vector);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(15)]
    public void A_request_that_has_gone_is_nobodys(int line)
    {
        Open(line);
        _hardware.Fired = 1u << line;
        uint masked = _hardware.Masked;

        _lines.Raise(_hardware.TakeInterrupts());

        Assert.False(_bus[0].HasDeliverableInterrupt(out _));
        Assert.Equal(masked, _hardware.Masked);
        Fire(line);
        Assert.True(_bus[0].HasDeliverableInterrupt(out _));
    }

    [Fact]
    public void A_line_that_is_not_used_is_ended_and_passed_to_nobody()
    {
        Open(11);
        _hardware.InService = 1 << 5;

        _lines.Raise(1 << 5);

        Assert.Equal(0u, _hardware.InService);
        Assert.False(_bus[0].HasDeliverableInterrupt(out _));
    }

    [Fact]
    public void The_end_of_another_pin_opens_nothing()
    {
        Open(11);
        Fire(11);
        uint masked = _hardware.Masked;

        for (int pin = 0; pin < 24; pin++)
        {
            if (pin != 16)
            {
                _lines.OnEnded(pin);
            }
        }

        Assert.Equal(masked, _hardware.Masked);
    }

    private int Open(int line)
    {
        int pin = _lines.Use(line);
        _lines.Open(_io);
        Program(pin);
        return pin;
    }

    private void Fire(int line)
    {
        _hardware.Ask(line);
        _lines.Raise(_hardware.TakeInterrupts());
    }

    private void Program(int pin)
    {
        Write((uint)(0x11 + (2 * pin)), 0);
        Write((uint)(0x10 + (2 * pin)), Vector | LevelActiveLow);
    }

    private void Write(uint register, uint value)
    {
        _io.WriteMemory(0x00, 4, register);
        _io.WriteMemory(0x10, 4, value);
    }
}
