using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using Hyperlaunch.Tests.Domains.Plan;
using Xunit;

namespace Hyperlaunch.Tests.Tool;

public sealed class LintCommandTests : IDisposable
{
    private const string Good = """
        /dts-v1/;

        / {
            chosen {
                hypervisor {
                    compatible = "hypervisor,xen";

                    a {
                        compatible = "xen,domain";
                        memory = <0x0 0x20000>;

                        kernel {
                            compatible = "module,kernel", "multiboot,module";
                            mb-index = <1>;
                        };
                    };
                };
            };
        };
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_good_configuration_exits_0()
    {
        ToolProcess.Result result = ToolProcess.Run(new Dictionary<string, string>(), "lint", _folder.Write("a.dts", Good));

        Assert.Equal(0, result.ExitCode);
        Assert.Equal("0 errors, 0 warnings, 0 notes\n", result.Output);
    }

    [Fact]
    public void An_error_exits_1_and_names_the_line_of_the_property()
    {
        string file = _folder.Write("a.dts", Good.Replace("mb-index = <1>", "mb-index = <0>", StringComparison.Ordinal));

        ToolProcess.Result result = ToolProcess.Run("lint", file);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"{file}:14:21: error (stops the domain): /chosen/hypervisor/a/kernel mb-index: found 0", result.Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_with_spaces_has_lines_too()
    {
        System.IO.Directory.CreateDirectory(_folder.Path("a b"));
        string file = _folder.Write("a b/c d.dts", Good.Replace("mb-index = <1>", "mb-index = <0>", StringComparison.Ordinal));

        Assert.Contains($"{file}:14:21: error", ToolProcess.Run("lint", file).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_property_is_placed_at_its_node()
    {
        string file = _folder.Write("a.dts", Good.Replace("memory = <0x0 0x20000>;", "", StringComparison.Ordinal));

        Assert.Contains($"{file}:8:", ToolProcess.Run("lint", file).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_warning_exits_1_only_when_strict()
    {
        string file = _folder.Write("a.dts", Good.Replace("memory =", "memry = <1>; memory =", StringComparison.Ordinal));

        Assert.Equal(0, ToolProcess.Run("lint", file).ExitCode);
        Assert.Equal(1, ToolProcess.Run("lint", file, "--strict").ExitCode);
    }

    [Fact]
    public void A_source_that_does_not_compile_is_an_error_at_its_line()
    {
        string file = _folder.Write("a.dts", Good.Replace("mb-index = <1>;", "mb-index = <1>", StringComparison.Ordinal));

        ToolProcess.Result result = ToolProcess.Run("lint", file);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"{file}:15:", result.Output, StringComparison.Ordinal);
        Assert.Contains("syntax error", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_blob_is_read_as_it_is()
    {
        string file = _folder.Write("a.dtb", DeviceTreeCompiler.Compile(Good));

        Assert.Equal(0, ToolProcess.Run("lint", file).ExitCode);
    }

    [Fact]
    public void Modules_are_looked_into()
    {
        string file = _folder.Write("a.dts", Good);
        string kernel = _folder.Write("kernel", FakeKernel.Make("text"));

        ToolProcess.Result result = ToolProcess.Run("lint", file, kernel + "=quiet", "--memory", "1G");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("[kernel-image]", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_that_is_too_small_is_an_error()
    {
        string file = _folder.Write("a.dts", Good);
        string kernel = _folder.Write("kernel", FakeKernel.Make("pvh"));

        Assert.Equal(0, ToolProcess.Run("lint", file, kernel, "--memory", "1G").ExitCode);
        Assert.Contains("[memory-does-not-fit]", ToolProcess.Run(
            "lint", file, kernel, "--memory", "128M").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_menu_entry_gives_modules_and_options()
    {
        _folder.Write("a.dts", Good);
        _folder.Write("vmlinuz", FakeKernel.Make("pvh"));
        string menu = _folder.Write("grub.cfg", """
            menuentry 'x' {
              multiboot2 /boot/hyperlaunch.elf measur
              module2 /boot/a.dtb
              module2 /boot/vmlinuz console=ttyS0
            }
            """);

        ToolProcess.Result result = ToolProcess.Run("lint", menu);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains($"{menu}:2:3: warning: command-line measur", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("0 errors, 1 warning, 0 notes\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_holds_the_plan_and_every_problem()
    {
        string file = _folder.Write("a.dts", Good.Replace("mb-index = <1>", "mb-index = <0>", StringComparison.Ordinal));

        using JsonDocument json = JsonDocument.Parse(ToolProcess.Run("lint", file, "--json").Output);

        Assert.Equal("2021", json.RootElement.GetProperty("dialect").GetString());
        Assert.Equal(131072, json.RootElement.GetProperty("domains")[0].GetProperty("memory-kib").GetInt32());
        JsonElement problem = json.RootElement.GetProperty("problems").EnumerateArray().First();
        Assert.Equal("module-index-zero", problem.GetProperty("rule").GetString());
        Assert.Equal(14, problem.GetProperty("line").GetInt32());
        Assert.Equal(2, json.RootElement.GetProperty("errors").GetInt32());
    }

    [Fact]
    public void Sarif_holds_a_result_with_its_place_for_each_problem()
    {
        string file = _folder.Write("a.dts", Good.Replace("mb-index = <1>", "mb-index = <0>", StringComparison.Ordinal));

        using JsonDocument json = JsonDocument.Parse(ToolProcess.Run("lint", file, "--sarif").Output);

        Assert.Equal("2.1.0", json.RootElement.GetProperty("version").GetString());
        JsonElement result = json.RootElement.GetProperty("runs")[0].GetProperty("results")[0];
        Assert.Equal("module-index-zero", result.GetProperty("ruleId").GetString());
        Assert.Equal("error", result.GetProperty("level").GetString());
        JsonElement place = result.GetProperty("locations")[0].GetProperty("physicalLocation");
        Assert.Equal(14, place.GetProperty("region").GetProperty("startLine").GetInt32());
    }

    [Theory]
    [InlineData("lint", "/nonexistent.dts")]
    [InlineData("lint")]
    [InlineData("lint", "x", "--memory", "big")]
    [InlineData("frobnicate")]
    [InlineData("new", "Classic: Dom7")]
    [InlineData("convert", "x.dts", "--to", "2019")]
    public void What_cannot_be_done_exits_2_with_a_sentence(params string[] arguments)
    {
        ToolProcess.Result result = ToolProcess.Run(arguments);

        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith("hyperlaunch: ", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_dtc_is_named_with_its_package()
    {
        string file = _folder.Write("a.dts", Good);
        string dotnet = System.IO.Path.GetDirectoryName(Environment.ProcessPath)!;

        ToolProcess.Result result = ToolProcess.Run(new Dictionary<string, string> { ["PATH"] = dotnet }, "lint", file);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("dtc is missing; install it with: apt-get install device-tree-compiler", result.Errors,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Output_to_a_pipe_has_no_colours()
    {
        string file = _folder.Write("a.dts", Good.Replace("mb-index = <1>", "mb-index = <0>", StringComparison.Ordinal));

        Assert.DoesNotContain('\x1b', ToolProcess.Run(new Dictionary<string, string>(), "lint", file).Output);
    }

    [Fact]
    public void Help_has_examples()
    {
        foreach (string command in (string[])["lint", "explain", "convert", "new", "iso", "run", "completion"])
        {
            Assert.Contains("Examples:", ToolProcess.Run(command, "--help").Output, StringComparison.Ordinal);
        }
    }
}
