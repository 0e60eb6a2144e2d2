using System;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Hypervisor.Xen;
using Hyperlaunch.Machine.X86;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Xen;

public sealed class XenEntryTests
{
    private const uint VersionCall = 17, MemoryCall = 12;

    [Theory]
    [InlineData(0u, 0u, 0x4000_0105u, 0x566E_6558u, 0x6558_4D4Du, 0x4D4D_566Eu)]
    [InlineData(1u, 0u, 0x0004_0011u, 0u, 0u, 0u)]
    [InlineData(2u, 0u, 1u, 0x4000_0000u, 0u, 0u)]
    [InlineData(3u, 0u, 2u, 0u, 2_000_000u, 0u)]
    [InlineData(3u, 2u, 2_000_000u, 0u, 0u, 0u)]
    [InlineData(4u, 0u, 0x18u, 1u, 7u, 0u)]
    [InlineData(5u, 0u, 0u, 0u, 0u, 0u)]
    public void Its_leaves_are_at_the_base_that_Linux_prefers(uint leaf, uint subleaf, uint eax, uint ebx, uint ecx, uint edx)
    {
        using XenMachine xen = new(2);
        Assert.True(xen.Test.Machine.Interfaces.TryCpuid(
            xen.Test.Machine.Cpu(1), 0x4000_0100 + leaf, subleaf, out CpuidResult result));
        Assert.Equal((eax, ebx, ecx, edx), (result.Eax, result.Ebx, result.Ecx, result.Edx));
    }

    [Fact]
    public void The_KVM_clock_stays_beside_it()
    {
        using XenMachine xen = new();
        Assert.True(xen.Test.Machine.Interfaces.TryCpuid(xen.Test.Machine.Cpu(0), 0x4000_0000, 0, out CpuidResult result));
        Assert.Equal(0x4B4D_564Bu, result.Ebx);
        Assert.True(xen.Test.Machine.Interfaces.TryWriteMsr(xen.Test.Machine.Cpu(0), KvmClock.SystemTimeMsr, 0x1001));
    }

    [Theory]
    [InlineData(true, 0xD9)]
    [InlineData(false, 0xC1)]
    public void The_page_calls_by_the_processors_own_instruction(bool isAmd, byte last)
    {
        using XenMachine xen = new(isAmd: isAmd);
        Assert.True(xen.Xen.TryWriteMsr(xen.Test.Machine.Cpu(0), XenInterface.HypercallPageMsr, 0x5000));
        Assert.Equal(new byte[] { 0xB8, 32, 0, 0, 0, 0x0F, 0x01, last, 0xC3 }, xen.Read(0x5000 + (32 * 32), 9));
        Assert.Equal(new byte[] { 0x0F, 0x0B }, xen.Read(0x5000 + (23 * 32), 2));
    }

    [Theory]
    [InlineData(0x5001UL)]
    [InlineData(0x80_0000UL)]
    [InlineData(0xFFFF_FFFF_FFFF_F000UL)]
    public void A_page_that_is_no_memory_or_not_the_first_faults(ulong value)
    {
        using XenMachine xen = new();
        Assert.False(xen.Xen.TryWriteMsr(xen.Test.Machine.Cpu(0), XenInterface.HypercallPageMsr, value));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Outside_the_kernel_every_call_is_refused(int level)
    {
        using XenMachine xen = new();
        xen.Test.Processor.PrivilegeLevel = level;
        Assert.Equal(XenError.NotPermitted, xen.Call(VersionCall, 0));
        Assert.Equal(XenError.NotPermitted, xen.Call(63, 0));
    }

    [Fact]
    public void In_real_mode_every_call_is_refused()
    {
        using XenMachine xen = new(isLong: false);
        xen.Test.Processor.Cr0 &= ~ControlBits.Cr0ProtectionEnable;
        Assert.Equal(XenError.NotPermitted, xen.Call(VersionCall, 0));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(21u)]
    [InlineData(63u)]
    [InlineData(64u)]
    [InlineData(0xFFFF_FFFFu)]
    public void A_call_that_does_not_exist_is_answered_so(uint number)
    {
        using XenMachine xen = new();
        Assert.Equal(XenError.NoSuchCall, xen.Call(number, 0));
    }

    [Theory]
    [InlineData(12u)]
    [InlineData(17u)]
    [InlineData(24u)]
    [InlineData(29u)]
    [InlineData(32u)]
    [InlineData(34u)]
    public void An_operation_that_does_not_exist_is_answered_so(uint number)
    {
        using XenMachine xen = new();
        Assert.Equal(XenError.NoSuchCall, xen.CallWith(0, number, 63, 0, 0));
        Assert.Equal(XenError.NoSuchCall, xen.CallWith(0, number, ulong.MaxValue, 0, 0));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Both_widths_call_with_their_own_registers(bool isLong)
    {
        using XenMachine xen = new(isLong: isLong);
        Assert.Equal(0x0004_0011, xen.Call(VersionCall, 0));
        Assert.Equal(0, xen.Call(VersionCall, 6, XenMachine.Words(0, 0)));
        Assert.Equal((1u << 2) | (1u << 8) | (1u << 9) | (1u << 16), xen.Answer(1));
    }

    [Fact]
    public void A_result_of_32_bits_leaves_nothing_above()
    {
        using XenMachine xen = new(isLong: false);
        xen.Call(63, 0);
        Assert.Equal(0xFFFF_FFDAul, xen.Test.Processor.GetRegister(GuestRegister.Rax));
    }

    [Theory]
    [InlineData(17u, 6ul, 0xFFFF_FFF0ul)]
    [InlineData(17u, 1ul, 0x7F_FFF8ul)]
    [InlineData(32u, 4ul, 0x80_0000ul)]
    [InlineData(12u, 7ul, 0xFFFF_FFFFul)]
    [InlineData(29u, 2ul, 0x7F_FFFEul)]
    [InlineData(34u, 0ul, 0xC000_0000ul)]
    public void An_argument_that_is_no_memory_is_a_bad_address(uint number, ulong operation, ulong address)
    {
        using XenMachine xen = new();
        Assert.Equal(XenError.BadAddress, xen.CallWith(0, number, operation, address, 0));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_guest_learns_its_memory(bool isLong)
    {
        using XenMachine xen = new(isLong: isLong);
        Assert.Equal(0x800, xen.Call(MemoryCall, 4, [0xF0, 0x7F]));
        Assert.Equal(XenError.NotPermitted, xen.Call(MemoryCall, 4, [1, 0]));
        byte[] few = isLong ? XenMachine.Words(1, 0, 0x11_0000, 0) : XenMachine.Words(1, 0x11_0000);
        Assert.Equal(XenError.Invalid, xen.Call(MemoryCall, 9, few));
        byte[] many = isLong ? XenMachine.Words(64, 0, 0x11_0000, 0) : XenMachine.Words(64, 0x11_0000);
        Assert.Equal(0, xen.Call(MemoryCall, 9, many));
        Assert.Equal(3u, xen.Answer(0));
        Assert.Equal(0xA_0000u, BitConverter.ToUInt32(xen.Read(0x11_0008, 4)));
        Assert.Equal(1u, BitConverter.ToUInt32(xen.Read(0x11_0010, 4)));
    }
}
