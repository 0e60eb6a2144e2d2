using System;
using System.Collections.Generic;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Svm;
using Xunit;

namespace Hyperlaunch.Tests.Virtualization;

// AMD APM volume 2, chapter 15.
public sealed class SvmProcessorTests : IDisposable
{
    private const ulong NextInstruction = 0x1003;

    private readonly AmdMachine _machine = new();
    private readonly FakeSvm _svm = new();
    private readonly IVirtualProcessor _processor;

    public SvmProcessorTests()
    {
        SvmVirtualization? extension = SvmVirtualization.Create(_machine.Host, _svm, out string problem);
        Assert.True(extension is not null, problem);
        _processor = extension.CreateProcessor(0x10_0000)!;
    }

    [Fact]
    public void Starts_as_after_power_on()
    {
        Assert.Equal((0xFFF0ul, 0x6000_0010ul, 2ul, 0ul), (_processor.Rip, _processor.Cr0, _processor.Rflags, _processor.Efer));
        Assert.Equal(0xFFFF_0000ul, _processor.GetSegment(SegmentRegister.Cs).Base);
        Assert.True(_processor.TryReadMsr(Msr.Pat, out ulong pat));
        Assert.Equal(0x0007_0406_0007_0406ul, pat);
    }

    [Fact]
    public void A_guest_has_no_control_of_speculation_that_the_processor_lacks()
    {
        _svm.EndsWith(SvmExitCode.Cpuid);
        Enter();
        Assert.False(_processor.TryReadMsr(Msr.SpeculationControl, out _));
        Assert.False(_processor.TryWriteMsr(Msr.SpeculationControl, 0));
        Assert.False(_processor.TryWriteMsr(Msr.PredictionCommand, 1));
        Assert.False(_processor.TryReadMsr(Msr.ArchitecturalCapabilities, out _));
    }

    [Theory]
    [InlineData(SvmExitCode.Interrupt, ExitReason.ExternalInterrupt)]
    [InlineData(SvmExitCode.Cpuid, ExitReason.Cpuid)]
    [InlineData(SvmExitCode.Halt, ExitReason.Halt)]
    [InlineData(SvmExitCode.Vmmcall, ExitReason.Hypercall)]
    [InlineData(SvmExitCode.Wbinvd, ExitReason.CacheInvalidate)]
    [InlineData(SvmExitCode.Shutdown, ExitReason.TripleFault)]
    [InlineData(SvmExitCode.Vmrun, ExitReason.VirtualizationInstruction)]
    internal void Exits_have_neutral_names(SvmExitCode code, ExitReason reason)
    {
        _svm.EndsWith(code);
        Assert.Equal(reason, Enter().Reason);
    }

    [Fact]
    public void A_port_access_is_told_in_full()
    {
        _svm.EndsWith(SvmExitCode.PortAccess, (0x3F8ul << 16) | (1 << 4) | 1);
        VmExit exit = Enter();
        Assert.Equal((ExitReason.PortAccess, (ushort)0x3F8, (byte)1, true), (exit.Reason, exit.Port, exit.Size, exit.IsInput));
    }

    [Fact]
    public unsafe void A_refused_state_is_explained()
    {
        _svm.Endings.Enqueue(block =>
        {
            block->Cr0 |= ControlBits.Cr0Paging;
            block->ExitCode = (ulong)SvmExitCode.Invalid;
        });
        VmExit exit = Enter();
        Assert.Equal((ExitReason.InvalidState, "CR0.PG is set without CR0.PE."), (exit.Reason, exit.Diagnosis));
    }

    [Fact]
    public unsafe void An_event_whose_delivery_was_cut_short_is_delivered_again()
    {
        ulong interrupt = SvmEvent.Interrupt(0x40);
        _svm.Endings.Enqueue(block =>
        {
            block->ExitCode = (ulong)SvmExitCode.NestedPageFault;
            block->ExitInterruptInfo = interrupt;
        });
        _processor.InjectInterrupt(0x40);
        Assert.Equal(ExitReason.NestedPageFault, Enter().Reason);
        Assert.True(_processor.IsEventQueued);
        Enter();
        Assert.Equal([interrupt, interrupt], _svm.Delivered);
    }

