using Hyperlaunch.Machine.X86;
using Hyperlaunch.Tests.Hypervisor.Execution;
using Xunit;

namespace Hyperlaunch.Tests.Machine.X86;

public sealed class ProcessorFrequencyTests
{
    private const uint KvmName = 0x4B4D_564B;

    private readonly FakeModelRegisters _registers = new();

    [Theory]
    [InlineData(0x9Eu, 24_000UL, "a client")]
    [InlineData(0x55u, 25_000UL, "a server")]
    [InlineData(0x5Cu, 19_200UL, "an Atom")]
    public void A_ratio_without_a_crystal_is_nothing_exact_and_gives_both_rates_by_the_model(
        uint model, ulong crystal, string because)
    {
        FakeHostProcessor processor = Processors.Intel(model);
        processor.Set(0x15, 0, 2, 168, 0, 0);

        Assert.False(ProcessorFrequency.TryExact(processor, out _, out _));
        Assert.True(ProcessorFrequency.TryByModel(processor, out ulong timeStamp, out ulong timer), because);
        Assert.Equal((crystal * 84, crystal), (timeStamp, timer));
    }

    [Fact]
    public void The_crystal_and_its_ratio_give_both_rates()
    {
        FakeHostProcessor processor = Processors.Intel(0x97);
        processor.Set(0x15, 0, 2, 168, 38_400_000, 0);

        Assert.True(ProcessorFrequency.TryExact(processor, out ulong timeStamp, out ulong timer));
        Assert.Equal((38_400UL * 84, 38_400UL), (timeStamp, timer));
    }

    [Theory]
    [InlineData(0u, 168u, 0x9Eu)]
    [InlineData(2u, 0u, 0x9Eu)]
    [InlineData(2u, 168u, 0x97u)]
    public void A_leaf_that_leaves_something_out_that_no_model_tells_says_nothing(uint eax, uint ebx, uint model)
    {
        FakeHostProcessor processor = Processors.Intel(model);
        processor.Set(0x15, 0, eax, ebx, 0, 0);

        Assert.False(ProcessorFrequency.TryExact(processor, out _, out _));
        Assert.False(ProcessorFrequency.TryByModel(processor, out _, out _));
    }

    [Fact]
    public void The_hypervisor_below_is_believed_before_the_processor_it_shows()
    {
        FakeHostProcessor processor = Processors.Intel(0x9E, ecx: Processors.Hypervisor);
        processor.Set(0x15, 0, 2, 168, 24_000_000, 0);
        processor.Set(0x4000_0000, 0, 0x4000_0010, KvmName, 0, 0);
        processor.Set(0x4000_0010, 0, 2_400_000, 66_000, 0, 0);

        Assert.True(ProcessorFrequency.TryExact(processor, out ulong timeStamp, out ulong timer));
        Assert.Equal((2_400_000UL, 66_000UL), (timeStamp, timer));
    }

    [Theory]
    [InlineData(0x4000_0001u, KvmName, 2_400_000u)]
    [InlineData(0x4000_0010u, 0x1234u, 2_400_000u)]
    [InlineData(0x4000_0010u, KvmName, 0u)]
    public void A_hypervisor_that_does_not_tell_leaves_it_to_the_processor(uint lastLeaf, uint name, uint kilohertz)
    {
        FakeHostProcessor processor = Processors.Intel(0x9E, ecx: Processors.Hypervisor);
        processor.Set(0x15, 0, 2, 168, 24_000_000, 0);
        processor.Set(0x4000_0000, 0, lastLeaf, name, 0, 0);
        processor.Set(0x4000_0010, 0, kilohertz, 0, 0, 0);

        Assert.True(ProcessorFrequency.TryExact(processor, out ulong timeStamp, out _));
        Assert.Equal(2_016_000UL, timeStamp);
    }

    [Fact]
    public void What_looks_like_a_hypervisors_leaf_is_none_without_the_bit()
    {
        FakeHostProcessor processor = Processors.Intel(0x97);
        processor.Set(0x15, 0, 0, 0, 0, 0);
        processor.Set(0x4000_0000, 0, 0x4000_0010, KvmName, 0, 0);
        processor.Set(0x4000_0010, 0, 2_400_000, 66_000, 0, 0);

        Assert.False(ProcessorFrequency.TryExact(processor, out _, out _));
    }

    [Theory]
    [InlineData(0x10u, 0x0EUL, 3_000_000UL, "16 + 14 times 100 MHz")]
    [InlineData(0x15u, 0x50UL, 1_600_000UL, "divided by two")]
    [InlineData(0x17u, 0x0890UL, 3_600_000UL, "144 / 8 times 200 MHz")]
    [InlineData(0x19u, 0x0088UL, 0UL, "no divider")]
    [InlineData(0x1Au, 0x2D0UL, 3_600_000UL, "720 times 5 MHz")]
    [InlineData(0x14u, 0x0EUL, 0UL, "a family of another form")]
    public void AMDs_highest_state_tells_its_frequency_by_family(uint family, ulong state, ulong kilohertz, string because)
    {
        _registers[0xC001_0064] = state | (1UL << 63);

        Assert.True(kilohertz == ProcessorFrequency.Nominal(Processors.Amd(family), _registers), because);
    }

    [Fact]
    public void A_state_that_is_not_enabled_tells_nothing()
    {
        _registers[0xC001_0064] = 0x0890;

        Assert.Equal(0UL, ProcessorFrequency.Nominal(Processors.Amd(0x17), _registers));
        Assert.Equal(0UL, ProcessorFrequency.Nominal(Processors.Amd(0x17), new FakeModelRegisters()));
    }

    [Fact]
    public void Intels_base_frequency_is_nominal()
    {
        FakeHostProcessor processor = Processors.Intel(0x97);
        processor.Set(0x16, 0, 0xABCD_0000 | 2100, 4500, 100, 0);

        Assert.Equal(2_100_000UL, ProcessorFrequency.Nominal(processor, _registers));
        Assert.Equal(0UL, ProcessorFrequency.Nominal(Processors.Intel(0x3C, lastLeaf: 0xD), _registers));
        Assert.Equal(0UL, ProcessorFrequency.Nominal(Processors.Intel(0x97, ecx: Processors.Hypervisor), _registers));
    }
}
