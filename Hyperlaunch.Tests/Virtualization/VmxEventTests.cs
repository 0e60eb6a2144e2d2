using Hyperlaunch.Virtualization.Vmx;
using Xunit;

namespace Hyperlaunch.Tests.Virtualization;

// Intel SDM volume 3, 25.8.3: vector in 7:0, type in 10:8, error code in 11, valid in 31.
public class VmxEventTests
{
    [Fact]
    public void Has_the_manuals_layout()
    {
        Assert.Equal(0x8000_0040u, VmxEvent.Interrupt(0x40));
        Assert.Equal(0x8000_0202u, VmxEvent.Nmi());
        Assert.Equal(0x8000_0B0Du, VmxEvent.Exception(13, true));
        Assert.Equal(0x8000_0306u, VmxEvent.Exception(6, false));
    }

    [Theory]
    [InlineData(0x8000_0040u, false)]
    [InlineData(0x8000_0202u, false)]
    [InlineData(0x8000_0B0Eu, false)]
    [InlineData(0x8000_0480u, true)]
    [InlineData(0x8000_0501u, true)]
    [InlineData(0x8000_0603u, true)]
    public void What_an_instruction_raised_comes_by_itself(uint vectoring, bool expected)
        => Assert.Equal(expected, VmxEvent.IsRaisedByInstruction(vectoring));

    [Fact]
    public void What_only_an_exit_says_is_not_delivered()
        => Assert.Equal(0x8000_0B0Eu, VmxEvent.ForDelivery(0x8000_0B0Eu | VmxEvent.NmiUnblocked | (1u << 20)));

    [Fact]
    public void Slots_fit_into_one_word() => Assert.True((int)VmcsSlot.Count <= 63);

    [Theory]
    [InlineData(5, "VMRESUME")]
    [InlineData(7, "control fields")]
    [InlineData(8, "host-state")]
    [InlineData(26, "MOV SS")]
    [InlineData(14, "does not list")]
    [InlineData(1000, "does not list")]
    public void Errors_are_sentences(ulong number, string part)
    {
        string sentence = VmxInstructionError.Describe(number);
        Assert.Contains(part, sentence, System.StringComparison.Ordinal);
        Assert.EndsWith(".", sentence, System.StringComparison.Ordinal);
    }
}