    [Theory]
    [InlineData(ExceptionVector.Debug, 0x8000_0301ul)]
    [InlineData(ExceptionVector.AlignmentCheck, 0x8000_0B11ul)]
    public void An_exception_that_returns_for_ever_ends_every_run(byte vector, ulong queued)
    {
        _processor.Cr0 |= ControlBits.Cr0ProtectionEnable;
        _svm.EndsWith(SvmExitCode.FirstException + vector);
        for (int i = 1; i <= 3; i++)
        {
            VmExit exit = Enter();
            Assert.Equal((ExitReason.Reinjected, vector, i), (exit.Reason, exit.Vector, _svm.Delivered.Count));
            Assert.True(_processor.IsEventQueued);
        }

        Assert.Equal([0, queued, queued], _svm.Delivered);
    }

    [Fact]
    public void No_NMI_is_taken_in_the_shadow_of_a_stack_switch()
    {
        Assert.True(_processor.CanTakeNmi);
        _processor.InterruptShadow = true;
        Assert.False(_processor.CanTakeNmi);
        _processor.InterruptShadow = false;
        Assert.True(_processor.CanTakeNmi);
    }

    [Fact]
    public void A_machine_check_is_the_machines()
    {
        _svm.EndsWith(SvmExitCode.FirstException + ExceptionVector.MachineCheck);
        Assert.Contains("machine check", Assert.Throws<HostFailedException>(() => Enter()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_faults_are_a_double_fault_and_three_shut_down()
    {
        _processor.Cr0 |= ControlBits.Cr0ProtectionEnable;
        _svm.EndsWith(SvmExitCode.Interrupt);
        _processor.InjectException(ExceptionVector.GeneralProtection, true, 4);
        _processor.InjectException(ExceptionVector.GeneralProtection, true, 4);
        Enter();
        Assert.Equal([0x8000_0B08ul], _svm.Delivered);
        _processor.InjectException(ExceptionVector.DoubleFault, true, 0);
        _processor.InjectException(ExceptionVector.PageFault, true, 0);
        Assert.Equal(ExitReason.TripleFault, Enter().Reason);
        Assert.Single(_svm.Delivered);
        _processor.Reset();
        Assert.Equal(ExitReason.ExternalInterrupt, Enter().Reason);
    }

    [Fact]
    public void CR4_takes_what_CPUID_shows()
    {
        MoveToCr4(ControlBits.Cr4PhysicalAddressExtension | ControlBits.Cr4PerformanceCounters);
        Assert.Equal(ControlBits.Cr4PhysicalAddressExtension | ControlBits.Cr4PerformanceCounters, _processor.Cr4);
        Assert.Equal(NextInstruction, _processor.Rip);
        Assert.False(_processor.IsEventQueued);
    }

    [Theory]
    [InlineData("CET", 1ul << 23, false)]
    [InlineData("LA57", 1ul << 12, false)]
    [InlineData("PKE", 1ul << 22, false)]
    [InlineData("MCE", 1ul << 6, false)]
    [InlineData("PCIDE outside long mode", ControlBits.Cr4ProcessContextIds, false)]
    [InlineData("no PAE in long mode", ControlBits.Cr4PerformanceCounters, true)]
    public void CR4_takes_nothing_that_is_hidden_or_forbidden(string what, ulong value, bool isLong)
    {
        Assert.NotEmpty(what);
        if (isLong)
        {
            _processor.Efer = ControlBits.EferLongModeEnable;
            _processor.Cr0 |= ControlBits.Cr0Paging;
        }

        _processor.Cr0 |= ControlBits.Cr0ProtectionEnable;
        MoveToCr4(value);
        Assert.Equal((0ul, PowerOnState.Rip), (_processor.Cr4, _processor.Rip));
        Assert.Equal([0, 0x8000_0B0Dul], _svm.Delivered);
    }

    [Fact]
    public unsafe void A_move_to_CR4_that_the_exit_does_not_tell_is_executed_when_it_was_read()
    {
        _machine.HasDecodeAssists = false;
        IVirtualProcessor plain = SvmVirtualization.Create(_machine.Host, _svm, out _)!.CreateProcessor(0x10_0000)!;
        _svm.EndsWith(SvmExitCode.WriteCr4);
        VmExit exit = default;
        plain.Enter(ref exit);
        Assert.Equal(ExitReason.ControlRegister, exit.Reason);
        plain.SetRegister(GuestRegister.R9, ControlBits.Cr4PhysicalAddressExtension);
        Assert.True(plain.TryMoveControl(GuestRegister.R9, NextInstruction));
        Assert.Equal((ControlBits.Cr4PhysicalAddressExtension, NextInstruction), (plain.Cr4, plain.Rip));

        // CR0 is the guest's own: no exit is expected.
        _svm.Endings.Clear();
        _svm.EndsWith(SvmExitCode.FirstControlRegister);
        plain.Enter(ref exit);
        Assert.Equal(ExitReason.ControlRegister, exit.Reason);
        Assert.False(plain.TryMoveControl(GuestRegister.R9, NextInstruction));
    }

    // Without CR4.MCE a machine check would be taken for the guest's own shutdown (AMD APM volume 2, 9.5).
    [Fact]
    public unsafe void CR4_MCE_is_set_while_a_guest_runs_that_neither_sees_nor_clears_it()
    {
        List<ulong> seen = [];
        FakeSvm.Ending ending = block =>
        {
            seen.Add(block->Cr4);
            block->ExitCode = (ulong)SvmExitCode.ReadCr4;
            block->ExitInfo1 = (1ul << 63) | (ulong)GuestRegister.Rbx;
            block->NextRip = NextInstruction;
        };
        _svm.Endings.Enqueue(ending);
        _svm.EndsWith(SvmExitCode.Interrupt);
        _processor.SetRegister(GuestRegister.Rbx, ulong.MaxValue);
        Enter();
        Assert.Equal((0ul, 0ul, NextInstruction), (_processor.Cr4, _processor.GetRegister(GuestRegister.Rbx), _processor.Rip));

        _svm.Endings.Clear();
        MoveToCr4(ControlBits.Cr4PhysicalAddressExtension);
        _svm.Endings.Clear();
        _svm.Endings.Enqueue(ending);
        _svm.EndsWith(SvmExitCode.Interrupt);
        Enter();
        Assert.Equal(ControlBits.Cr4PhysicalAddressExtension, _processor.GetRegister(GuestRegister.Rbx));
        Assert.Equal([ControlBits.Cr4MachineCheck, ControlBits.Cr4MachineCheck | ControlBits.Cr4PhysicalAddressExtension], seen);
    }

    // AMD APM volume 2, 15.14.5: the threshold counts down, and at 0 the exit is before the instruction.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public unsafe void A_bus_lock_exits_where_the_processor_offers_it_and_is_executed_then(bool isOffered)
    {
        _machine.HasBusLockThreshold = isOffered;
        IVirtualProcessor processor = SvmVirtualization.Create(_machine.Host, _svm, out _)!.CreateProcessor(0x10_0000)!;
        List<(bool IsIntercepted, int Count)> seen = [];
        _svm.Endings.Enqueue(block =>
        {
            seen.Add(((block->LateIntercepts & (1 << 5)) != 0, block->BusLockCount));
            block->ExitCode = (ulong)(isOffered ? SvmExitCode.BusLock : SvmExitCode.Interrupt);
        });
        VmExit exit = default;
        processor.Enter(ref exit);
        Assert.Equal(isOffered ? ExitReason.BusLock : ExitReason.ExternalInterrupt, exit.Reason);
        processor.Enter(ref exit);
        Assert.Equal([(isOffered, 0), (isOffered, isOffered ? 1 : 0)], seen);
    }

    [Theory]
    [InlineData("a step", 0ul, true)]
    [InlineData("a step at branches only", 2ul, false)]
    public unsafe void A_move_to_CR4_is_followed_by_its_single_step(string what, ulong debugControl, bool isRaised)
    {
        Assert.NotEmpty(what);
        Assert.True(_processor.TryWriteMsr(Msr.DebugControl, debugControl));
        _processor.Rflags |= ControlBits.RflagsTrap;
        ulong status = 0;
        MoveToCr4(ControlBits.Cr4PhysicalAddressExtension, block => status = block->Dr6);
        Assert.Equal(NextInstruction, _processor.Rip);
        Assert.Equal([0, isRaised ? 0x8000_0301ul : 0], _svm.Delivered);
        Assert.Equal(isRaised, (status & ControlBits.Dr6SingleStep) != 0);
    }

    // AMD APM volume 2, 15.21.4: V_IRQ with V_INTR_PRIO, heeding V_TPR, and the intercept. QEMU breaks off on a MOV to CR8 then.
    [Theory]
    [InlineData("a processor", false, 4, (1ul << 8) | (4ul << 16))]
    [InlineData("QEMU", true, 4, 0ul)]
    [InlineData("nothing", false, 0, 0ul)]
    public unsafe void An_interrupt_that_CR8_holds_back_is_noticed_without_an_exit_for_each_write(
        string what, bool isTcg, int awaited, ulong window)
    {
        Assert.NotEmpty(what);
        _machine.IsTcg = isTcg;
        IVirtualProcessor processor = SvmVirtualization.Create(_machine.Host, _svm, out _)!.CreateProcessor(0x10_0000)!;
        processor.Cr8 = 5;
        processor.AwaitTaskPriority(awaited);
        List<(ulong Control, bool IsIntercepted, bool IsCr8)> seen = [];
        _svm.Endings.Enqueue(block =>
        {
            seen.Add((block->VirtualInterrupt & VirtualInterrupt.Window,
                (block->Intercepts & SvmIntercept.VirtualInterrupt) != 0, (block->InterceptControlWrites & (1 << 8)) != 0));
            block->ExitCode = (ulong)(window != 0 && seen.Count == 1 ? SvmExitCode.VirtualInterrupt : SvmExitCode.Interrupt);
        });
        VmExit exit = default;
        processor.Enter(ref exit);
        Assert.Equal(window != 0 ? ExitReason.InterruptWindow : ExitReason.ExternalInterrupt, exit.Reason);
        processor.AwaitTaskPriority(0);
        processor.Enter(ref exit);
        Assert.Equal([(window, window != 0, isTcg), (0, false, false)], seen);
        Assert.Equal(5, processor.Cr8);
    }

    [Theory]
    [InlineData(3, 3, true)]
    [InlineData(0x13, 5, false)]
    public void A_move_to_CR8_that_exits_is_executed(ulong value, byte after, bool isDone)
    {
        _processor.Cr0 |= ControlBits.Cr0ProtectionEnable;
        _processor.Cr8 = 5;
        MoveTo(SvmExitCode.WriteCr8, value);
        Assert.Equal((after, isDone ? NextInstruction : PowerOnState.Rip), (_processor.Cr8, _processor.Rip));
        Assert.Equal([0, isDone ? 0 : 0x8000_0B0Dul], _svm.Delivered);
    }

    [Theory]
    [InlineData(4, 0ul)]
    [InlineData(3, VirtualInterrupt.Window)]
    public unsafe void A_move_to_CR8_that_lets_an_interrupt_through_opens_the_window(ulong value, ulong window)
    {
        _machine.IsTcg = true;
        _machine.HasDecodeAssists = false;
        IVirtualProcessor processor = SvmVirtualization.Create(_machine.Host, _svm, out _)!.CreateProcessor(0x10_0000)!;
        processor.Cr8 = 5;
        processor.AwaitTaskPriority(4);
        processor.SetRegister(GuestRegister.Rax, value);
        _svm.EndsWith(SvmExitCode.WriteCr8);
        VmExit exit = default;
        processor.Enter(ref exit);
        Assert.True(processor.TryMoveControl(GuestRegister.Rax, NextInstruction));
        ulong control = ulong.MaxValue;
        _svm.Endings.Clear();
        _svm.Endings.Enqueue(block => control = block->VirtualInterrupt & VirtualInterrupt.Window);
        processor.Enter(ref exit);
        Assert.Equal(window, control);
    }

    [Fact]
    public unsafe void A_window_for_every_interrupt_outdoes_that_of_a_class()
    {
        ulong control = 0;
        _svm.Endings.Enqueue(block =>
        {
            control = block->VirtualInterrupt & VirtualInterrupt.Window;
            block->ExitCode = (ulong)SvmExitCode.Interrupt;
        });
        _processor.AwaitTaskPriority(4);
        _processor.RequestInterruptWindow(true);
        Enter();
        Assert.Equal(VirtualInterrupt.Window, control);
        _processor.RequestInterruptWindow(false);
        Enter();
        Assert.Equal(VirtualInterrupt.Waiting | (4ul << 16), control);
    }

    public void Dispose() => _machine.Dispose();

    private void MoveToCr4(ulong value, FakeSvm.Ending? then = null) => MoveTo(SvmExitCode.WriteCr4, value, then);

    private unsafe void MoveTo(SvmExitCode code, ulong value, FakeSvm.Ending? then = null)
    {
        const ulong Rbx = (ulong)GuestRegister.Rbx;
        _processor.SetRegister(GuestRegister.Rbx, value);
        _svm.Endings.Enqueue(block =>
        {
            block->ExitCode = (ulong)code;
            block->ExitInfo1 = (1ul << 63) | Rbx;
            block->NextRip = NextInstruction;
        });
        _svm.Endings.Enqueue(block =>
        {
            then?.Invoke(block);
            block->ExitCode = (ulong)SvmExitCode.Interrupt;
        });
        Assert.Equal(ExitReason.ExternalInterrupt, Enter().Reason);
    }

    private VmExit Enter()
    {
        VmExit exit = default;
        _processor.Enter(ref exit);
        return exit;
    }
}
