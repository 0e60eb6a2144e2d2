using System;
using System.IO;
using System.Linq;
using System.Reflection;
using Hyperlaunch.Dtb;
using Xunit;

namespace Hyperlaunch.Tests.Dtb;

public class ReadmeTests
{
    [Fact]
    public void The_example_does_what_the_readme_says()
    {
        byte[] blob = ReadmeExample.Write();

        Assert.Equal("domU1 has 2 cpus and a kernel at 0x8000000\n", ReadmeExample.Describe(blob));
        Assert.Equal("Offset 0x4: The total size in the header exceeds the buffer.", ReadmeExample.Describe(
            blob.AsSpan(0, blob.Length - 1)));
    }

    [Fact]
    public void The_readme_shows_the_example_that_is_compiled_here()
    {
        string[] source = Resource("ReadmeExample.cs").Split('\n');
        string example = string.Join('\n', source
            .SkipWhile(line => !line.Contains("README: begin", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => !line.Contains("README: end", StringComparison.Ordinal))
            .Select(line => line.StartsWith("    ", StringComparison.Ordinal) ? line[4..] : line));

        Assert.Contains($"```csharp\nusing System;\nusing System.Text;\nusing Hyperlaunch.Dtb;\n\n{example}\n```", Resource(
            "README.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_readme_tells_every_public_type()
    {
        string readme = Resource("README.md");

        Assert.All(
            typeof(DeviceTree).Assembly.GetExportedTypes().Where(type => !type.IsNested).Select(type => type.Name),
            name => Assert.Contains($"`{name}`", readme, StringComparison.Ordinal));
    }

    private static string Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
