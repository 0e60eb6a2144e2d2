using Hyperlaunch.Machine.X86;
using Hyperlaunch.Tests.Hypervisor.Execution;
using Xunit;

namespace Hyperlaunch.Tests.Machine.X86;

public sealed class PageAttributesTests
{
    private const ulong AfterPowerOn = 0x0007_0406_0007_0406;

    private readonly FakeModelRegisters _registers = new();

    [Fact]
    public void Only_the_first_write_through_entry_differs_from_the_table_after_power_on()
        => Assert.Equal(0x500UL, PageAttributes.Wanted ^ AfterPowerOn);

    [Theory]
    [InlineData(AfterPowerOn, true)]
    [InlineData(0x0606_0606_0606_0606UL, true)]
    [InlineData(PageAttributes.Wanted, false)]
    public void A_table_that_differs_is_replaced_and_the_caches_have_to_go(ulong before, bool hasChanged)
    {
        _registers[0x277] = before;

        Assert.Equal(hasChanged, PageAttributes.Enable(Processors.Amd(0x17), _registers));
        Assert.Equal(PageAttributes.Wanted, _registers[0x277]);
    }

    [Fact]
    public void A_processor_without_the_table_is_left_alone()
    {
        FakeHostProcessor processor = Processors.Amd(0x17);
        processor.Set(1, 0, 0, 0, 0, 0);
        _registers[0x277] = AfterPowerOn;

        Assert.False(PageAttributes.Enable(processor, _registers));
        Assert.Empty(_registers.Writes);
    }
}
