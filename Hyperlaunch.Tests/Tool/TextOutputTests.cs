using System.IO;
using Hyperlaunch.Tool.Reporting;
using Xunit;

namespace Hyperlaunch.Tests.Tool;

public sealed class TextOutputTests
{
    [Fact]
    public void A_pipe_gets_the_text_and_nothing_else()
    {
        StringWriter writer = new();

        new TextOutput(writer, isRedirected: true).WriteLine("wrong", Tint.Error);

        Assert.Equal("wrong\n", writer.ToString());
    }

    [Fact]
    public void Text_is_never_broken_into_lines()
    {
        StringWriter writer = new();
        string text = new('x', 500);

        new TextOutput(writer, isRedirected: false).Write(text, Tint.Error);

        Assert.Contains(text, writer.ToString());
    }
}
