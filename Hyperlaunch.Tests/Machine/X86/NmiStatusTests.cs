using Hyperlaunch.Machine.X86;
using Xunit;

namespace Hyperlaunch.Tests.Machine.X86;

public sealed class NmiStatusTests
{
    [Theory]
    [InlineData(0x30, NmiSource.Unknown, 0x00, "nobody asks")]
    [InlineData(0xB1, NmiSource.SystemError, 0x05, "SERR: switched off, the timer's gate stays")]
    [InlineData(0x43, NmiSource.ChannelCheck, 0x0B, "IOCHK: switched off, timer and speaker stay")]
    [InlineData(0xC0, NmiSource.SystemError | NmiSource.ChannelCheck, 0x0C, "both")]
    [InlineData(0x44, NmiSource.ChannelCheck, 0x0C, "IOCHK, SERR off before: it stays off")]
    public void Who_asks_is_told_and_silenced(int port, NmiSource source, int written, string because)
    {
        Assert.Equal(source, NmiStatus.SourceOf((byte)port));
        Assert.True(written == NmiStatus.Silence((byte)port, source), because);
    }
}
