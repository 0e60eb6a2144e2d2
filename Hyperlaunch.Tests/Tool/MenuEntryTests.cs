using System;
using System.Linq;
using Hyperlaunch.Tool;
using Hyperlaunch.Tool.Configuration;
using Xunit;

namespace Hyperlaunch.Tests.Tool;

public sealed class MenuEntryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private MenuEntry Read(string text, string? name = null) => MenuEntry.Read(_folder.Write("grub.cfg", text), name, null);

    [Fact]
    public void The_first_entry_with_a_Multiboot_line_is_read()
    {
        MenuEntry entry = Read("""
            menuentry 'Linux' {
              linux /vmlinuz
            }
            menuentry "Hyperlaunch" {
              multiboot2 /h.elf a b
              module2 /m1
            }
            """);

        Assert.Equal("Hyperlaunch", entry.Name);
        Assert.Equal("a b", entry.CommandLine);
        Assert.Equal(5, entry.CommandLinePlace.Line);
        Assert.Single(entry.Modules);
    }

    [Fact]
    public void An_entry_is_found_by_its_title()
        => Assert.Equal("2", Read(
            "menuentry 'one' {\nmultiboot2 /h 1\n}\nmenuentry 'two' {\nmultiboot2 /h 2\n}\n", "two").CommandLine);

    [Fact]
    public void An_unknown_title_names_those_that_are_there()
    {
        ToolException exception = Assert.Throws<ToolException>(() => Read("menuentry 'one' {\nmultiboot2 /h 1\n}\n", "two"));

        Assert.Contains("\"one\"", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_menu_without_a_Multiboot_line_is_refused()
        => Assert.Throws<ToolException>(() => Read("menuentry 'Linux' {\nlinux /vmlinuz\n}\n"));

    [Theory]
    [InlineData("module2 /m", "")]
    [InlineData("module2 --nounzip /m a=b", "a=b")]
    [InlineData("module /m a  b", "a b")]
    [InlineData("module2 /m 'a b' c", "a b c")]
    [InlineData("module2 /m \"a'b\"", "a'b")]
    [InlineData("module2 /m a\\;b", "a;b")]
    [InlineData("module2 /m a # comment", "a")]
    [InlineData("module2 /m a#b", "a#b")]
    public void A_modules_string_is_what_follows_its_file(string line, string expected)
        => Assert.Equal(expected, Read($"menuentry 'x' {{\nmultiboot2 /h\n{line}\n}}\n").Modules.Single().Text);

    [Fact]
    public void A_module_is_found_beside_the_menu_and_a_tree_as_its_source()
    {
        string source = _folder.Write("a.dts", "/dts-v1/; / { };");
        string kernel = _folder.Write("vmlinuz", "x");

        MenuEntry entry = Read("menuentry 'x' {\nmultiboot2 /h\nmodule2 (hd0,gpt2)/boot/a.dtb\nmodule2 $root/boot/vmlinuz\n}\n");

        Assert.Equal([source, kernel], entry.Modules.Select(module => System.IO.Path.GetFullPath(module.Path)));
    }
}
