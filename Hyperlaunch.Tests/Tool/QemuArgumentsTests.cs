using System.Collections.Generic;
using System.IO;
using System.Linq;
using Hyperlaunch.Tests.Kernel;
using Hyperlaunch.Tool.Writing;
using Xunit;

namespace Hyperlaunch.Tests.Tool;

/// <summary>What QEMU is told by the command, the tests and the scripts alike.</summary>
public class QemuArgumentsTests
{
    [Fact]
    public void The_machine_is_the_one_that_the_scripts_read()
    {
        IEnumerable<string> lines = File.ReadLines(Path.Combine(RepositoryFiles.Root, "build/qemu.args"));
        Assert.Equal(lines.Where(line => !line.StartsWith('#')).SelectMany(line => line.Split(' ')), QemuArguments.Machine);
        Assert.Contains("-nodefaults", QemuArguments.Machine);
    }

    [Fact]
    public void The_machine_is_told_nowhere_else()
    {
        string[] folders = ["build", "Hyperlaunch.Tool", "Hyperlaunch.Tests"];
        IEnumerable<string> tellers = folders
            .SelectMany(folder => Directory.EnumerateFiles(
                Path.Combine(RepositoryFiles.Root, folder), "*", SearchOption.AllDirectories))
            .Where(file => file.EndsWith(".cs", System.StringComparison.Ordinal)
                || file.EndsWith(".sh", System.StringComparison.Ordinal))
            .Where(file => Path.GetFileName(file) != "QemuArgumentsTests.cs"
                && File.ReadAllText(file).Contains("\"-nodefaults\""));
        Assert.Empty(tellers);
    }

    [Theory]
    [InlineData("a file alone", "initrd", "", "initrd")]
    [InlineData("a string behind a blank", "vmlinuz", "console=ttyS0 quiet", "vmlinuz console=ttyS0 quiet")]
    [InlineData("commas in both doubled", "a,b", "earlyprintk=serial,ttyS0", "a,,b earlyprintk=serial,,ttyS0")]
    public void Writes_a_boot_module(string what, string file, string text, string expected)
    {
        Assert.NotEmpty(what);
        Assert.Equal(expected, QemuArguments.Module(file, text));
    }
}
