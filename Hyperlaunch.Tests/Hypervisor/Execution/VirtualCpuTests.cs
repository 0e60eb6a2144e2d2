using System;
using System.Text;
using System.Threading;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Platform.Interrupts;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Execution;

public sealed class VirtualCpuTests : IDisposable
{
    private const ulong Interrupts = 1 << 9;
    private const uint ApicBase = 0x1B, Efer = 0xC000_0080;

    private readonly TestMachine _test = new();

    private FakeVirtualProcessor Cpu => _test.Processor;

    public void Dispose() => _test.Dispose();

    [Fact]
    public void The_machine_knows_for_which_domain_a_CPU_works()
    {
        _test.Exits(ExitReason.Pause).Run();

        Assert.Equal((TestMachine.Domid, -1), _test.WorkedFor);
    }

    [Fact]
    public void CPUID_answers_by_the_policy_and_goes_on_behind_the_instruction()
    {
        Cpu.SetRegister(GuestRegister.Rax, 0xFFFF_FFFF_4000_0000);
        _test.Exits(ExitReason.Cpuid).Run();
        Assert.Equal(0x4B4D_564Bul, Cpu.GetRegister(GuestRegister.Rbx));
        Assert.Equal(0x1002ul, Cpu.Rip);
    }

    [Theory]
    [InlineData(ExitReason.CacheInvalidate)]
    [InlineData(ExitReason.Pause)]
    public void Harmless_instructions_are_stepped_over(ExitReason reason)
    {
        _test.Exits(reason).Run();
        Assert.Equal(0x1002ul, Cpu.Rip);
        Assert.Empty(Cpu.Injected);
    }

    [Theory]
    [InlineData(ExitReason.MonitorWait, "exception 6")]
    [InlineData(ExitReason.VirtualizationInstruction, "exception 6")]
    [InlineData(ExitReason.ReadPerformanceCounter, "exception 13 (0)")]
    public void Instructions_that_CPUID_does_not_offer_fault(ExitReason reason, string injected)
    {
        _test.Exits(reason).Run();
        Assert.Equal([injected], Cpu.Injected);
        Assert.True(_test.Machine.IsRunning);
    }

    [Theory]
    [InlineData(ExitReason.TripleFault, StopReason.TripleFault)]
    [InlineData(ExitReason.InvalidState, StopReason.InvalidState)]
    [InlineData(ExitReason.Unknown, StopReason.UnhandledExit)]
    [InlineData(ExitReason.TaskSwitch, StopReason.UnhandledExit)]
    [InlineData(ExitReason.NestedMisconfiguration, StopReason.UnhandledExit)]
    public void What_cannot_be_completed_ends_the_domain_with_its_registers(ExitReason reason, StopReason stop)
    {
        Cpu.Rip = 0x1234;
        Cpu.SetRegister(GuestRegister.Rsp, 0x8000);
        _test.Exits(new VmExit { Reason = reason, RawReason = 0x7F }).Run();
        Assert.True(_test.Machine.IsStopped);
        StopRecord record = _test.Machine.Record;
        Assert.Equal((stop, 0x1234ul, 0x8000ul, 0x7Ful), (record.Reason, record.Rip, record.Rsp, record.Exit.RawReason));
        int entries = Cpu.Entries;
        _test.Run(3);
        Assert.Equal(entries, Cpu.Entries);
    }

    [Fact]
    public void A_hypercall_is_answered_with_no_such_call_and_is_undefined_outside_the_kernel()
    {
        _test.Exits(ExitReason.Hypercall).Run();
        Assert.Equal(unchecked((ulong)-1000L), Cpu.GetRegister(GuestRegister.Rax));
        Cpu.PrivilegeLevel = 3;
        _test.Exits(ExitReason.Hypercall).Run();
        Assert.Equal(["exception 6"], Cpu.Injected);
    }

    [Theory]
    [InlineData(0x0000_0000u)]
    [InlineData(0x0000_0400u)]
    [InlineData(0xC000_0000u)]
    [InlineData(0xC001_0117u)]
    [InlineData(0xFFFF_FFFFu)]
    public void Unknown_MSRs_fault_in_both_directions(uint index)
    {
        Cpu.SetRegister(GuestRegister.Rcx, index);
        _test.Exits(ExitReason.ReadMsr).Exits(ExitReason.WriteMsr).Run(2);
        Assert.Equal(["exception 13 (0)", "exception 13 (0)"], Cpu.Injected);
    }

