using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.Concurrency;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Hypervisor.Xen;

/// <content>How the guest finds it and calls it: CPUID, the MSR, VMCALL or VMMCALL (Xen public/arch-x86/cpuid.h).</content>
internal sealed partial class XenInterface
{
    private const uint VersionLeaf = 1;
    private const uint HypercallLeaf = 2;
    private const uint TimeLeaf = 3;
    private const uint FeatureLeaf = 4;
    private const uint LastLeaf = 5;

    // XEN_HVM_CPUID_VCPU_ID_PRESENT, XEN_HVM_CPUID_DOMID_PRESENT. Not bit 6, the upcall vector of a processor: Linux would use
    // it, and end every upcall at its local APIC by an exit.
    private const uint Features = (1u << 3) | (1u << 4);

    // The time-stamp counter is safe to be read on all processors (leaf 3.0, EAX bit 1), where the machine's are.
    private const uint SafeCounter = 1u << 1;

    private const ushort LongCode = 1 << 9;

    /// <inheritdoc/>
    public bool TryCpuid(VirtualCpu cpu, uint firstLeaf, uint offset, uint subleaf, out CpuidResult result)
    {
        result = offset switch
        {
            // "XenVMMXenVMM"
            0 => new CpuidResult { Eax = firstLeaf + LastLeaf, Ebx = 0x566E_6558, Ecx = 0x6558_4D4D, Edx = 0x4D4D_566E },
            VersionLeaf => new CpuidResult { Eax = Version },
            HypercallLeaf => new CpuidResult { Eax = 1, Ebx = HypercallPageMsr },
            TimeLeaf => Time(cpu, subleaf),
            FeatureLeaf => new CpuidResult { Eax = Features, Ebx = (uint)cpu.Index, Ecx = (uint)cpu.Machine.Domid },
            _ => default,
        };
        return offset <= LastLeaf;
    }

    /// <inheritdoc/>
    /// <remarks>The MSR only takes.</remarks>
    public bool TryReadMsr(VirtualCpu cpu, uint index, out ulong value)
    {
        value = 0;
        return index == HypercallPageMsr;
    }

    /// <inheritdoc/>
    /// <remarks>There is one page, number 0: the lower twelve bits say which is meant.</remarks>
    public bool TryWriteMsr(VirtualCpu cpu, uint index, ulong value)
    {
        if (index != HypercallPageMsr || (value & PageSizes.PageMask) != 0)
        {
            return false;
        }

        SpinGate gate = cpu.Machine.Gate;
        gate.Enter();
        bool taken = HypercallPage.TryWrite(cpu.Machine.Memory, new GuestAddress(value), _isAmd);
        if (taken)
        {
            NoteWidth(IsLongCode(cpu.Processor));
        }

        gate.Exit();
        return taken;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The number is in EAX, and so goes the result. Outside privilege level 0, and in real mode, every call is refused; one that
    /// does not exist is answered with -ENOSYS.
    /// </remarks>
    public bool TryHypercall(VirtualCpu cpu)
    {
        IVirtualProcessor processor = cpu.Processor;
        bool isLong = IsLongCode(processor);
        long result = XenError.NotPermitted;
        if (processor.PrivilegeLevel == 0 && (processor.Cr0 & ControlBits.Cr0ProtectionEnable) != 0)
        {
            ulong number = processor.GetRegister(GuestRegister.Rax);
            Hypercall? call = _calls.Find(isLong ? number : (uint)number);
            result = XenError.NoSuchCall;
            if (call is not null)
            {
                SpinGate gate = cpu.Machine.Gate;
                gate.Enter();
                if (Channels.Take())
                {
                    EndPolls();
                }

                result = call.Call(new HypercallCaller(this, cpu, isLong));
                gate.Exit();
            }
        }

        if (result == XenError.Repeat)
        {
            cpu.RepeatHypercall();
            return true;
        }

        processor.SetRegister(GuestRegister.Rax, isLong ? unchecked((ulong)result) : unchecked((uint)result));
        return true;
    }

    private static bool IsLongCode(IVirtualProcessor processor)
        => (processor.Efer & ControlBits.EferLongModeActive) != 0
            && (processor.GetSegment(SegmentRegister.Cs).Attributes & LongCode) != 0;

    // Subleaf 0: how the counter behaves; 1: the clock's scale; 2: the machine's frequency.
    private CpuidResult Time(VirtualCpu cpu, uint subleaf)
    {
        ulong offset = cpu.Machine.Platform.LocalApic(cpu.Index).TimeStampOffset + Clock.StartStamp;
        return subleaf switch
        {
            0 => new CpuidResult { Eax = _clock.IsStable ? SafeCounter : 0, Ecx = (uint)_clock.TimeStampKilohertz },
            1 => new CpuidResult
            {
                Eax = (uint)offset,
                Ebx = (uint)(offset >> 32),
                Ecx = Clock.Multiplier,
                Edx = unchecked((uint)Clock.Shift),
            },
            2 => new CpuidResult { Eax = (uint)_clock.TimeStampKilohertz },
            _ => default,
        };
    }
}
