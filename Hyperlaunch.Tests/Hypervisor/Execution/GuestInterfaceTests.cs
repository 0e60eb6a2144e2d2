using System;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Platform.Interrupts;
using Hyperlaunch.Platform.Power;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Execution;

/// <summary>The seam at which a domain offers more than a PC: two interfaces in a list, as a guest meets them.</summary>
public sealed class GuestInterfaceTests : IDisposable
{
    private const uint FirstName = 0x1111_1111, SecondName = 0x2222_2222;
    private const uint FirstMsr = 0x4000_0000, SecondMsr = 0x4000_0001, CommonMsr = 0x4000_0002;
    private const ulong FirstCall = 17, SecondCall = 18;
    private const ulong Interrupts = 1 << 9;

    private readonly FakeGuestInterface _first = new(FirstName, FirstMsr, FirstCall);
    private readonly FakeGuestInterface _second = new(SecondName, SecondMsr, SecondCall);
    private readonly TestMachine _test;

    public GuestInterfaceTests()
    {
        _test = new TestMachine(interfaces: [_first, _second]);
    }

    private FakeVirtualProcessor Cpu => _test.Processor;

    public void Dispose() => _test.Dispose();

    [Theory]
    [InlineData(0x4000_0000u, 0x4000_0001u, FirstName)]
    [InlineData(0x4000_0100u, 0x4000_0101u, SecondName)]
    [InlineData(0x4000_0101u, 0u, 7u)]
    [InlineData(0x4000_0002u, 0u, 0u)]
    [InlineData(0x4000_0102u, 0u, 0u)]
    [InlineData(0x4000_0200u, 0u, 0u)]
    [InlineData(0x4000_FF00u, 0u, 0u)]
    public void Each_has_a_block_of_leaves_of_its_own(uint leaf, uint eax, uint ebx)
    {
        Cpu.SetRegister(GuestRegister.Rax, leaf);
        Cpu.SetRegister(GuestRegister.Rcx, 7);
        _test.Exits(ExitReason.Cpuid).Run();

        Assert.Equal((eax, ebx), (Cpu.GetRegister(GuestRegister.Rax), Cpu.GetRegister(GuestRegister.Rbx)));
    }

    [Fact]
    public void The_processors_own_leaves_are_nobodys_to_answer()
    {
        Cpu.SetRegister(GuestRegister.Rax, 0x8000_0000);
        _test.Exits(ExitReason.Cpuid).Run();

        Assert.Equal(0x8000_0021ul, Cpu.GetRegister(GuestRegister.Rax));
    }

    [Fact]
    public void An_MSR_is_that_of_the_interface_that_knows_it()
    {
        Assert.Equal(FirstName, Msr(ExitReason.ReadMsr, FirstMsr));
        Assert.Equal(SecondName, Msr(ExitReason.ReadMsr, SecondMsr));
        Msr(ExitReason.WriteMsr, SecondMsr, 0x5000);
        Assert.Equal(((ulong)FirstName, 0x5000ul), (_first.Value, _second.Value));
        Assert.Empty(Cpu.Injected);
    }

    [Fact]
    public void Of_two_that_know_an_MSR_the_first_answers_and_of_a_hypercall_the_one_with_the_highest_leaves()
    {
        using TestMachine test = new(
            interfaces: [new FakeGuestInterface(1, CommonMsr, FirstCall), new FakeGuestInterface(2, CommonMsr, FirstCall)]);
        test.Processor.SetRegister(GuestRegister.Rcx, CommonMsr);
        test.Exits(ExitReason.ReadMsr).Run();
        Assert.Equal(1ul, test.Processor.GetRegister(GuestRegister.Rax));
        test.Processor.SetRegister(GuestRegister.Rax, FirstCall);
        test.Exits(ExitReason.Hypercall).Run();
        Assert.Equal(2ul, test.Processor.GetRegister(GuestRegister.Rax));
    }

    [Fact]
    public void An_MSR_or_a_value_that_nobody_takes_is_a_general_protection_fault()
    {
        Msr(ExitReason.ReadMsr, CommonMsr);
        Msr(ExitReason.WriteMsr, CommonMsr);
        Msr(ExitReason.WriteMsr, FirstMsr, 1);

        Assert.Equal(["exception 13 (0)", "exception 13 (0)", "exception 13 (0)"], Cpu.Injected);
        Assert.Equal(FirstName, _first.Value);
    }

