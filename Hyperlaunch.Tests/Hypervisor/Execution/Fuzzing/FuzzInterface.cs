using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Tests.Hypervisor.Execution.Fuzzing;

/// <summary>A guest interface with a leaf, an MSR that raises its interrupt, and a hypercall.</summary>
internal sealed class FuzzInterface : IGuestInterface, IInterruptSource
{
    public const uint Register = 0x4000_0055;
    public const ulong Call = 0x55;

    private ulong _value;

    public bool IsInUse => (_value & 2) != 0;

    public void Reset() => _value = 0;

    public void Attach(VirtualMachine machine)
    {
    }

    public void Release()
    {
    }

    public bool EndsWait(VirtualCpu cpu) => (_value & 1) != 0;

    public bool TryCpuid(VirtualCpu cpu, uint firstLeaf, uint offset, uint subleaf, out CpuidResult result)
    {
        result = new CpuidResult { Eax = firstLeaf, Ebx = offset, Ecx = subleaf };
        return offset < 2;
    }

    public bool TryReadMsr(VirtualCpu cpu, uint index, out ulong value)
    {
        value = _value;
        return index == Register;
    }

    public bool TryWriteMsr(VirtualCpu cpu, uint index, ulong value)
    {
        _value = index == Register ? value : _value;
        return index == Register;
    }

    public bool TryHypercall(VirtualCpu cpu) => cpu.Processor.GetRegister(GuestRegister.Rax) == Call;

    public void OnTimeStampSet(VirtualCpu cpu)
    {
    }

    public bool HasInterrupt(VirtualCpu cpu, out byte vector)
    {
        vector = 0x55;
        return (_value & 1) != 0 && cpu.Index == 0;
    }
}
