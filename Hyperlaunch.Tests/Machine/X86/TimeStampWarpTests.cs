using Hyperlaunch.Machine.X86;
using Hyperlaunch.Tests.Hypervisor.Execution;
using Xunit;

namespace Hyperlaunch.Tests.Machine.X86;

public sealed class TimeStampWarpTests
{
    private const ulong Kilohertz = 2_000_000;
    private const uint Adjust = 0x3B;

    [Theory]
    [InlineData(0UL, TimeStampAgreement.Same)]
    [InlineData(1UL, TimeStampAgreement.Close)]
    [InlineData(2_000UL, TimeStampAgreement.Close)]
    [InlineData(2_001UL, TimeStampAgreement.Apart)]
    [InlineData(1UL << 40, TimeStampAgreement.Apart)]
    public void Time_that_goes_back_says_how_far_counters_are_apart(ulong behind, TimeStampAgreement agreement)
    {
        const ulong Start = 1UL << 41;
        TimeStampWarp warp = new();
        for (ulong i = 0; i < 10; i++)
        {
            warp.Note(Start + (i * 10), Start + (i * 10) - behind);
        }

        Assert.Equal(agreement, warp.Judge(Kilohertz));
    }

    [Fact]
    public void The_largest_step_back_counts()
    {
        TimeStampWarp warp = new();
        warp.Note(0, 100);
        warp.Note(100, 90);
        warp.Note(95, 60);
        warp.Note(60, 200);
        warp.Note(200, 199);

        Assert.Equal(35UL, warp.Largest);
    }

    [Theory]
    [InlineData(0x8000_0007u, 1u << 8, 0u, true)]
    [InlineData(0x8000_0007u, 0u, 0u, false)]
    [InlineData(0x8000_0006u, 1u << 8, 0u, false)]
    [InlineData(0x8000_0007u, 0u, Processors.Hypervisor, true)]
    public void A_counter_is_invariant_where_the_processor_or_a_hypervisor_says_so(
        uint lastLeaf, uint edx, uint ecx, bool isInvariant)
    {
        FakeHostProcessor processor = Processors.Amd(0x17, ecx);
        processor.Set(0x8000_0000, 0, lastLeaf, 0, 0, 0);
        processor.Set(0x8000_0007, 0, 0, 0, 0, edx);

        Assert.Equal(isInvariant, TimeStampCounter.IsInvariant(processor));
    }

    [Fact]
    public void An_adjustment_that_differs_from_the_boot_CPUs_is_replaced_by_it()
    {
        FakeModelRegisters registers = new() { [Adjust] = 500 };

        Assert.True(TimeStampCounter.Align(Processors.Intel(0x55), registers, 20));
        Assert.Equal(20UL, registers[Adjust]);
        Assert.False(TimeStampCounter.Align(Processors.Intel(0x55), registers, 20));
        Assert.Equal(20UL, TimeStampCounter.ReadAdjustment(Processors.Intel(0x55), registers));
    }

    [Fact]
    public void Where_there_is_no_adjustment_none_is_made()
    {
        FakeHostProcessor processor = Processors.Intel(0x55);
        processor.Set(7, 0, 0, 0, 0, 0);
        FakeModelRegisters registers = new() { [Adjust] = 500 };

        Assert.False(TimeStampCounter.Align(processor, registers, 20));
        Assert.Equal(0UL, TimeStampCounter.ReadAdjustment(processor, registers));
    }
}
