using Hyperlaunch.Virtualization.Guests;
using Xunit;

namespace Hyperlaunch.Tests.Virtualization;

// AMD APM volume 2, table 8-3.
public class ExceptionCombinationTests
{
    [Theory]
    [InlineData(13, 13, "DoubleFault")]
    [InlineData(0, 11, "DoubleFault")]
    [InlineData(13, 14, "Second")]
    [InlineData(14, 13, "DoubleFault")]
    [InlineData(14, 14, "DoubleFault")]
    [InlineData(1, 13, "Second")]
    [InlineData(13, 1, "Second")]
    [InlineData(6, 14, "Second")]
    [InlineData(8, 13, "Shutdown")]
    [InlineData(8, 14, "Shutdown")]
    [InlineData(8, 1, "Second")]
    [InlineData(14, 17, "Second")]
    public void Follows_the_table(byte first, byte second, string expected)
        => Assert.Equal(expected, ExceptionCombination.Of(first, second).ToString());
}