    [Theory]
    [InlineData(0x0000_008Bu)]
    [InlineData(0x0000_01A0u)]
    [InlineData(0xC001_0015u)]
    [InlineData(0xC001_001Fu)]
    [InlineData(0xC001_1029u)]
    public void What_a_kernel_configures_in_its_machine_is_taken_and_forgotten(uint index)
    {
        ulong before = Read(index);
        Write(index, ulong.MaxValue);
        Assert.Equal(before, Read(index));
        Assert.Empty(Cpu.Injected);
    }

    [Fact]
    public void The_processors_own_MSRs_are_read_and_written_in_EDX_EAX()
    {
        Cpu.DefineMsr(0xC000_0082);
        Cpu.SetRegister(GuestRegister.Rcx, 0xC000_0082);
        Cpu.SetRegister(GuestRegister.Rax, 0xAAAA_AAAA_1111_2222);
        Cpu.SetRegister(GuestRegister.Rdx, 0xBBBB_BBBB_3333_4444);
        _test.Exits(ExitReason.WriteMsr).Exits(ExitReason.ReadMsr).Run(2);
        Assert.Equal(0x1111_2222ul, Cpu.GetRegister(GuestRegister.Rax));
        Assert.Equal(0x3333_4444ul, Cpu.GetRegister(GuestRegister.Rdx));
    }

    [Theory]
    [InlineData(0xD00ul, false, true)]
    [InlineData(0xD00ul, true, false)]
    [InlineData(0x1000ul, false, false)]
    [InlineData(0x8000_0000_0000_0000ul, false, false)]
    public void EFER_keeps_its_rules(ulong value, bool paging, bool taken)
    {
        Cpu.Cr0 = paging ? 1UL << 31 : 0;
        Write(Efer, value);
        Assert.Equal(taken ? value & ~0x400ul : 0, Cpu.Efer);
        Assert.Equal(taken, Cpu.Injected.Count == 0);
    }

    [Fact]
    public void The_time_stamp_counter_can_be_set_and_stays_ahead_by_that_much()
    {
        Write(0x10, 5_000_000);
        _test.Clock.Nanoseconds += 1000;
        Assert.Equal(5_000_000ul + 2000, Read(0x10));
    }

    [Fact]
    public void Setting_the_time_stamp_counter_renews_the_clock_record_and_INIT_keeps_the_counter()
    {
        Write(0x4B56_4D01, 0x3001);
        _test.Clock.Nanoseconds += 1000;
        Write(0x10, 5_000_000);
        byte[] stamp = new byte[8];
        Assert.True(_test.Machine.Memory.TryRead(0x3008, stamp));

        // 1 microsecond of the domain's time has passed: 2000 ticks.
        Assert.Equal(5_000_000ul - 2000, BitConverter.ToUInt64(stamp));
        ulong offset = Cpu.TimeStampOffset;
        ((IProcessorSignals)_test.Machine).Init(0);
        _test.Run();
        Assert.Equal(VirtualCpuState.WaitingForStartup, _test.Machine.Cpu(0).State);
        Assert.Equal(offset, Cpu.TimeStampOffset);
    }

    [Fact]
    public void One_prepared_for_a_former_life_is_not_entered_in_the_next()
    {
        VirtualCpu cpu = _test.Machine.Cpu(0);
        Assert.True(cpu.Prepare(0));
        int entries = Cpu.Entries;

        // All of it while its CPU does nothing, as an emulator's may for long.
        _test.Machine.Destroy();
        _test.Machine.Reset(1);
        _test.Machine.Start(default);
        _test.Machine.Unpause();
        Assert.Equal(ExitReason.ExternalInterrupt, cpu.Step(_test));
        Assert.Equal(entries, Cpu.Entries);
        _test.Exits(ExitReason.Cpuid).Run();
        Assert.Equal(entries + 1, Cpu.Entries);
    }

    [Fact]
    public void One_whose_domain_is_stopped_while_it_waits_for_the_gate_is_not_prepared()
    {
        bool prepared = true;
        _test.Machine.Gate.Enter();
        Thread other = new(() => prepared = _test.Machine.Cpu(0).Prepare(0));
        other.Start();
        Thread.Sleep(50);
        _test.Machine.Destroy();
        _test.Machine.Gate.Exit();
        other.Join();

        Assert.False(prepared);
    }

