using System.Text;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Text;
using Hyperlaunch.Modules.Boot;
using Xunit;

namespace Hyperlaunch.Tests.Domains.Construction;

public sealed class ModuleListTextTests
{
    [Fact]
    public void Is_a_line_a_module()
    {
        Assert.Equal(
            "0 lcm 0x200000 1234\n1 kernel 0x100000000 14186432 console=ttyS0 quiet\n7 unused 0x0 0\n",
            Write(
                Module(0, 0x20_0000, 1234, "", ModuleKind.LaunchControlModule),
                Module(1, 0x1_0000_0000, 14186432, "console=ttyS0 quiet", ModuleKind.Kernel),
                Module(7, 0, 0, "")));
    }

    [Theory]
    [InlineData("a\nb\r9 kernel\0", "a?b?9 kernel?")]
    [InlineData("\t\u001B[2J\u007F\u0085", "??[2J??")]
    [InlineData(" leading", " leading")]
    [InlineData("gr\u00FC\u00DF\u20AC", "gr\u00FC\u00DF?")]
    public void Replaces_what_would_end_a_line_or_drive_a_terminal(string words, string shown)
    {
        Assert.Equal($"1 unused 0x1000 1 {shown}\n", Write(Module(1, 0x1000, 1, words)));
    }

    [Fact]
    public void Shows_the_largest_numbers()
    {
        Assert.Equal(
            "2147483647 config 0xfffffffffffffffe 1\n",
            Write(Module(int.MaxValue, ulong.MaxValue - 1, 1, "", ModuleKind.Configuration)));
    }

    [Fact]
    public void Without_modules_is_empty()
    {
        Assert.Equal("", Write());
    }

    private static (BootModule Module, ModuleKind Kind) Module(
        int index, ulong address, ulong size, string words, ModuleKind kind = ModuleKind.Unknown)
        => (new(index, MemoryRange.FromLength(address, size), words), kind);

    private static string Write(params (BootModule Module, ModuleKind Kind)[] modules)
    {
        StringBuilder text = new();
        foreach ((BootModule module, ModuleKind kind) in modules)
        {
            ModuleListText.Append(text, module, kind);
        }

        return Encoding.Latin1.GetString(Latin1.ToBytes(text.ToString()));
    }
}
