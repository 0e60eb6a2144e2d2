using Hyperlaunch.Platform.Board;
using Hyperlaunch.Platform.Devices;
using Hyperlaunch.Platform.Power;
using Hyperlaunch.Platform.Timers;
using Xunit;

namespace Hyperlaunch.Tests.Platform.Power;

public sealed class PowerPortTests
{
    private readonly FakeClock _clock = new();
    private readonly RecordingPower _power = new();
    private readonly SystemControlPort _system;
    private readonly Pit8254 _timer;

    public PowerPortTests()
    {
        _timer = new Pit8254(_clock);
        _system = new SystemControlPort(_timer, _clock, _power);
    }

    [Fact]
    public void Port_b_gates_channel_2_and_shows_its_output()
    {
        _timer.WritePort(3, 1, 0xB0);
        _timer.WritePort(2, 1, 10);
        _timer.WritePort(2, 1, 0);
        _clock.Nanoseconds = 1_000_000;
        Assert.Equal(0u, _system.ReadPort(SystemControlPort.OffsetB, 1) & 0x23);

        _system.WritePort(SystemControlPort.OffsetB, 1, 0x01);
        Assert.Equal(0x01u, _system.ReadPort(SystemControlPort.OffsetB, 1) & 0x23);
        _clock.Nanoseconds += 10_000;
        Assert.Equal(0x21u, _system.ReadPort(SystemControlPort.OffsetB, 1) & 0x23);
    }

    [Fact]
    public void Port_b_keeps_its_four_bits_and_toggles_with_refresh()
    {
        _system.WritePort(SystemControlPort.OffsetB, 1, 0xFE);
        Assert.Equal(0x0Eu, _system.ReadPort(SystemControlPort.OffsetB, 1) & 0xCF);
        uint first = _system.ReadPort(SystemControlPort.OffsetB, 1) & 0x10;
        _clock.Nanoseconds += 15_085;
        Assert.NotEqual(first, _system.ReadPort(SystemControlPort.OffsetB, 1) & 0x10);
        _clock.Nanoseconds += 15_085;
        Assert.Equal(first, _system.ReadPort(SystemControlPort.OffsetB, 1) & 0x10);
    }

    [Fact]
    public void Port_a_resets_when_its_bit_rises()
    {
        Assert.Equal(0x02u, _system.ReadPort(SystemControlPort.OffsetA, 1));
        _system.WritePort(SystemControlPort.OffsetA, 1, 0x00);
        Assert.Equal(0x00u, _system.ReadPort(SystemControlPort.OffsetA, 1));
        Assert.Equal(0, _power.Restarts);
        _system.WritePort(SystemControlPort.OffsetA, 1, 0x03);
        Assert.Equal(1, _power.Restarts);
        _system.WritePort(SystemControlPort.OffsetA, 1, 0x03);
        Assert.Equal(1, _power.Restarts);
        _system.Reset();
        Assert.Equal(0x02u, _system.ReadPort(SystemControlPort.OffsetA, 1));
    }

    [Fact]
    public void Reset_closes_the_gate()
    {
        _system.WritePort(SystemControlPort.OffsetB, 1, 0x01);
        _system.Reset();

        Assert.Equal(0x00u, _system.ReadPort(SystemControlPort.OffsetB, 1) & 0x0F);
    }

    [Theory]
    [InlineData(KeyboardControllerReset.CommandOffset, 0xFE, 1)]
    [InlineData(KeyboardControllerReset.CommandOffset, 0xF0, 1)]
    [InlineData(KeyboardControllerReset.CommandOffset, 0xFF, 0)]
    [InlineData(KeyboardControllerReset.CommandOffset, 0xF1, 0)]
    [InlineData(KeyboardControllerReset.CommandOffset, 0xEE, 0)]
    [InlineData(KeyboardControllerReset.CommandOffset, 0xD1, 0)]
    [InlineData(KeyboardControllerReset.DataOffset, 0xFE, 0)]
    public void The_keyboard_controller_only_pulses_reset(int offset, uint value, int restarts)
    {
        KeyboardControllerReset keyboard = new(_power);
        keyboard.WritePort(offset, 1, value);

        Assert.Equal(restarts, _power.Restarts);
    }

    [Fact]
    public void There_is_no_keyboard_but_a_command_is_always_taken()
    {
        KeyboardControllerReset keyboard = new(_power);

        Assert.Equal(0xFFu, keyboard.ReadPort(KeyboardControllerReset.DataOffset, 1));
        Assert.Equal(0xFDu, keyboard.ReadPort(KeyboardControllerReset.CommandOffset, 1));
    }

    [Theory]
    [InlineData(0x06)]
    [InlineData(0x0E)]
    [InlineData(0x04)]
    public void Reset_control_resets_when_its_bit_rises(uint value)
    {
        ResetControl control = new(_power);
        control.WritePort(1, 1, value & 0xFB);
        Assert.Equal(value & 0xFB, control.ReadPort(1, 1));
        Assert.Equal(0, _power.Restarts);
        control.WritePort(1, 1, value);
        Assert.Equal(1, _power.Restarts);
        control.WritePort(1, 1, value);
        Assert.Equal(1, _power.Restarts);
        control.Reset();
        Assert.Equal(0u, control.ReadPort(1, 1));
    }

    [Fact]
    public void Pci_configuration_accesses_find_no_pci_and_do_not_reset()
    {
        PortMap ports = new();
        ports.Add(new ResetControl(_power), PlatformPorts.Configuration[0]);

        ports.Write(0xCF8, 4, 0x8000_0604);
        ports.Write(0xCF8, 2, 0x0604);
        ports.Write(0xCFB, 1, 0x01);
        Assert.Equal(uint.MaxValue, ports.Read(0xCF8, 4));
        Assert.Equal(uint.MaxValue, ports.Read(0xCFC, 4));
        Assert.Equal(0, _power.Restarts);
        ports.Write(0xCF9, 1, 0x06);
        Assert.Equal(1, _power.Restarts);
    }
}