    [Fact]
    public void The_local_APIC_is_handed_over_enabled_and_not_in_x2APIC_mode()
        => Assert.Equal(0xFEE0_0000ul | (1 << 11) | (1 << 8), Read(ApicBase));

    [Theory]
    [InlineData(7ul, 0u, 0, true, null)]
    [InlineData(7ul, 0u, 0, false, "exception 6")]
    [InlineData(6ul, 0u, 0, true, "exception 13 (0)")]
    [InlineData(0x21Ful, 0u, 0, true, "exception 13 (0)")]
    [InlineData(7ul, 1u, 0, true, "exception 13 (0)")]
    [InlineData(7ul, 0u, 3, true, "exception 13 (0)")]
    public void XSETBV_takes_what_is_allowed(ulong value, uint register, int privilege, bool enabled, string? injected)
    {
        Cpu.Cr4 = enabled ? 1UL << 18 : 0;
        Cpu.PrivilegeLevel = privilege;
        Cpu.SetRegister(GuestRegister.Rcx, register);
        Cpu.SetRegister(GuestRegister.Rax, value);
        _test.Exits(ExitReason.SetExtendedControl).Run();
        Assert.Equal(injected is null ? 7ul : 1ul, Cpu.Xcr0);
        Assert.Equal(injected is null ? [] : [injected], Cpu.Injected);
    }

    [Fact]
    public void A_byte_written_to_the_serial_port_is_sent()
    {
        Cpu.SetRegister(GuestRegister.Rax, 0x41);
        _test.Exits(Port(0x3F8, 1, false)).Run();
        Assert.Equal("A", _test.Sent);
        Assert.Equal(0x1002ul, Cpu.Rip);
    }

    [Theory]
    [InlineData(1, 0x1111_1111_1111_11FFul)]
    [InlineData(2, 0x1111_1111_1111_FFFFul)]
    [InlineData(4, 0xFFFF_FFFFul)]
    public void A_read_of_a_port_without_a_device_gives_ones_in_its_width(int size, ulong expected)
    {
        Cpu.SetRegister(GuestRegister.Rax, 0x1111_1111_1111_1111);
        _test.Exits(Port(0x9000, size, true)).Run();
        Assert.Equal(expected, Cpu.GetRegister(GuestRegister.Rax));
    }

    [Fact]
    public void A_repeated_string_output_sends_all_in_turns_and_then_goes_on()
    {
        byte[] text = Encoding.ASCII.GetBytes(new string('x', 300));
        Assert.True(_test.Machine.Memory.TryWrite(0x5000, text));
        Cpu.SetRegister(GuestRegister.Rsi, 0x5000);
        Cpu.SetRegister(GuestRegister.Rcx, 300);
        VmExit exit = Port(0x3F8, 1, false);
        (exit.IsString, exit.IsRepeated, exit.AddressSize, exit.Segment) = (true, true, 8, SegmentRegister.Ds);
        _test.Exits(exit).Run();
        Assert.Equal((256, 44ul, 0xFFF0ul), (_test.Sent.Length, Cpu.GetRegister(GuestRegister.Rcx), Cpu.Rip));
        _test.Exits(exit).Run();
        Assert.Equal((300, 0ul, 0x1002ul), (_test.Sent.Length, Cpu.GetRegister(GuestRegister.Rcx), Cpu.Rip));
        Assert.Equal(0x5000ul + 300, Cpu.GetRegister(GuestRegister.Rsi));
    }

    [Fact]
    public void A_string_input_writes_memory_backwards_where_the_direction_flag_says_so()
    {
        Cpu.Rflags |= 1 << 10;
        Cpu.SetRegister(GuestRegister.Rdi, 0xAAAA_0000_0000_6004);
        Cpu.SetRegister(GuestRegister.Rcx, 2);
        VmExit exit = Port(0x9000, 4, true);
        (exit.IsString, exit.IsRepeated, exit.AddressSize) = (true, true, 4);
        _test.Exits(exit).Run();
        byte[] read = new byte[12];
        Assert.True(_test.Machine.Memory.TryRead(0x5FFC, read));
        Assert.Equal("00000000FFFFFFFFFFFFFFFF", Convert.ToHexString(read));
        Assert.Equal(0x5FFCul, Cpu.GetRegister(GuestRegister.Rdi));
    }

