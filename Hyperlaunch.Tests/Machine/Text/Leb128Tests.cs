using Hyperlaunch.Machine.Text;
using Xunit;

namespace Hyperlaunch.Tests.Machine.Text;

/// <summary>The examples of DWARF 4, appendix C, and the ends of the range.</summary>
public unsafe class Leb128Tests
{
    [Theory]
    [InlineData(new byte[] { 2 }, 2UL)]
    [InlineData(new byte[] { 127 }, 127UL)]
    [InlineData(new byte[] { 0x80, 1 }, 128UL)]
    [InlineData(new byte[] { 0xb9, 0x64 }, 12857UL)]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1 }, ulong.MaxValue)]
    public void Unsigned(byte[] bytes, ulong expected)
    {
        fixed (byte* start = bytes)
        {
            byte* cursor = start;

            Assert.Equal(expected, Leb128.ReadUnsigned(ref cursor));
            Assert.Equal(bytes.Length, cursor - start);
        }
    }

    [Theory]
    [InlineData(new byte[] { 2 }, 2L)]
    [InlineData(new byte[] { 0x7e }, -2L)]
    [InlineData(new byte[] { 0x78 }, -8L)]
    [InlineData(new byte[] { 0xff, 0 }, 127L)]
    [InlineData(new byte[] { 0x81, 0x7f }, -127L)]
    [InlineData(new byte[] { 0x80, 0x7f }, -128L)]
    public void Signed(byte[] bytes, long expected)
    {
        fixed (byte* start = bytes)
        {
            byte* cursor = start;

            Assert.Equal(expected, Leb128.ReadSigned(ref cursor));
            Assert.Equal(bytes.Length, cursor - start);
        }
    }
}
