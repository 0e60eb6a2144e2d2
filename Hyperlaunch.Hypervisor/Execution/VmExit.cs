using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>One exit of a guest, in one form for every processor. Only the fields that its reason names are meaningful.</summary>
public struct VmExit
{
    /// <summary>Why the guest stopped.</summary>
    public ExitReason Reason;

    /// <summary>Exception: the vector.</summary>
    public byte Vector;

    /// <summary>Exception: its error code, 0 for those without one.</summary>
    public uint ErrorCode;

    /// <summary>For an instruction: the address of the one after it. 0 where the guest has not executed an instruction.</summary>
    public ulong NextInstruction;

    /// <summary>Port access: the port.</summary>
    public ushort Port;

    /// <summary>Port access: 1, 2 or 4 bytes.</summary>
    public byte Size;

    /// <summary>Port access: IN or INS.</summary>
    public bool IsInput;

    /// <summary>Port access: INS or OUTS.</summary>
    public bool IsString;

    /// <summary>Port access: with a REP prefix.</summary>
    public bool IsRepeated;

    /// <summary>Port access: address size of a string form in bytes: 2, 4 or 8.</summary>
    public byte AddressSize;

    /// <summary>Port access: the segment of an OUTS.</summary>
    public SegmentRegister Segment;

    /// <summary>Nested page fault: the guest physical address.</summary>
    public ulong GuestPhysicalAddress;

    /// <summary>Nested page fault: a write; otherwise a read or a fetch.</summary>
    public bool IsWrite;

    /// <summary>Nested page fault: an instruction fetch.</summary>
    public bool IsFetch;

    /// <summary>
    /// Nested page fault: it happened while the processor walked the guest's own page tables, and not for the final address.
    /// </summary>
    public bool IsPageWalk;

    /// <summary>The processor's own exit number, for diagnosis.</summary>
    public ulong RawReason;

    /// <summary>The processor's own qualification of the exit (SVM: EXITINFO1), for diagnosis.</summary>
    public ulong Qualification;

    /// <summary>Invalid state: what the processor refused, in a sentence; null otherwise.</summary>
    public string? Diagnosis;
}
