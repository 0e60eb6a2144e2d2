using System;
using System.Collections.Generic;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Tests.Machine.X86;
using Hyperlaunch.Virtualization.Guests;
using Hyperlaunch.Virtualization.Svm;
using Hyperlaunch.Virtualization.Vmx;
using Xunit;

namespace Hyperlaunch.Tests.Virtualization;

/// <summary>What guests do about speculation themselves, and what is done around their runs.</summary>
public sealed unsafe class GuestSpeculationTests : IDisposable
{
    private const ulong Ssbd = SpeculationBits.StoreBypassDisable;
    private const ulong Reserved = 1u << 9;

    private readonly AmdMachine _amd = new();
    private readonly IntelMachine _intel = new();
    private readonly FakeSvm _svm = new();
    private readonly FakeVmx _vmx = new();

    public void Dispose()
    {
        _amd.Dispose();
        _intel.Dispose();
    }

    [Fact]
    public void On_AMD_the_control_register_is_the_guests_from_its_first_use_on()
    {
        IVirtualProcessor processor = OnAmd("Zen 2");
        ulong map = 0;
        SpeculationMeasures measures = SpeculationMeasures.None;
        _svm.Endings.Enqueue(block =>
        {
            map = block->MsrPermissionMap;
            measures = ContextOf(block)->Measures;
            block->ExitCode = (ulong)SvmExitCode.MsrAccess;
        });
        Enter(processor);
        ulong before = map;
        Assert.Equal(SpeculationMeasures.None, measures & SpeculationMeasures.ReadControl);

        Assert.True(processor.TryWriteMsr(Msr.SpeculationControl, Ssbd));
        Enter(processor);
        Assert.NotEqual(before, map);
        Assert.Equal(
            SpeculationMeasures.SwitchControl | SpeculationMeasures.ReadControl,
            measures & (SpeculationMeasures.SwitchControl | SpeculationMeasures.ReadControl));
        Assert.True(processor.TryReadMsr(Msr.SpeculationControl, out ulong value));
        Assert.Equal(Ssbd, value);
    }

    [Fact]
    public void A_reset_takes_the_control_register_back()
    {
        IVirtualProcessor processor = OnIntel("Skylake");
        _vmx.EndsWith(VmxExitReason.WriteMsr);
        Enter(processor);
        ulong before = _vmx.Fields[VmcsField.MsrBitmap];
        Assert.True(processor.TryWriteMsr(Msr.SpeculationControl, Ssbd));
        Enter(processor);
        Assert.NotEqual(before, _vmx.Fields[VmcsField.MsrBitmap]);

        processor.Reset();
        Enter(processor);
        Assert.Equal(before, _vmx.Fields[VmcsField.MsrBitmap]);
        Assert.True(processor.TryReadMsr(Msr.SpeculationControl, out ulong value));
        Assert.Equal(0ul, value);
    }

    [Theory]
    [InlineData("Skylake", Ssbd, true)]
    [InlineData("Skylake", Ssbd | SpeculationBits.Restricted | SpeculationBits.SingleThread, true)]
    [InlineData("Skylake", Reserved, false)]
    [InlineData("Skylake", SpeculationBits.HistoryDisable, false)]
    [InlineData("Skylake", 1ul << 32, false)]
    [InlineData("Alder Lake", SpeculationBits.HistoryDisable, true)]
    [InlineData("Alder Lake", Reserved, false)]
    [InlineData("Skylake, old microcode", 0ul, false)]
    public void Reserved_bits_of_the_control_register_are_refused(string name, ulong value, bool isTaken)
    {
        IVirtualProcessor processor = OnIntel(name);
        _vmx.EndsWith(VmxExitReason.WriteMsr);
        Enter(processor);
        Assert.Equal(isTaken, processor.TryWriteMsr(Msr.SpeculationControl, value));
    }

    [Theory]
    [InlineData("Skylake", 1ul, true)]
    [InlineData("Skylake", 0ul, true)]
    [InlineData("Skylake", 2ul, false)]
    [InlineData("Skylake", 0x80ul, false)]
    [InlineData("Skylake, old microcode", 1ul, false)]
    public void A_barrier_is_made_at_once_and_reserved_bits_of_it_are_refused(string name, ulong value, bool isTaken)
    {
        IVirtualProcessor processor = OnIntel(name);
        _vmx.EndsWith(VmxExitReason.WriteMsr);
        Enter(processor);
        _intel.Msrs[Msr.PredictionCommand] = ulong.MaxValue;
        Assert.Equal(isTaken, processor.TryWriteMsr(Msr.PredictionCommand, value));
        Assert.Equal(isTaken ? value : ulong.MaxValue, _intel.Msrs[Msr.PredictionCommand]);
        Assert.False(processor.TryReadMsr(Msr.PredictionCommand, out _));
    }

    [Fact]
    public void Capabilities_that_name_other_registers_are_not_shown()
    {
        IVirtualProcessor processor = OnIntel("Cascade Lake");
        _vmx.EndsWith(VmxExitReason.ReadMsr);
        Enter(processor);
        Assert.True(processor.TryReadMsr(Msr.ArchitecturalCapabilities, out ulong value));
        Assert.Equal(
            SpeculationBits.NoRogueLoads | SpeculationBits.RestrictedAlways | SpeculationBits.SkipsL1Flush
                | SpeculationBits.NoBufferSampling | SpeculationBits.ClearsFillBuffers | SpeculationBits.NoRegisterFileSampling,
            value);
        Assert.False(processor.TryWriteMsr(Msr.ArchitecturalCapabilities, 0));
    }

