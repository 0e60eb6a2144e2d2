using Hyperlaunch.Machine.X86;
using Xunit;

namespace Hyperlaunch.Tests.Machine.X86;

public sealed class IdleControlTests
{
    private const uint InterruptPending = 0xC001_0055;

    private readonly FakeModelRegisters _registers = new();

    public IdleControlTests() => _registers[InterruptPending] = 0x1800_00FF;

    [Theory]
    [InlineData(0x0Fu)]
    [InlineData(0x10u)]
    [InlineData(0x11u)]
    public void The_state_in_which_the_timer_stops_is_switched_off_where_it_exists(uint family)
    {
        Assert.True(IdleControl.DisableEnhancedHalt(new ProcessorModel(Processors.Amd(family)), _registers));
        Assert.Equal(0xFFUL, _registers[InterruptPending]);
    }

    [Theory]
    [InlineData(0x12u, 0u)]
    [InlineData(0x19u, 0u)]
    [InlineData(0x10u, Processors.Hypervisor)]
    public void Later_processors_and_virtual_ones_are_left_alone(uint family, uint ecx)
    {
        Assert.False(IdleControl.DisableEnhancedHalt(new ProcessorModel(Processors.Amd(family, ecx)), _registers));
        Assert.Empty(_registers.Writes);
    }

    [Fact]
    public void Where_it_is_off_nothing_is_written()
    {
        _registers[InterruptPending] = 0xFF;

        Assert.False(IdleControl.DisableEnhancedHalt(new ProcessorModel(Processors.Amd(0x10)), _registers));
        Assert.Empty(_registers.Writes);
    }
}