    [Fact]
    public void A_string_output_from_an_unmapped_address_is_the_guests_page_fault()
    {
        (Cpu.Cr0, Cpu.Cr4, Cpu.Efer, Cpu.Cr3) = (1UL << 31, 1 << 5, 1 << 10, 0x1000);
        Cpu.SetRegister(GuestRegister.Rsi, 0x7000_0000);
        VmExit exit = Port(0x3F8, 1, false);
        (exit.IsString, exit.AddressSize, exit.Segment) = (true, 8, SegmentRegister.Ds);
        _test.Exits(exit).Run();
        Assert.Equal(["exception 14 (0)"], Cpu.Injected);
        Assert.Equal(0x7000_0000ul, Cpu.Cr2);
        Assert.Equal("", _test.Sent);
    }

    [Fact]
    public void A_first_touch_of_memory_is_answered_and_the_instruction_runs_again()
    {
        ulong rip = Cpu.Rip;
        _test.Exits(new VmExit { Reason = ExitReason.NestedPageFault, GuestPhysicalAddress = 0x70_0000 }).Run();
        Assert.True(_test.Machine.Memory.Tables!.TryTranslate(0x70_0000, out _, out _));
        Assert.Equal(rip, Cpu.Rip);
    }

    [Fact]
    public void HLT_waits_until_an_interrupt_wakes_it()
    {
        Cpu.Rflags |= Interrupts;
        ArmApicTimer(0x40, _test.Clock.Nanoseconds + 1_000_000);
        _test.Exits(ExitReason.Halt).Run(2);
        Assert.Equal(1, _test.Idles);
        Assert.InRange(_test.ArmedUntil, 900_000ul, 1_100_000ul);
        _test.Clock.Nanoseconds += 2_000_000;
        _test.Run();
        Assert.Equal(["interrupt 40"], Cpu.Injected);
        Assert.Equal(1, _test.Idles);
    }

    [Fact]
    public void HLT_with_interrupts_off_ends_a_domain_that_nothing_can_wake()
    {
        _test.Exits(ExitReason.Halt).Run();
        Assert.Equal(StopReason.Halted, _test.Machine.Record.Reason);
    }

