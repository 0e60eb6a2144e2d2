using System.Collections.Generic;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Tests.Hypervisor.Execution;

/// <summary>
/// A guest interface with a leaf for its name, one MSR, and one hypercall that it refuses outside the kernel in its own way.
/// </summary>
internal class FakeGuestInterface(uint name, uint msr, ulong call) : IGuestInterface
{
    public const ulong NotPermitted = unchecked((ulong)-1L);

    public ulong Value { get; private set; } = name;

    public bool IsInUse { get; set; }

    public int Resets { get; private set; }

    public List<int> CountersSet { get; } = [];

    public void Reset() => Resets++;

    public bool TryCpuid(VirtualCpu cpu, uint firstLeaf, uint offset, uint subleaf, out CpuidResult result)
    {
        result = offset switch
        {
            0 => new CpuidResult { Eax = firstLeaf + 1, Ebx = name },
            1 => new CpuidResult { Eax = (uint)cpu.Index, Ebx = subleaf },
            _ => default,
        };
        return offset <= 1;
    }

    public bool TryReadMsr(VirtualCpu cpu, uint index, out ulong value)
    {
        value = Value;
        return index == msr;
    }

    public bool TryWriteMsr(VirtualCpu cpu, uint index, ulong value)
    {
        bool taken = index == msr && (value & 1) == 0;
        Value = taken ? value : Value;
        return taken;
    }

    public bool TryHypercall(VirtualCpu cpu)
    {
        if (cpu.Processor.GetRegister(GuestRegister.Rax) != call)
        {
            return false;
        }

        cpu.Processor.SetRegister(GuestRegister.Rax, cpu.Processor.PrivilegeLevel == 0 ? name : NotPermitted);
        return true;
    }

    public void OnTimeStampSet(VirtualCpu cpu) => CountersSet.Add(cpu.Index);
}
