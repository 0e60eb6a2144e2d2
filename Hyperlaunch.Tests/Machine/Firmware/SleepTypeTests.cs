using System;
using System.Text;
using Hyperlaunch.Machine.Firmware;
using Xunit;

namespace Hyperlaunch.Tests.Machine.Firmware;

public class SleepTypeTests
{
    [Theory]
    [InlineData("08 _S5_ 12 06 04 0A 05 0A 06 00 00", 5, 6, "bytes")]
    [InlineData("08 5C _S5_ 12 06 04 01 00 00 00", 1, 0, "with the root's prefix, constants one and zero")]
    [InlineData("08 _S5_ 12 47 00 02 0B 07 00 0C 05 00 00 00", 7, 5, "a long length, a word and a double word")]
    [InlineData("08 _S5_ 12 03 01 0A 03", 3, 0, "one element")]
    [InlineData("_S5_ 00 08 _S5_ 12 06 02 0A 02 0A 02", 2, 2, "the first name is only a reference")]
    [InlineData("08 _S5_ 11 00 08 _S5_ 12 06 02 0A 04 0A 04", 4, 4, "the first is no package")]
    [InlineData("08 _S5_ 12 06 02 0A FF 0A 00", 7, 0, "a value is three bits")]
    public void Reads(string code, int a, int b, string because)
    {
        SleepType? type = SleepType.FindSoftOff(Parse(code));
        Assert.True(type is not null, because);
        Assert.Equal(a, type.A);
        Assert.Equal(b, type.B);
    }

    [Theory]
    [InlineData("", "nothing")]
    [InlineData("08 _S4_ 12 06 04 0A 05 0A 06", "another state")]
    [InlineData("08 _S5_", "ends after the name")]
    [InlineData("08 _S5_ 12", "ends after the operator")]
    [InlineData("08 _S5_ 12 06", "ends after the length")]
    [InlineData("08 _S5_ 12 C6 00 00", "ends inside the length")]
    [InlineData("08 _S5_ 12 06 00", "no element")]
    [InlineData("08 _S5_ 12 06 02 0A", "ends inside an element")]
    [InlineData("08 _S5_ 12 06 02 0A 05", "ends before the second element")]
    [InlineData("08 _S5_ 12 06 02 0C 05 00 00", "ends inside a double word")]
    [InlineData("08 _S5_ 12 06 02 _S0_", "an element that is a name")]
    [InlineData("_S5_ 12 06 04 0A 05 0A 06", "no definition")]
    public void Rejects(string code, string because)
        => Assert.True(SleepType.FindSoftOff(Parse(code)) is null, because);

    private static byte[] Parse(string code)
    {
        string[] words = code.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        using System.IO.MemoryStream bytes = new();
        foreach (string word in words)
        {
            bytes.Write(word.Length == 4 ? Encoding.ASCII.GetBytes(word) : Convert.FromHexString(word));
        }

        return bytes.ToArray();
    }
}
