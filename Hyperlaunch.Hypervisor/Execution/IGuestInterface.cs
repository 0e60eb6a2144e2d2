using Hyperlaunch.Machine.X86;
using Hyperlaunch.Platform.Interrupts;

namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>
/// What a hypervisor offers to guests that know it, beyond a PC: CPUID leaves, MSRs, hypercalls. A domain has a short list of
/// them; of an MSR each is asked in turn, of a hypercall from the last to the first, and the first that answers wins.
/// </summary>
/// <remarks>
/// The methods whose name begins with Try are called on the CPU of the processor that asks, without the domain's gate; the others
/// under it. None of them allocates.
/// </remarks>
public interface IGuestInterface
{
    /// <summary>The domain's devices and processors are put into the state after power-on.</summary>
    void Reset();

    /// <summary>Answers CPUID in the block of leaves that the interface has in this domain.</summary>
    /// <param name="cpu">The processor that asks.</param>
    /// <param name="firstLeaf">The first leaf of the block, under which a guest looks for the interface's name.</param>
    /// <param name="offset">The leaf that is asked for, less <paramref name="firstLeaf"/>: 0 to 0xFF.</param>
    /// <param name="subleaf">ECX.</param>
    /// <param name="result">The answer.</param>
    /// <returns>False when there is no such leaf: it reads as zeros.</returns>
    bool TryCpuid(VirtualCpu cpu, uint firstLeaf, uint offset, uint subleaf, out CpuidResult result);

    /// <summary>Reads an MSR.</summary>
    /// <returns>False when it is none of this interface's. Where nobody answers the guest gets #GP.</returns>
    bool TryReadMsr(VirtualCpu cpu, uint index, out ulong value);

    /// <summary>Writes an MSR.</summary>
    /// <returns>
    /// False when it is none of this interface's, or the value is not taken. Where nobody answers the guest gets #GP.
    /// </returns>
    bool TryWriteMsr(VirtualCpu cpu, uint index, ulong value);

    /// <summary>
    /// Answers a hypercall (VMCALL, VMMCALL). Its number and arguments are in the processor's registers, and so goes its result;
    /// the privilege level of the caller is <see cref="IVirtualProcessor.PrivilegeLevel"/>. The processor goes on behind the
    /// instruction.
    /// </summary>
    /// <returns>False when it is none of this interface's. Where nobody answers the guest gets #UD.</returns>
    bool TryHypercall(VirtualCpu cpu);

    /// <summary>A processor set its time-stamp counter: its <see cref="LocalApic.TimeStampOffset"/> is the new one.</summary>
    void OnTimeStampSet(VirtualCpu cpu);

    /// <summary>
    /// Whether the guest still uses what it takes back when it shuts down in order: then a restart comes after a failure of its
    /// kernel.
    /// </summary>
    bool IsInUse { get; }
}
