using System;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Platform.Devices;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Execution;

/// <summary>Instructions that the hypervisor completes for a guest because they access a device in memory.</summary>
public sealed class VirtualCpuDeviceTests : IDisposable
{
    private const ulong Code = 0x1000;
    private const ulong IoApicSelect = PlatformLayout.IoApicAddress;
    private const ulong IoApicWindow = PlatformLayout.IoApicAddress + 0x10;
    private const ulong TaskPriority = PlatformLayout.LocalApicAddress + 0x80;
    private const uint ApicBaseMsr = 0x1B;
    private const uint TaskPriorityMsr = 0x808;
    private const ulong Direction = 1 << 10;

    private readonly TestMachine _test = new();

    public VirtualCpuDeviceTests()
    {
        // Protected mode without paging, flat 32-bit segments.
        Cpu.Cr0 = 1;
        Cpu.Rip = Code;
        Cpu.SetSegment(SegmentRegister.Cs, new SegmentState(8, 0xC9B, 0xFFFF_FFFF, 0));
        Cpu.SetSegment(SegmentRegister.Ds, new SegmentState(16, 0xC93, 0xFFFF_FFFF, 0));
        Cpu.SetSegment(SegmentRegister.Es, new SegmentState(16, 0xC93, 0xFFFF_FFFF, 0));
    }

    private FakeVirtualProcessor Cpu => _test.Processor;

    public void Dispose() => _test.Dispose();

    [Fact]
    public void A_store_and_a_load_reach_the_device_and_go_on_behind_the_instruction()
    {
        Cpu.SetRegister(GuestRegister.Rax, 0x01);
        Execute("A30000C0FE", IoApicSelect, isWrite: true);
        Assert.Equal(Code + 5, Cpu.Rip);
        Cpu.SetRegister(GuestRegister.Rdx, ulong.MaxValue);
        Execute("8B151000C0FE", IoApicWindow, isWrite: false);

        Assert.Equal(0x0017_0020UL, Cpu.GetRegister(GuestRegister.Rdx));
        Assert.True(_test.Machine.IsRunning);
    }

    [Theory]
    [InlineData("66A11000C0FE", 0xFFFF_FFFF_FFFF_0020UL)]
    [InlineData("A01000C0FE", 0xFFFF_FFFF_FFFF_FF20UL)]
    [InlineData("8A251000C0FE", 0xFFFF_FFFF_FFFF_20FFUL)]
    [InlineData("0FB6051000C0FE", 0x0000_0020UL)]
    public void A_load_changes_as_much_of_the_register_as_the_processor_would(string code, ulong expected)
    {
        SelectVersion();
        Cpu.SetRegister(GuestRegister.Rax, ulong.MaxValue);
        Execute(code, IoApicWindow, isWrite: false);

        Assert.Equal(expected, Cpu.GetRegister(GuestRegister.Rax));
    }

    [Fact]
    public void A_read_modify_write_does_both_and_sets_the_flags()
    {
        Select(0x10);
        Execute("81251000C0FEFFFFFEFF", IoApicWindow, isWrite: true);
        Assert.Equal(0UL, ReadWindow());
        Assert.Equal(0x46UL, Cpu.Rflags);
        Execute("810D1000C0FE00000100", IoApicWindow, isWrite: true);
        Assert.Equal(0x0001_0000UL, ReadWindow());

        Cpu.SetRegister(GuestRegister.Rbx, 0x31);
        Execute("871D1000C0FE", IoApicWindow, isWrite: true);
        Assert.Equal(0x0001_0000UL, Cpu.GetRegister(GuestRegister.Rbx));
        Assert.Equal(0x31UL, ReadWindow());
    }

    [Fact]
    public void A_comparison_only_sets_the_flags()
    {
        SelectVersion();
        Execute("813D1000C0FE20001700", IoApicWindow, isWrite: false);

        Assert.Equal(0x46UL, Cpu.Rflags);
        Assert.Equal(Code + 10, Cpu.Rip);
    }