    [Theory]
    [InlineData(FirstCall, 0, FirstName)]
    [InlineData(SecondCall, 0, SecondName)]
    [InlineData(SecondCall, 3, FakeGuestInterface.NotPermitted)]
    public void A_hypercall_is_answered_by_who_knows_it_and_refused_in_its_own_way(ulong call, int privilege, ulong answer)
    {
        Cpu.PrivilegeLevel = privilege;
        Cpu.SetRegister(GuestRegister.Rax, call);
        _test.Exits(ExitReason.Hypercall).Run();

        Assert.Equal((answer, 0x1002ul), (Cpu.GetRegister(GuestRegister.Rax), Cpu.Rip));
        Assert.Empty(Cpu.Injected);
    }

    [Fact]
    public void A_hypercall_that_nobody_knows_is_an_undefined_instruction()
    {
        ulong rip = Cpu.Rip;
        Cpu.SetRegister(GuestRegister.Rax, 99);
        _test.Exits(ExitReason.Hypercall).Run();

        Assert.Equal(["exception 6"], Cpu.Injected);
        Assert.Equal((99ul, rip), (Cpu.GetRegister(GuestRegister.Rax), Cpu.Rip));
    }

    [Fact]
    public void Without_any_there_is_no_hypervisor_to_find()
    {
        using TestMachine test = new(interfaces: []);
        test.Processor.SetRegister(GuestRegister.Rax, 0x4000_0000);
        test.Exits(ExitReason.Cpuid).Run();
        Assert.Equal(0ul, test.Processor.GetRegister(GuestRegister.Rbx));
        test.Exits(ExitReason.Hypercall).Run();
        Assert.Equal(["exception 6"], test.Processor.Injected);
    }

    [Fact]
    public void All_of_them_are_reset_with_the_domain()
    {
        _test.Machine.Reset(1);

        Assert.Equal((2, 2), (_first.Resets, _second.Resets));
    }

    [Fact]
    public void All_of_them_learn_that_a_time_stamp_counter_was_set()
    {
        Msr(ExitReason.WriteMsr, 0x10, 5_000_000);

        Assert.Equal([0], _first.CountersSet);
        Assert.Equal([0], _second.CountersSet);
    }

    [Theory]
    [InlineData(false, StopReason.Reboot)]
    [InlineData(true, StopReason.Crash)]
    public void A_restart_while_one_is_in_use_is_a_crash(bool isInUse, StopReason reason)
    {
        _second.IsInUse = isInUse;
        ((IPowerRequests)_test.Machine).Restart();

        Assert.Equal(reason, _test.Machine.Record.Reason);
    }

    [Fact]
    public void An_interrupt_of_an_interface_comes_before_the_local_APICs()
    {
        FakeUpcallInterface upcall = new(0xF3);
        using TestMachine test = new(interfaces: [_first, upcall]);
        LocalApic apic = test.Machine.Platform.LocalApic(0);
        Assert.True(apic.TryWriteMsr(0x1B, 0xFEE0_0D00));
        Assert.True(apic.TryWriteMsr(0x80F, 0x1FF));
        Assert.True(apic.TryWriteMsr(0x83F, 0x40));
        test.Processor.Rflags |= Interrupts;
        upcall.IsPending = true;

        test.Exits(ExitReason.Pause).Run();

        Assert.Equal(["interrupt f3"], test.Processor.Injected);
        Assert.True(test.Processor.WindowRequested);
        upcall.IsPending = false;
        test.Exits(ExitReason.Pause).Run();
        Assert.Equal(["interrupt f3", "interrupt 40"], test.Processor.Injected);
    }

    [Fact]
    public void An_interrupt_of_an_interface_waits_for_the_interrupt_flag_and_wakes_a_processor_that_halts()
    {
        FakeUpcallInterface upcall = new(0xF3);
        using TestMachine test = new(interfaces: [upcall]);
        upcall.IsPending = true;
        test.Exits(ExitReason.Pause).Run();
        Assert.Empty(test.Processor.Injected);
        Assert.True(test.Processor.WindowRequested);

        upcall.IsPending = false;
        test.Processor.Rflags |= Interrupts;
        test.Exits(ExitReason.Halt).Run(2);
        Assert.Equal(VirtualCpuState.Halted, test.Machine.Cpu(0).State);
        upcall.IsPending = true;
        Assert.True(test.Machine.Cpu(0).Prepare(0));
        Assert.Equal(["interrupt f3"], test.Processor.Injected);
    }

    private ulong Msr(ExitReason reason, uint index, ulong value = 0)
    {
        Cpu.SetRegister(GuestRegister.Rcx, index);
        Cpu.SetRegister(GuestRegister.Rax, (uint)value);
        Cpu.SetRegister(GuestRegister.Rdx, value >> 32);
        _test.Exits(reason).Run();
        return Cpu.GetRegister(GuestRegister.Rax);
    }
}
