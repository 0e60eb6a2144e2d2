using System;
using System.Collections.Generic;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Vmx;
using Xunit;

namespace Hyperlaunch.Tests.Virtualization;

// Intel SDM volume 3, chapters 25 to 28.
public sealed class VmxProcessorTests : IDisposable
{
    private const uint HardwareException = 0x8000_0300;
    private const uint WithErrorCode = 0x800;

    private readonly IntelMachine _machine = new();
    private readonly FakeVmx _vmx = new();
    private readonly IVirtualProcessor _processor;

    public VmxProcessorTests()
    {
        foreach (uint register in new[] { Msr.FsBase, Msr.Pat, Msr.Efer, Msr.Star, Msr.Lstar, Msr.Cstar, Msr.Sfmask,
            Msr.KernelGsBase })
        {
            _machine.Msrs[register] = 0;
        }

        VmxVirtualization? extension = VmxVirtualization.Create(_machine.Host, _vmx, out string problem);
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

    [Theory]
    [InlineData(VmxExitReason.ExternalInterrupt, ExitReason.ExternalInterrupt)]
    [InlineData(VmxExitReason.PreemptionTimer, ExitReason.TimeSlice)]
    [InlineData(VmxExitReason.Cpuid, ExitReason.Cpuid)]
    [InlineData(VmxExitReason.Halt, ExitReason.Halt)]
    [InlineData(VmxExitReason.Vmcall, ExitReason.Hypercall)]
    [InlineData(VmxExitReason.Wbinvd, ExitReason.CacheInvalidate)]
    [InlineData(VmxExitReason.TripleFault, ExitReason.TripleFault)]
    internal void Exits_have_neutral_names(VmxExitReason code, ExitReason reason)
    {
        _vmx.EndsWith(code);
        Assert.Equal(reason, Enter().Reason);
    }

    [Fact]
    public void A_structure_is_launched_once_and_resumed_until_it_leaves()
    {
        _vmx.EndsWith(VmxExitReason.ExternalInterrupt);
        Enter();
        Enter();
        _processor.Leave();
        Enter();
        Assert.Equal([false, true, false], _vmx.Resumed);
    }

    [Fact]
    public void A_refused_entry_is_explained()
    {
        _vmx.Endings.Enqueue(() =>
        {
            _vmx.Fields[VmcsField.InstructionError] = 7;
            return VmxInstructions.FailedValid;
        });
        VmExit exit = Enter();
        Assert.Equal(ExitReason.InvalidState, exit.Reason);
        Assert.Contains("control fields", exit.Diagnosis, StringComparison.Ordinal);
    }

    // Guest SMBASE is used by dual-monitor treatment alone (Intel SDM vol 3, 32.15), and a nested VMX need not have it: KVM's has
    // not.
    [Fact]
    public void A_field_that_only_system_management_mode_uses_is_not_written()
    {
        const uint GuestSmbase = 0x4828;
        _vmx.EndsWith(VmxExitReason.Cpuid);
        Enter();
        Assert.DoesNotContain(GuestSmbase, _vmx.Fields.Keys);
    }

    [Fact]
    public void A_field_that_the_processor_refuses_is_named()
    {
        _vmx.Missing.Add(VmcsField.ExitQualification);
        _vmx.EndsWith(VmxExitReason.Cpuid);
        Assert.Contains("0x6400", Assert.Throws<HostFailedException>(() => Enter()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void INT1_is_left_behind_when_its_exception_is_delivered()
    {
        const ulong PrivilegedSoftwareException = 0x8000_0501;
        ulong before = _processor.Rip;
        _vmx.EndsWith(
            VmxExitReason.ExceptionOrNmi, (VmcsField.ExitInterruption, PrivilegedSoftwareException),
                (VmcsField.InstructionLength, 1));
        Assert.Equal(ExitReason.Reinjected, Enter().Reason);
        Assert.Equal(before + 1, _processor.Rip);
    }

    [Fact]
    public void A_refused_state_is_explained()
    {
        _vmx.EndsWith(VmxExitReason.InvalidGuestState,
            (VmcsField.ExitReason, 0x8000_0000 | (ulong)VmxExitReason.InvalidGuestState));
        _processor.Rflags = 0;
        VmExit exit = Enter();
        Assert.Equal(ExitReason.InvalidState, exit.Reason);
        Assert.Contains("RFLAGS", exit.Diagnosis, StringComparison.Ordinal);
    }

    [Fact]
    public void An_event_whose_delivery_was_cut_short_is_delivered_again()
    {
        ulong interrupt = VmxEvent.Interrupt(0x40);
        _vmx.EndsWith(VmxExitReason.EptViolation, (VmcsField.VectoringInformation, interrupt));
        _processor.InjectInterrupt(0x40);
        Assert.Equal(ExitReason.NestedPageFault, Enter().Reason);
        Assert.True(_processor.IsEventQueued);
        Enter();
        Assert.Equal([interrupt, interrupt], _vmx.Delivered);
    }

    [Theory]
    [InlineData(ExceptionVector.Debug, HardwareException)]
    [InlineData(ExceptionVector.AlignmentCheck, HardwareException | WithErrorCode)]
    public void An_exception_that_returns_for_ever_ends_every_run(byte vector, uint kind)
    {
        _processor.Cr0 |= ControlBits.Cr0ProtectionEnable;
        _vmx.EndsWith(VmxExitReason.ExceptionOrNmi, (VmcsField.ExitInterruption, kind | vector));
        for (int i = 1; i <= 3; i++)
        {
            VmExit exit = Enter();
            Assert.Equal((ExitReason.Reinjected, vector, i), (exit.Reason, exit.Vector, _vmx.Delivered.Count));
            Assert.True(_processor.IsEventQueued);
        }

        Assert.Equal([0, kind | vector, kind | vector], _vmx.Delivered);
    }

    [Fact]
    public void A_machine_check_is_the_machines()
    {
        _vmx.EndsWith(
            VmxExitReason.ExceptionOrNmi, (VmcsField.ExitInterruption, HardwareException | ExceptionVector.MachineCheck));
        Assert.Contains("machine check", Assert.Throws<HostFailedException>(() => Enter()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_faults_are_a_double_fault_and_three_shut_down()
    {
        _processor.Cr0 |= ControlBits.Cr0ProtectionEnable;
        _vmx.EndsWith(VmxExitReason.ExternalInterrupt);
        _processor.InjectException(ExceptionVector.GeneralProtection, true, 4);
        _processor.InjectException(ExceptionVector.GeneralProtection, true, 4);
        Enter();
        Assert.Equal([0x8000_0B08ul], _vmx.Delivered);
        _processor.InjectException(ExceptionVector.DoubleFault, true, 0);
        _processor.InjectException(ExceptionVector.PageFault, true, 0);
        Assert.Equal(ExitReason.TripleFault, Enter().Reason);
        Assert.Single(_vmx.Delivered);
        _processor.Reset();
        Assert.Equal(ExitReason.ExternalInterrupt, Enter().Reason);
    }

    [Fact]
    public void CR4_bits_that_CPUID_hides_are_not_the_guests()
    {
        _vmx.EndsWith(VmxExitReason.ExternalInterrupt);
        _processor.Cr4 = ControlBits.Cr4PhysicalAddressExtension;
        Enter();
        const ulong Allowed = ControlBits.Cr4PhysicalAddressExtension | ControlBits.Cr4PerformanceCounters;
        Assert.Equal(~Allowed, _vmx.Fields[VmcsField.Cr4Mask]);
        Assert.Equal(ControlBits.Cr4PhysicalAddressExtension, _vmx.Fields[VmcsField.Cr4Shadow]);
        Assert.Equal(
            ControlBits.Cr4PhysicalAddressExtension | ControlBits.Cr4VmxEnable | ControlBits.Cr4MachineCheck,
            _vmx.Fields[VmcsField.GuestCr4]);
        Assert.Equal(ControlBits.Cr4PhysicalAddressExtension, _processor.Cr4);
    }

    // Intel SDM volume 3, 27.9: without it a machine check shuts the machine down, in a guest too.
    [Fact]
    public void CR4_MCE_is_set_while_a_guest_runs_that_neither_sees_nor_clears_it()
    {
        _vmx.EndsWith(VmxExitReason.ExternalInterrupt);
        _processor.Cr4 = 0;
        Enter();
        Assert.Equal(ControlBits.Cr4VmxEnable | ControlBits.Cr4MachineCheck, _vmx.Fields[VmcsField.GuestCr4]);
        Assert.NotEqual(0ul, _vmx.Fields[VmcsField.Cr4Mask] & ControlBits.Cr4MachineCheck);
        Assert.Equal((0ul, 0ul), (_vmx.Fields[VmcsField.Cr4Shadow], _processor.Cr4));
    }

    // Intel SDM volume 3, 25.6.2 and 26.2.
    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 131_072)]
    public void Bus_locks_and_guests_without_an_event_window_exit_where_the_processor_offers_it(bool isOffered, ulong window)
    {
        const ulong Both = 3UL << 30;
        _machine.Msrs[VmxMsr.Secondary] |= isOffered ? Both << 32 : 0;
        IVirtualProcessor processor = VmxVirtualization.Create(_machine.Host, _vmx, out _)!.CreateProcessor(0x10_0000)!;
        _vmx.EndsWith(VmxExitReason.BusLock);
        _vmx.EndsWith(VmxExitReason.Notify);
        _vmx.EndsWith(VmxExitReason.Notify, (VmcsField.ExitQualification, 1));
        VmExit exit = default;
        foreach (ExitReason reason in new[] { ExitReason.BusLock, ExitReason.NoEventWindow, ExitReason.Unknown })
        {
            processor.Enter(ref exit);
            Assert.Equal(reason, exit.Reason);
        }

        Assert.Equal(isOffered ? Both : 0, _vmx.Fields[VmcsField.SecondaryControls] & Both);
        Assert.Equal(window, _vmx.Fields.GetValueOrDefault(VmcsField.NotifyWindow));
    }

    [Theory]
    [InlineData(0, 3, ExitReason.ExternalInterrupt)]
    [InlineData(4, 4, ExitReason.ExternalInterrupt)]
    [InlineData(4, 3, ExitReason.InterruptWindow)]
    public void A_lowered_CR8_ends_the_run_when_it_lets_through_what_waits(int awaited, ulong value, ExitReason reason)
    {
        const ulong MovRaxToCr8 = 0x008;
        _processor.Cr8 = 5;
        _processor.AwaitTaskPriority(awaited);
        _processor.SetRegister(GuestRegister.Rax, value);
        _vmx.EndsWith(VmxExitReason.ControlRegister, (VmcsField.ExitQualification, MovRaxToCr8));
        _vmx.EndsWith(VmxExitReason.ExternalInterrupt);
        Assert.Equal((reason, (byte)value), (Enter().Reason, _processor.Cr8));
    }

    [Theory]
    [InlineData("to CR8", 0x008)]
    [InlineData("from CR8", 0x018)]
    public void A_move_to_or_from_CR8_is_followed_by_its_single_step(string what, ulong access)
    {
        Assert.NotEmpty(what);
        ulong before = _processor.Rip;
        _processor.Rflags |= ControlBits.RflagsTrap;
        _vmx.EndsWith(
            VmxExitReason.ControlRegister, (VmcsField.ExitQualification, access), (VmcsField.InstructionLength, 4));
        _vmx.EndsWith(VmxExitReason.ExternalInterrupt);
        Enter();
        Assert.Equal([0, HardwareException | ExceptionVector.Debug], _vmx.Delivered);
        Assert.Equal(before + 4, _processor.Rip);
        Assert.Equal(ControlBits.Dr6SingleStep, _machine.Host.DebugStatus & ControlBits.Dr6SingleStep);

        // Only branches raise it.
        _vmx.Endings.Clear();
        _vmx.EndsWith(
            VmxExitReason.ControlRegister, (VmcsField.ExitQualification, access), (VmcsField.InstructionLength, 4));
        _vmx.EndsWith(VmxExitReason.ExternalInterrupt);
        _processor.Reset();
        _processor.Rflags |= ControlBits.RflagsTrap;
        Assert.True(_processor.TryWriteMsr(Msr.DebugControl, 2));
        Enter();
        Assert.Equal([0, HardwareException | ExceptionVector.Debug, 0, 0], _vmx.Delivered);
    }

    [Fact]
    public void A_hidden_bit_of_CR4_is_reserved()
    {
        const ulong MovToCr4 = 4;
        _processor.Cr0 |= ControlBits.Cr0ProtectionEnable;
        _vmx.EndsWith(VmxExitReason.ControlRegister, (VmcsField.ExitQualification, MovToCr4));
        _vmx.EndsWith(VmxExitReason.ExternalInterrupt);
        Enter();
        Assert.Equal([0, 0x8000_0B0Dul], _vmx.Delivered);
        Assert.Equal(PowerOnState.Rip, _processor.Rip);
    }

    public void Dispose() => _machine.Dispose();

    private VmExit Enter()
    {
        VmExit exit = default;
        _processor.Enter(ref exit);
        return exit;
    }
}
