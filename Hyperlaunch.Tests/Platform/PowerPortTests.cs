using Hyperlaunch.Domains.Platform;
using Xunit;

namespace Hyperlaunch.Tests.Platform;

public sealed class PowerPortTests
{
    private readonly FakeClock _clock = new();
    private readonly RecordingPower _power = new();
    private readonly SystemControlPort _system;
    private readonly Pit8254 _timer;

    public PowerPortTests()
    {
        _timer = new Pit8254(_clock, new RecordingLines());
        _system = new SystemControlPort(_timer, _clock, _power);
    }

    [Fact]
    public void Port_b_gates_channel_2_and_shows_its_output()
    {
        _timer.WritePort(0x43, 1, 0xB0);
        _timer.WritePort(0x42, 1, 10);
        _timer.WritePort(0x42, 1, 0);
        _clock.Nanoseconds = 1_000_000;
        Assert.Equal(0u, _system.ReadPort(0x61, 1) & 0x23);

        _system.WritePort(0x61, 1, 0x01);
        Assert.Equal(0x01u, _system.ReadPort(0x61, 1) & 0x23);
        _clock.Nanoseconds += 10_000;
        Assert.Equal(0x21u, _system.ReadPort(0x61, 1) & 0x23);
    }

    [Fact]
    public void Port_b_keeps_its_four_bits_and_toggles_with_refresh()
    {
        _system.WritePort(0x61, 1, 0xFE);
        Assert.Equal(0x0Eu, _system.ReadPort(0x61, 1) & 0xCF);
        uint first = _system.ReadPort(0x61, 1) & 0x10;
        _clock.Nanoseconds += 15_085;
        Assert.NotEqual(first, _system.ReadPort(0x61, 1) & 0x10);
        _clock.Nanoseconds += 15_085;
        Assert.Equal(first, _system.ReadPort(0x61, 1) & 0x10);
    }

    [Fact]
    public void Port_a_resets_when_its_bit_rises()
    {
        Assert.Equal(0x02u, _system.ReadPort(0x92, 1));
        _system.WritePort(0x92, 1, 0x00);
        Assert.Equal(0x00u, _system.ReadPort(0x92, 1));
        Assert.Equal(0, _power.Restarts);
        _system.WritePort(0x92, 1, 0x03);
        Assert.Equal(1, _power.Restarts);
        _system.WritePort(0x92, 1, 0x03);
        Assert.Equal(1, _power.Restarts);
        _system.Reset();
        Assert.Equal(0x02u, _system.ReadPort(0x92, 1));
    }

    [Fact]
    public void Reset_closes_the_gate()
    {
        _system.WritePort(0x61, 1, 0x01);
        _system.Reset();

        Assert.Equal(0x00u, _system.ReadPort(0x61, 1) & 0x0F);
    }

    [Theory]
    [InlineData(0x64, 0xFE, 1)]
    [InlineData(0x64, 0xF0, 1)]
    [InlineData(0x64, 0xFF, 0)]
    [InlineData(0x64, 0xF1, 0)]
    [InlineData(0x64, 0xEE, 0)]
    [InlineData(0x64, 0xD1, 0)]
    [InlineData(0x60, 0xFE, 0)]
    public void The_keyboard_controller_only_pulses_reset(int port, uint value, int restarts)
    {
        KeyboardControllerReset keyboard = new(_power);
        keyboard.WritePort((ushort)port, 1, value);

        Assert.Equal(restarts, _power.Restarts);
    }

    [Fact]
    public void There_is_no_keyboard_but_a_command_is_always_taken()
    {
        KeyboardControllerReset keyboard = new(_power);

        Assert.Equal(0xFFu, keyboard.ReadPort(0x60, 1));
        Assert.Equal(0xFDu, keyboard.ReadPort(0x64, 1));
    }

    [Theory]
    [InlineData(0x06)]
    [InlineData(0x0E)]
    [InlineData(0x04)]
    public void Reset_control_resets_when_its_bit_rises(uint value)
    {
        ResetControl control = new(_power);
        control.WritePort(0xCF9, 1, value & 0xFB);
        Assert.Equal(value & 0xFB, control.ReadPort(0xCF9, 1));
        Assert.Equal(0, _power.Restarts);
        control.WritePort(0xCF9, 1, value);
        Assert.Equal(1, _power.Restarts);
        control.WritePort(0xCF9, 1, value);
        Assert.Equal(1, _power.Restarts);
        control.Reset();
        Assert.Equal(0u, control.ReadPort(0xCF9, 1));
    }

    [Fact]
    public void Pci_configuration_accesses_find_no_pci_and_do_not_reset()
    {
        PortMap ports = new(1);
        Assert.True(ports.TryAdd(PlatformLayout.PciConfigurationPort, ResetControl.PortCount, 4, new ResetControl(_power)));

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
