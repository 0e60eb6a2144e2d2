using System;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Svm;
using Xunit;

namespace Hyperlaunch.Tests.Virtualization;

// AMD APM volume 2, chapter 15.
public sealed class SvmProcessorTests : IDisposable
{
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

    public void Dispose() => _machine.Dispose();

    private VmExit Enter()
    {
        VmExit exit = default;
        _processor.Enter(ref exit);
        return exit;
    }
}
