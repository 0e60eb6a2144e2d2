using Hyperlaunch.Machine.X86;
using Xunit;

namespace Hyperlaunch.Tests.Machine.X86;

public sealed class DeadlineTimerTests
{
    [Theory]
    [InlineData(0x3Cu, 3u, 0x21u, false, "Haswell before its fix")]
    [InlineData(0x3Cu, 3u, 0x22u, true, "Haswell with its fix")]
    [InlineData(0x3Fu, 2u, 0x39u, false, "Haswell server, by stepping")]
    [InlineData(0x3Fu, 4u, 0x39u, true, "Haswell server, another stepping, with its fix")]
    [InlineData(0x3Fu, 1u, 0x01u, true, "a stepping without the error")]
    [InlineData(0x9Eu, 9u, 0x51u, false, "Kaby Lake before its fix")]
    [InlineData(0x97u, 2u, 0x01u, true, "a model without the error")]
    public void The_timer_is_used_where_the_microcode_is_right(
        uint model, uint stepping, uint microcode, bool isUsable, string because)
    {
        FakeModelRegisters registers = new() { [0x8B] = (ulong)microcode << 32 };
        MicrocodeRegisters filled = new(registers, microcode);

        Assert.True(isUsable == DeadlineTimer.IsUsable(Processors.Intel(model, stepping), filled), because);
    }

    [Fact]
    public void A_processor_without_the_timer_counts_down()
        => Assert.False(DeadlineTimer.IsUsable(Processors.Intel(0x97, ecx: 0), new FakeModelRegisters()));

    [Fact]
    public void What_a_hypervisor_shows_is_believed()
        => Assert.True(DeadlineTimer.IsUsable(
            Processors.Intel(0x3C, ecx: Processors.Deadline | Processors.Hypervisor), new FakeModelRegisters()));

    // CPUID fills the register that was written as 0.
    private sealed class MicrocodeRegisters(FakeModelRegisters inner, uint microcode) : IModelRegisters
    {
        public bool TryRead(uint register, out ulong value)
        {
            bool isZeroed = inner.TryRead(register, out value) && value == 0;
            value = isZeroed ? (ulong)microcode << 32 : 0;
            return isZeroed;
        }

        public bool TryWrite(uint register, ulong value) => inner.TryWrite(register, value);
    }
}
