using System;
using System.IO;
using System.Linq;
using Hyperlaunch.Domains.Plan;
using Xunit;

namespace Hyperlaunch.Tests.Tool;

public sealed class NewCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_a_name_the_ten_are_listed()
        => Assert.Equal(NamedConfiguration.All.Select(named => named.Name), ToolProcess.Run("new").Output.TrimEnd().Split('\n'));

    [Fact]
    public void What_it_writes_lints_clean()
    {
        ToolProcess.Result made = ToolProcess.Run(
            "new", "static: standard", "--memory", "64M", "--guests", "3", "-o", _folder.Path("x"));

        Assert.Equal(0, made.ExitCode);
        Assert.Equal("0 errors, 0 warnings, 0 notes\n", ToolProcess.Run("lint", _folder.Path("x/static-standard.dts")).Output);
    }

    [Fact]
    public void Nothing_is_overwritten()
    {
        ToolProcess.Run("new", "Classic: Dom0", "-o", _folder.Path("x"));
        File.WriteAllText(_folder.Path("x/classic-dom0.dts"), "mine");

        ToolProcess.Result result = ToolProcess.Run("new", "Classic: Dom0", "-o", _folder.Path("x"));

        Assert.Equal(2, result.ExitCode);
        Assert.Equal("mine", File.ReadAllText(_folder.Path("x/classic-dom0.dts")));
    }

    [Fact]
    public void Guests_where_there_can_be_none_are_refused()
        => Assert.Equal(2, ToolProcess.Run("new", "Classic: Dom0", "--guests", "1", "-o", _folder.Path("x")).ExitCode);

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public void Completion_scripts_ask_the_command(string shell)
        => Assert.Contains("[suggest:", ToolProcess.Run("completion", shell).Output, StringComparison.Ordinal);

    [Fact]
    public void Completion_knows_the_commands()
        => Assert.Contains("lint", ToolProcess.Run("[suggest:12]", "hyperlaunch ").Output, StringComparison.Ordinal);
}