    [Fact]
    public void A_repeated_store_does_one_element_at_a_time()
    {
        Cpu.SetRegister(GuestRegister.Rcx, 2);
        Cpu.SetRegister(GuestRegister.Rdi, IoApicSelect);
        Cpu.SetRegister(GuestRegister.Rax, 0x01);
        Execute("F3AB", IoApicSelect, isWrite: true);
        Assert.Equal((Code, 1UL, IoApicSelect + 4), State());
        Execute("F3AB", IoApicSelect + 4, isWrite: true);
        Assert.Equal((Code + 2, 0UL, IoApicSelect + 8), State());
        Assert.Equal(0x0017_0020UL, ReadWindow());

        (ulong Rip, ulong Count, ulong Target) State()
            => (Cpu.Rip, Cpu.GetRegister(GuestRegister.Rcx), Cpu.GetRegister(GuestRegister.Rdi));
    }

    [Fact]
    public void A_move_between_memory_and_a_device_goes_both_ways_and_backwards()
    {
        Assert.True(_test.Machine.Memory.TryWrite(0x2000, [0x01, 0, 0, 0]));
        Cpu.SetRegister(GuestRegister.Rsi, 0x2000);
        Cpu.SetRegister(GuestRegister.Rdi, IoApicSelect);
        Execute("A5", IoApicSelect, isWrite: true);
        Assert.Equal(0x2004UL, Cpu.GetRegister(GuestRegister.Rsi));

        Cpu.Rflags |= Direction;
        Cpu.SetRegister(GuestRegister.Rsi, IoApicWindow);
        Cpu.SetRegister(GuestRegister.Rdi, 0x3000);
        Execute("A5", IoApicWindow, isWrite: false);
        byte[] moved = new byte[4];
        Assert.True(_test.Machine.Memory.TryRead(0x3000, moved));
        Assert.Equal([0x20, 0x00, 0x17, 0x00], moved);
        Assert.Equal(0x2FFCUL, Cpu.GetRegister(GuestRegister.Rdi));
        Assert.Equal(IoApicWindow - 4, Cpu.GetRegister(GuestRegister.Rsi));
    }

    [Theory]
    [InlineData("A4", 0x2000UL)]
    [InlineData("26A4", 0x2000UL)]
    [InlineData("64A4", 0x2800UL)]
    public void A_move_in_64_bit_mode_knows_no_base_but_those_of_fs_and_gs(string code, ulong source)
    {
        Cpu.Efer |= 1 << 10;
        Cpu.SetSegment(SegmentRegister.Cs, new SegmentState(8, 0xA9B, 0xFFFF_FFFF, 0x5000));
        Cpu.SetSegment(SegmentRegister.Ds, new SegmentState(16, 0xC93, 0xFFFF_FFFF, 0x1000));
        Cpu.SetSegment(SegmentRegister.Es, new SegmentState(16, 0xC93, 0xFFFF_FFFF, 0x1000));
        Cpu.SetSegment(SegmentRegister.Fs, new SegmentState(16, 0xC93, 0xFFFF_FFFF, 0x800));
        Assert.True(_test.Machine.Memory.TryWrite(source, [0x01]));
        Cpu.SetRegister(GuestRegister.Rsi, 0x2000);
        Cpu.SetRegister(GuestRegister.Rdi, IoApicSelect);
        Execute(code, IoApicSelect, isWrite: true);

        Cpu.SetRegister(GuestRegister.Rsi, IoApicWindow);
        Cpu.SetRegister(GuestRegister.Rdi, 0x3000);
        Execute("A5", IoApicWindow, isWrite: false);
        byte[] moved = new byte[4];
        Assert.True(_test.Machine.Memory.TryRead(0x3000, moved));
        Assert.Equal([0x20, 0x00, 0x17, 0x00], moved);
    }

    [Fact]
    public void A_linear_address_outside_64_bit_mode_has_32_bits()
    {
        Cpu.SetSegment(SegmentRegister.Ds, new SegmentState(16, 0xC93, 0xFFFF_FFFF, 0xFFFF_F000));
        Assert.True(_test.Machine.Memory.TryWrite(0x2000, [0x01, 0, 0, 0]));
        Cpu.SetRegister(GuestRegister.Rsi, 0x3000);
        Cpu.SetRegister(GuestRegister.Rdi, IoApicSelect);
        Execute("A5", IoApicSelect, isWrite: true);

        Assert.True(_test.Machine.IsRunning);
        Assert.Equal(0x0017_0020UL, ReadWindow());
    }