    [Fact]
    public void An_interrupt_that_cannot_be_taken_yet_waits_for_its_window()
    {
        ArmApicTimer(0x40, _test.Clock.Nanoseconds + 1);
        _test.Clock.Nanoseconds += 1_000_000;
        _test.Run();
        Assert.Empty(Cpu.Injected);
        Assert.True(Cpu.WindowRequested);
        Cpu.Rflags |= Interrupts;
        _test.Exits(ExitReason.InterruptWindow).Run(2);
        Assert.Equal(["interrupt 40"], Cpu.Injected);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void No_interrupt_is_queued_in_the_shadow_of_an_instruction_or_behind_another_event(bool shadow, bool queued)
    {
        Cpu.Rflags |= Interrupts;
        ArmApicTimer(0x40, _test.Clock.Nanoseconds + 1);
        _test.Clock.Nanoseconds += 1_000_000;
        Cpu.InterruptShadow = shadow;
        Cpu.IsEventQueued = queued;
        _test.Run();
        Assert.Empty(Cpu.Injected);
        Assert.True(Cpu.WindowRequested);
    }

    [Fact]
    public void An_interrupt_of_the_machine_is_acknowledged_and_the_timer_armed_anew()
    {
        _test.Exits(ExitReason.ExternalInterrupt).Exits(ExitReason.NonMaskableInterrupt).Run(2);
        Assert.Equal(2, _test.Acknowledged);
    }

    [Fact]
    public void Exits_are_counted_by_reason()
    {
        _test.Exits(ExitReason.Cpuid).Exits(ExitReason.Cpuid).Exits(ExitReason.Pause).Run(3);
        ExitCounts counts = new();
        _test.Machine.SumExits(counts);
        Assert.Equal(2ul, counts[(int)ExitReason.Cpuid]);
        Assert.Equal(1ul, counts[(int)ExitReason.Pause]);
    }

    [Fact]
    public void Every_exit_reason_has_a_name_of_its_own()
    {
        ExitReason[] reasons = Enum.GetValues<ExitReason>();
        Assert.Equal(reasons.Length, ExitCounts.ReasonCount);
        Assert.Distinct(Array.ConvertAll(reasons, ExitCounts.Name));
    }

    [Fact]
    public void An_exit_allocates_nothing()
    {
        Mixed();
        long before = GC.GetAllocatedBytesForCurrentThread();
        _test.Run(4);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Mixed()
        {
            for (int i = 0; i < 2; i++)
            {
                _test.Exits(ExitReason.Cpuid).Exits(Port(0x3FD, 1, true)).Exits(Port(0x80, 1, false))
                    .Exits(new VmExit { Reason = ExitReason.NestedPageFault, GuestPhysicalAddress = 0x20_0000 });
            }

            _test.Run(4);
        }
    }

    [Fact]
    public void An_interrupt_that_CR8_alone_holds_back_waits_for_a_lower_one()
    {
        const ulong SelfVector = 0x4_0041;
        Write(ApicBase, 0xFEE0_0D00);
        Write(0x80F, 0x1FF);
        Cpu.Rflags |= Interrupts;
        Cpu.Cr8 = 4;
        Write(0x830, SelfVector);
        _test.Exits(ExitReason.ExternalInterrupt).Run();
        Assert.Equal((4, false), (Cpu.AwaitedClass, Cpu.WindowRequested));
        Assert.Empty(Cpu.Injected);

        Cpu.Cr8 = 3;
        _test.Exits(ExitReason.InterruptWindow).Run();
        _test.Exits(ExitReason.ExternalInterrupt).Run();
        Assert.Equal(["interrupt 41"], Cpu.Injected);
        Assert.Equal(0, Cpu.AwaitedClass);

        // One in service holds its like back by itself, and its end exits.
        Write(0x830, SelfVector);
        Cpu.Cr8 = 4;
        _test.Exits(ExitReason.ExternalInterrupt).Run();
        Assert.Equal((0, false), (Cpu.AwaitedClass, Cpu.WindowRequested));
    }

    [Theory]
    [InlineData(true, 0x1004ul, false)]
    [InlineData(false, 0x1000ul, true)]
    public void A_move_to_a_control_register_is_read_where_the_exit_does_not_tell_it(bool isKnown, ulong rip, bool isStopped)
    {
        Cpu.Cr0 = 1;
        Cpu.SetSegment(SegmentRegister.Cs, new SegmentState(8, 0xC9B, uint.MaxValue, 0));
        Cpu.Rip = 0x1000;
        Cpu.KnowsControlMove = isKnown;
        Assert.True(_test.Machine.Memory.TryWrite(0x1000, [0x66, 0x0F, 0x22, 0xE3]));
        _test.Exits(ExitReason.ControlRegister).Run();
        Assert.Equal([GuestRegister.Rbx], Cpu.Moved);
        Assert.Equal((rip, isStopped), (Cpu.Rip, _test.Machine.IsStopped));
    }

    [Fact]
    public void An_exit_of_a_control_register_at_another_instruction_ends_the_domain()
    {
        Cpu.SetSegment(SegmentRegister.Cs, new SegmentState(8, 0xC9B, uint.MaxValue, 0));
        Cpu.Rip = 0x1000;
        Assert.True(_test.Machine.Memory.TryWrite(0x1000, [0x0F, 0x21, 0xE3]));
        _test.Exits(ExitReason.ControlRegister).Run();
        Assert.Equal(StopReason.UnhandledExit, _test.Machine.Record.Reason);
    }

    private void ArmApicTimer(byte vector, ulong nanoseconds)
    {
        Write(ApicBase, 0xFEE0_0D00);
        Write(0x80F, 0x1FF);
        Write(0x832, 0x4_0000u | vector);
        Write(0x6E0, _test.Clock.TimeStampOrigin + (nanoseconds * 2));
        Cpu.Injected.Clear();
    }

    private void Write(uint msr, ulong value)
    {
        Cpu.SetRegister(GuestRegister.Rcx, msr);
        Cpu.SetRegister(GuestRegister.Rax, (uint)value);
        Cpu.SetRegister(GuestRegister.Rdx, value >> 32);
        _test.Exits(ExitReason.WriteMsr).Run();
    }

    private ulong Read(uint msr)
    {
        Cpu.SetRegister(GuestRegister.Rcx, msr);
        _test.Exits(ExitReason.ReadMsr).Run();
        return Cpu.GetRegister(GuestRegister.Rax) | Cpu.GetRegister(GuestRegister.Rdx) << 32;
    }

    private static VmExit Port(ushort port, int size, bool isInput)
        => new() { Reason = ExitReason.PortAccess, Port = port, Size = (byte)size, IsInput = isInput, NextInstruction = 0x1002 };
}
