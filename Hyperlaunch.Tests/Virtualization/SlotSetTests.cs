using Hyperlaunch.Virtualization.Vmx;
using Xunit;

namespace Hyperlaunch.Tests.Virtualization;

public class SlotSetTests
{
    [Fact]
    public void The_first_of_a_set_is_its_lowest_bit()
    {
        for (int slot = 0; slot < 64; slot++)
        {
            Assert.Equal(slot, SlotSet.First(1UL << slot));
            Assert.Equal(slot, SlotSet.First(ulong.MaxValue << slot));
        }
    }
}
