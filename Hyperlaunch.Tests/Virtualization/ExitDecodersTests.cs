using System;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Tests.Hypervisor.Execution.Fuzzing;
using Hyperlaunch.Virtualization.Svm;
using Hyperlaunch.Virtualization.Vmx;
using Xunit;

namespace Hyperlaunch.Tests.Virtualization;

/// <summary>
/// The same exit, told by an AMD and by an Intel processor in their own words (AMD APM volume 2, 15.10.2 and 15.25.6; Intel SDM
/// volume 3, tables 28-5, 28-7 and 28-8), is the same neutral one.
/// </summary>
public sealed class ExitDecodersTests : IDisposable
{
    private const int Cases = 20_000;
    private const ulong Seed = 0x20261201;

    private static readonly (SvmExitCode Svm, VmxExitReason Vmx)[] s_instructions =
    [
        (SvmExitCode.Cpuid, VmxExitReason.Cpuid),
        (SvmExitCode.Halt, VmxExitReason.Halt),
        (SvmExitCode.Pause, VmxExitReason.Pause),
        (SvmExitCode.Vmmcall, VmxExitReason.Vmcall),
        (SvmExitCode.Xsetbv, VmxExitReason.Xsetbv),
        (SvmExitCode.Monitor, VmxExitReason.Monitor),
        (SvmExitCode.Mwait, VmxExitReason.Mwait),
        (SvmExitCode.Invd, VmxExitReason.Invd),
        (SvmExitCode.Wbinvd, VmxExitReason.Wbinvd),
        (SvmExitCode.ReadPerformanceCounter, VmxExitReason.Rdpmc),
        (SvmExitCode.ReadTimeStamp, VmxExitReason.Rdtsc),
        (SvmExitCode.ReadTimeStampAndAux, VmxExitReason.Rdtscp),
        (SvmExitCode.Vmrun, VmxExitReason.FirstVmxInstruction),
    ];

    private static readonly ushort[] s_code = [0x9B, 0xC9B, 0xA9B];

    private readonly AmdMachine _amd = new();
    private readonly IntelMachine _intel = new();
    private readonly FakeSvm _svm = new();
    private readonly FakeVmx _vmx = new();
    private readonly FuzzRandom _random = new();
    private readonly IVirtualProcessor _amdProcessor;
    private readonly IVirtualProcessor _intelProcessor;
    private ulong _next;

    public ExitDecodersTests()
    {
        foreach (uint register in new[] { Msr.FsBase, Msr.Pat, Msr.Efer, Msr.Star, Msr.Lstar, Msr.Cstar, Msr.Sfmask,
            Msr.KernelGsBase })
        {
            _intel.Msrs[register] = 0;
        }

        _amdProcessor = SvmVirtualization.Create(_amd.Host, _svm, out _)!.CreateProcessor(0x10_0000)!;
        _intelProcessor = VmxVirtualization.Create(_intel.Host, _vmx, out _)!.CreateProcessor(0x10_0000)!;
    }

    [Fact]
    public void Both_tell_an_instruction_in_the_same_words() => Compare(() =>
    {
        (SvmExitCode svm, VmxExitReason vmx) = _random.Of<(SvmExitCode, VmxExitReason)>(s_instructions);
        Svm(svm, 0);
        _vmx.EndsWith(vmx, (VmcsField.InstructionLength, Length()));
    });

    [Fact]
    public void Both_tell_an_MSR_access_in_the_same_words() => Compare(() =>
    {
        bool isWrite = _random.OneIn(2);
        Svm(SvmExitCode.MsrAccess, isWrite ? 1u : 0);
        _vmx.EndsWith(isWrite ? VmxExitReason.WriteMsr : VmxExitReason.ReadMsr, (VmcsField.InstructionLength, Length()));
    });

    [Fact]
    public void Both_tell_a_port_access_in_the_same_words() => Compare(() =>
    {
        ulong port = _random.Next() & 0xFFFF;
        ulong size = 1u << _random.Below(3);
        ulong isInput = _random.Under(2);
        ulong isString = _random.Under(2);
        ulong isRepeated = _random.Under(2) & isString;
        int addressSize = isString != 0 ? _random.Below(3) : Default();
        ulong segment = (ulong)SegmentRegister.Ds;
        Svm(SvmExitCode.PortAccess, port << 16 | segment << 10 | (1UL << (7 + addressSize)) | size << 4 | isRepeated << 3
            | isString << 2 | isInput, _next);
        _vmx.EndsWith(
            VmxExitReason.PortAccess,
            (VmcsField.InstructionLength, Length()),
            (VmcsField.ExitQualification, port << 16 | isRepeated << 5 | isString << 4 | isInput << 3 | (size - 1)),
            (VmcsField.InstructionInformation, segment << 15 | (ulong)addressSize << 7));
    });