    [Theory]
    [InlineData("FF051000C0FE", 0x0001_0032UL)]
    [InlineData("FF0D1000C0FE", 0x0001_0030UL)]
    public void An_operation_of_one_operand_changes_the_device(string code, ulong expected)
    {
        Select(0x10);
        Execute("C7051000C0FE31000100", IoApicWindow, isWrite: true);
        Execute(code, IoApicWindow, isWrite: true);

        Assert.Equal(expected, ReadWindow());
    }

    [Fact]
    public void The_task_priority_is_one_with_cr8_by_msr()
    {
        WriteMsr(ApicBaseMsr, 0xFEE0_0D00);
        WriteMsr(TaskPriorityMsr, 0x5C);
        Assert.Equal(5, Cpu.Cr8);

        // The guest moves to CR8 without an exit, then ends an interrupt: its CR8 stays.
        Cpu.Cr8 = 9;
        WriteMsr(0x80B, 0);
        Assert.Equal(9, Cpu.Cr8);
        Cpu.Cr8 = 3;
        Cpu.SetRegister(GuestRegister.Rcx, TaskPriorityMsr);
        _test.Exits(ExitReason.ReadMsr).Run();
        Assert.Equal(0x30UL, Cpu.GetRegister(GuestRegister.Rax));
    }

    [Fact]
    public void The_task_priority_is_one_with_cr8_by_memory()
    {
        Cpu.SetRegister(GuestRegister.Rax, 0x7A);
        Execute("A38000E0FE", TaskPriority, isWrite: true);
        Assert.Equal(7, Cpu.Cr8);
        Execute("A18000E0FE", TaskPriority, isWrite: false);
        Assert.Equal(0x7AUL, Cpu.GetRegister(GuestRegister.Rax));
        Cpu.Cr8 = 2;
        Execute("A18000E0FE", TaskPriority, isWrite: false);
        Assert.Equal(0x20UL, Cpu.GetRegister(GuestRegister.Rax));
        Cpu.Cr8 = 4;
        Execute("A3B000E0FE", PlatformLayout.LocalApicAddress + 0xB0, isWrite: true);
        Assert.Equal(4, Cpu.Cr8);
    }

    [Theory]
    [InlineData("0F0B")]
    [InlineData("0FC7080000")]
    [InlineData("F30F7F051000C0FE")]
    public void An_instruction_that_is_not_known_ends_the_domain(string code)
    {
        Execute(code, IoApicWindow, isWrite: true);

        Assert.True(_test.Machine.IsStopped);
        Assert.Equal(StopReason.UnhandledExit, _test.Machine.Record.Reason);
    }

    [Fact]
    public void A_fetch_from_a_device_ends_the_domain()
    {
        _test.Exits(new VmExit
        {
            Reason = ExitReason.NestedPageFault,
            GuestPhysicalAddress = IoApicSelect,
            IsFetch
            = true
        }).Run();

        Assert.True(_test.Machine.IsStopped);
    }

    private void SelectVersion() => Select(0x01);

    private void Select(uint register)
    {
        ulong saved = Cpu.GetRegister(GuestRegister.Rax);
        Cpu.SetRegister(GuestRegister.Rax, register);
        Execute("A30000C0FE", IoApicSelect, isWrite: true);
        Cpu.SetRegister(GuestRegister.Rax, saved);
    }

    private ulong ReadWindow()
    {
        Execute("A11000C0FE", IoApicWindow, isWrite: false);
        return Cpu.GetRegister(GuestRegister.Rax);
    }

    private void Execute(string code, ulong address, bool isWrite)
    {
        Cpu.Rip = Code;
        Assert.True(_test.Machine.Memory.TryWrite(Code, Convert.FromHexString(code)));
        _test.Exits(new VmExit { Reason = ExitReason.NestedPageFault, GuestPhysicalAddress = address, IsWrite = isWrite }).Run();
    }

    private void WriteMsr(uint msr, ulong value)
    {
        ulong saved = Cpu.GetRegister(GuestRegister.Rax);
        Cpu.SetRegister(GuestRegister.Rcx, msr);
        Cpu.SetRegister(GuestRegister.Rax, (uint)value);
        Cpu.SetRegister(GuestRegister.Rdx, value >> 32);
        _test.Exits(ExitReason.WriteMsr).Run();
        Cpu.SetRegister(GuestRegister.Rax, saved);
    }
}
