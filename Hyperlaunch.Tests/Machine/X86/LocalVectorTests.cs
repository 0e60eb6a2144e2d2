using Hyperlaunch.Machine.X86;
using Xunit;

namespace Hyperlaunch.Tests.Machine.X86;

public sealed class LocalVectorTests
{
    [Theory]
    [InlineData(0x0000_00FAu, 0x0001_0000u, "a vector of firmware's is masked")]
    [InlineData(0x0001_00FAu, 0x0001_0000u, "masked already")]
    [InlineData(0x0000_0200u, 0x0000_0200u, "firmware's own mode")]
    [InlineData(0x0001_0200u, 0x0001_0200u, "firmware's own mode, masked by firmware")]
    [InlineData(0x0000_0400u, 0x0001_0000u, "an NMI")]
    public void An_entry_is_masked_unless_it_is_firmwares(uint before, uint after, string because)
        => Assert.True(after == LocalVector.MaskUnlessFirmwares(before), because);
}