    [Fact]
    public void Both_tell_a_nested_page_fault_in_the_same_words() => Compare(() =>
    {
        ulong address = _random.Number() & 0xF_FFFF_FFFF_FFFF;
        ulong isWrite = _random.Under(2);
        ulong isFetch = _random.Under(2) & ~isWrite;
        bool isWalk = _random.OneIn(2);
        Svm(SvmExitCode.NestedPageFault, (isWalk ? 1UL << 33 : 1UL << 32) | isFetch << 4 | isWrite << 1 | 4, address);
        ulong read = 1 & ~(isWrite | isFetch);
        _vmx.EndsWith(
            VmxExitReason.EptViolation,
            (VmcsField.ExitQualification, (isWalk ? 0x80u : 0x180u) | isFetch << 2 | isWrite << 1 | read),
            (VmcsField.GuestPhysicalAddress, address));
    });

    [Theory]
    [InlineData(ExceptionVector.Debug)]
    [InlineData(ExceptionVector.AlignmentCheck)]
    [InlineData(ExceptionVector.PageFault)]
    [InlineData(ExceptionVector.InvalidOpcode)]
    public void Both_tell_an_exception_in_the_same_words(byte vector) => Compare(() =>
    {
        bool hasErrorCode = vector is ExceptionVector.AlignmentCheck or ExceptionVector.PageFault;
        uint errorCode = hasErrorCode ? _random.Next32() & 0x1F : 0;
        Svm(SvmExitCode.FirstException + vector, errorCode);
        _vmx.EndsWith(
            VmxExitReason.ExceptionOrNmi,
            (VmcsField.ExitInterruption, 0x8000_0300u | (hasErrorCode ? 0x800u : 0) | vector),
            (VmcsField.ExitErrorCode, errorCode));
    });

    [Fact]
    public void Both_tell_what_is_no_instructions_in_the_same_words() => Compare(() =>
    {
        (SvmExitCode svm, VmxExitReason vmx) = _random.Of<(SvmExitCode, VmxExitReason)>(
        [
            (SvmExitCode.Interrupt, VmxExitReason.ExternalInterrupt),
            (SvmExitCode.VirtualInterrupt, VmxExitReason.InterruptWindow),
            (SvmExitCode.Shutdown, VmxExitReason.TripleFault),
            (SvmExitCode.TaskSwitch, VmxExitReason.TaskSwitch),
        ]);
        Svm(svm, 0);
        _vmx.EndsWith(vmx);
    });

    public void Dispose()
    {
        _amd.Dispose();
        _intel.Dispose();
    }

    private unsafe void Svm(SvmExitCode code, ulong first, ulong second = 0) => _svm.Endings.Enqueue(block =>
    {
        block->ExitCode = (ulong)code;
        block->ExitInfo1 = first;
        block->ExitInfo2 = second;
        block->NextRip = _next;
    });

    private void Compare(Action end)
    {
        for (int i = 0; i < Cases; i++)
        {
            _random.Start(Seed, i);
            ushort code = _random.Of<ushort>(s_code);
            Prepare(_amdProcessor, code);
            Prepare(_intelProcessor, code);
            ulong rip = _random.OneIn(2) ? _random.Next() : _random.Number();
            bool is64 = code == s_code[2];
            rip = is64 ? rip : (uint)rip;
            (_amdProcessor.Rip, _intelProcessor.Rip) = (rip, rip);
            _next = rip + 1 + _random.Under(15);
            _next = is64 ? _next : (uint)_next;
            _svm.Endings.Clear();
            _vmx.Endings.Clear();
            end();
            VmExit amd = default;
            VmExit intel = default;
            _amdProcessor.Enter(ref amd);
            _intelProcessor.Enter(ref intel);
            Assert.True(Words(amd) == Words(intel), $"Case {i}: {Words(amd)} and {Words(intel)}.");
        }
    }

    // Everything that has a meaning for VirtualCpu; the segment only that of OUTS.
    private static string Words(in VmExit exit)
        => $"{exit.Reason} {exit.Vector} {exit.ErrorCode} next {exit.NextInstruction:x} port {exit.Port:x} {exit.Size} "
        + $"{exit.IsInput} {exit.IsString} {exit.IsRepeated} {exit.AddressSize} at {exit.GuestPhysicalAddress:x} "
        + $"{exit.IsWrite} {exit.IsFetch} {exit.IsPageWalk} "
        + (exit.IsString && !exit.IsInput ? exit.Segment : SegmentRegister.Es);

    private static void Prepare(IVirtualProcessor processor, ushort code)
    {
        processor.Reset();
        bool isLong = (code & ControlBits.AttributeLong) != 0;
        processor.Cr0 |= ControlBits.Cr0ProtectionEnable | (isLong ? ControlBits.Cr0Paging : 0);
        processor.Efer = isLong ? ControlBits.EferLongModeEnable | ControlBits.EferLongModeActive : 0;
        processor.SetSegment(SegmentRegister.Cs, new SegmentState(8, code, uint.MaxValue, 0));
    }

    private ulong Length() => (_next - _intelProcessor.Rip) & 0xF;

    // 0, 1 and 2 stand for addresses of 16, 32 and 64 bits.
    private int Default()
    {
        ushort attributes = _intelProcessor.GetSegment(SegmentRegister.Cs).Attributes;
        return (attributes & ControlBits.AttributeLong) != 0 ? 2 : (attributes & ControlBits.AttributeDefault32) != 0 ? 1 : 0;
    }
}