    [Theory]
    [InlineData("Skylake", SpeculationBits.Restricted)]
    [InlineData("Alder Lake", SpeculationBits.Restricted | SpeculationBits.HistoryDisable)]
    public void A_CPU_is_given_the_hypervisors_control_word(string name, ulong expected)
    {
        OnIntel(name);
        Assert.Equal(expected, _intel.Msrs[Msr.SpeculationControl]);
    }

    [Fact]
    public void Automatic_IBRS_is_turned_on()
    {
        OnAmd("Zen 4");
        Assert.NotEqual(0ul, _amd.Host.Msrs[Msr.Efer] & ControlBits.EferAutomaticRestricted);
    }

    [Fact]
    public void Transactions_are_turned_off_where_that_can_be()
    {
        _intel.Msrs[Msr.TransactionControl] = 0;
        OnIntel("Cascade Lake");
        Assert.Equal(SpeculationBits.TransactionsOff, _intel.Msrs[Msr.TransactionControl]);
    }

    [Theory]
    [InlineData("firmware turned it off", SpeculationBits.GatherUnsafe, 0ul)]
    [InlineData("firmware locked it off", SpeculationBits.GatherUnsafe | SpeculationBits.GatherLock,
        SpeculationBits.GatherUnsafe | SpeculationBits.GatherLock)]
    public void Gathers_are_protected_again_unless_that_is_locked(string what, ulong before, ulong after)
    {
        _intel.Msrs[Msr.MicrocodeOptions] = before;
        OnIntel("Skylake");
        Assert.True(_intel.Msrs[Msr.MicrocodeOptions] == after, what);
    }

    [Fact]
    public void The_cache_is_flushed_once_for_each_entry_from_outside()
    {
        IVirtualProcessor processor = OnIntel("Skylake");
        int flushes = 0;
        for (int i = 0; i < 2; i++)
        {
            _vmx.Runs = context => flushes += (context->Measures & SpeculationMeasures.FlushL1) != 0 ? 1 : 0;
            _vmx.EndsWith(VmxExitReason.Cpuid);
            Enter(processor);
        }

        Assert.Equal(2, flushes);
    }

    [Fact]
    public void Where_the_processor_switches_the_control_register_the_guest_has_it_at_once()
    {
        _amd.Answers[(0x8000_000A, 0)] = new CpuidResult { Eax = 1, Ebx = 16, Edx = (1u << 0) | (1u << 3) | (1u << 20) };
        IVirtualProcessor processor = OnAmd("Zen 3");
        SpeculationMeasures measures = SpeculationMeasures.None;
        uint guest = 0;
        uint host = 1;
        _svm.Endings.Enqueue(block =>
        {
            measures = ContextOf(block)->Measures;
            guest = ContextOf(block)->GuestControl;
            host = ContextOf(block)->HostControl;
            block->ExitCode = (ulong)SvmExitCode.Cpuid;
        });
        Enter(processor);
        Assert.Equal(host, guest);
        Assert.Equal(SpeculationMeasures.None, measures & SpeculationMeasures.ReadControl);
    }

    private static GuestContext* ContextOf(Vmcb* block) => (GuestContext*)((byte*)block + 0x1000);

    private static void Enter(IVirtualProcessor processor)
    {
        VmExit exit = default;
        processor.Enter(ref exit);
    }

    private IVirtualProcessor OnAmd(string name)
    {
        Become(name, _amd.Answers, leaf => leaf is 0x8000_0001);
        foreach (uint register in new[] { Msr.DecoderConfiguration, Msr.BranchConfiguration, Msr.SpeculationControl })
        {
            _amd.Host.Msrs[register] = 0;
        }

        SvmVirtualization? extension = SvmVirtualization.Create(_amd.Host, _svm, out string problem);
        Assert.True(extension is not null, problem);
        return extension.CreateProcessor(0x10_0000)!;
    }

    private IVirtualProcessor OnIntel(string name)
    {
        NamedProcessor named = NamedProcessor.Of(name);
        Become(name, _intel.Answers, leaf => leaf is 1 or >= 0x8000_0000);
        foreach (uint register in new[] { Msr.FsBase, Msr.Pat, Msr.Efer, Msr.Star, Msr.Lstar, Msr.Cstar, Msr.Sfmask,
            Msr.KernelGsBase, Msr.TransactionControl, Msr.MicrocodeOptions })
        {
            _intel.Msrs.TryAdd(register, 0);
        }

        _intel.Msrs[Msr.ArchitecturalCapabilities] = named.Capabilities;
        CpuidResult features = named.Cpuid(1, 0);
        features.Ecx |= (1u << 3) | (1u << 5);
        _intel.Answers[(1, 0)] = features;
        VmxVirtualization? extension = VmxVirtualization.Create(_intel.Host, _vmx, out string problem);
        Assert.True(extension is not null, problem);
        return extension.CreateProcessor(0x10_0000)!;
    }

    private static void Become(
        string name, Dictionary<(uint Leaf, uint Subleaf), CpuidResult> answers, Predicate<uint> keeps)
    {
        NamedProcessor named = NamedProcessor.Of(name);
        foreach ((uint leaf, uint subleaf) in NamedProcessor.Leaves)
        {
            if (!keeps(leaf))
            {
                answers[(leaf, subleaf)] = named.Cpuid(leaf, subleaf);
            }
        }
    }
}
