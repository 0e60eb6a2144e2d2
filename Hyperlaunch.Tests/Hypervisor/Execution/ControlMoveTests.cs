using System;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Execution;

public sealed class ControlMoveTests
{
    [Theory]
    [InlineData("to CR4", "0F22E0", false, GuestRegister.Rax, 3)]
    [InlineData("from CR4", "0F20E3", false, GuestRegister.Rbx, 3)]
    [InlineData("to CR8", "440F22C1", true, GuestRegister.Rcx, 4)]
    [InlineData("from an upper register", "450F22C7", true, GuestRegister.R15, 4)]
    [InlineData("to CR8 by LOCK", "F00F22C2", false, GuestRegister.Rdx, 4)]
    [InlineData("prefixes before", "6667F22E4F0F22E6", true, GuestRegister.R14, 8)]
    [InlineData("bytes behind", "0F22E090909090", false, GuestRegister.Rax, 3)]
    [InlineData("fifteen bytes", "6666666666666666666666660F22E0", false, GuestRegister.Rax, 15)]
    public void Finds_register_and_length(string what, string code, bool is64Bit, GuestRegister register, int length)
    {
        Assert.NotEmpty(what);
        Assert.True(ControlMove.TryDecode(Convert.FromHexString(code), is64Bit, out GuestRegister found, out int bytes));
        Assert.Equal((register, length), (found, bytes));
    }

    [Theory]
    [InlineData("nothing", "", true)]
    [InlineData("cut short", "0F22", true)]
    [InlineData("only prefixes", "66666666", true)]
    [InlineData("a debug register", "0F23E0", true)]
    [InlineData("INC in 32-bit code", "440F22C1", false)]
    [InlineData("a prefix behind REX", "44660F22C1", true)]
    [InlineData("sixteen bytes", "666666666666666666666666660F22E0", false)]
    public void Refuses_what_is_none(string what, string code, bool is64Bit)
    {
        Assert.NotEmpty(what);
        Assert.False(ControlMove.TryDecode(Convert.FromHexString(code), is64Bit, out _, out _));
    }

    [Fact]
    public void Stays_within_any_bytes()
    {
        Random random = new(1);
        byte[] code = new byte[ControlMove.MaximumLength];
        for (int i = 0; i < 100_000; i++)
        {
            random.NextBytes(code);
            Span<byte> some = code.AsSpan(0, random.Next(code.Length + 1));
            if (ControlMove.TryDecode(some, (i & 1) != 0, out _, out int length))
            {
                Assert.InRange(length, 3, some.Length);
            }
        }
    }
}
