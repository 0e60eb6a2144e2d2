using System;
using System.Collections.Generic;
using System.IO;
using Hyperlaunch.Tests.Domains.Plan;
using Xunit;

namespace Hyperlaunch.Tests.Tool;

public sealed class IsoCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _kernel;
    private readonly string _hypervisor;

    public IsoCommandTests()
    {
        _kernel = _folder.Write("vmlinuz", FakeKernel.Make("bzimage"));
        _hypervisor = _folder.Write("hyperlaunch.elf", FakeKernel.Make("elf"));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_missing_hypervisor_is_named_with_what_makes_it()
    {
        ToolProcess.Result result = ToolProcess.Run(
            "iso", _kernel, "-o", _folder.Path("x.iso"), "--hypervisor", "/nonexistent.elf");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("build/build.sh", result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("iso", "-o", "/tmp/never.iso", "grub-mkrescue is missing; install it with: apt-get install grub-common")]
    [InlineData("run", "--timeout", "1", "grub-mkrescue is missing")]
    public void A_missing_program_is_named_with_its_package(string command, string option, string value, string expected)
    {
        string dotnet = Path.GetDirectoryName(Environment.ProcessPath)!;

        ToolProcess.Result result = ToolProcess.Run(
            new Dictionary<string, string> { ["PATH"] = dotnet }, command, _kernel, option, value, "--hypervisor", _hypervisor);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(expected, result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_launched_is_refused()
    {
        string text = _folder.Write("text", FakeKernel.Make("text"));

        ToolProcess.Result result = ToolProcess.Run("iso", text, "-o", _folder.Path("x.iso"), "--hypervisor", _hypervisor);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("[kernel-image]", result.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.Path("x.iso")));
    }
}
