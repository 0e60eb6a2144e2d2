using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>
/// An instruction that accesses memory, as far as it must be known to complete it in place of the processor. Its effective
/// address is not here: the nested page fault has named the physical one.
/// </summary>
internal struct MemoryInstruction
{
    /// <summary>What it does.</summary>
    public MemoryOperation Operation;

    /// <summary>Bytes of the operand in memory: 1, 2, 4 or 8.</summary>
    public byte Size;

    /// <summary>
    /// Bytes of the register that take part: as <see cref="Size"/>, or more for a load that extends. A register of 4 bytes clears
    /// its upper half when written, one of 1 or 2 bytes keeps the rest.
    /// </summary>
    public byte RegisterSize;

    /// <summary>Bytes of the whole instruction, 1 to 15.</summary>
    public byte Length;

    /// <summary>Bytes of an address: 2, 4 or 8. So wide are rSI, rDI and rCX of a string instruction.</summary>
    public byte AddressSize;

    /// <summary>Memory is read.</summary>
    public bool IsRead;

    /// <summary>Memory is written.</summary>
    public bool IsWrite;

    /// <summary>
    /// The first operand is the one in memory: <c>SUB memory, register</c>. Otherwise it is the register. It decides what is
    /// subtracted from what, and what is written.
    /// </summary>
    public bool IsMemoryFirst;

    /// <summary>A load extends by the sign, otherwise by zeros.</summary>
    public bool IsSignExtended;

    /// <summary>The other operand is <see cref="Immediate"/>, not a register.</summary>
    public bool HasImmediate;

    /// <summary>The immediate value, extended by its sign to 64 bits; <see cref="Size"/> bytes of it count.</summary>
    public ulong Immediate;

    /// <summary>The register operand, of an operation that has one.</summary>
    public GuestRegister Register;

    /// <summary>The register operand is bits 15:8 of <see cref="Register"/> (AH, CH, DH, BH).</summary>
    public bool IsHighByte;

    /// <summary>With a REP prefix: once for each count in rCX.</summary>
    public bool IsRepeated;

    /// <summary>With a LOCK prefix, or locked by itself (XCHG).</summary>
    public bool IsLocked;

    /// <summary>The source segment of MOVS.</summary>
    public SegmentRegister Segment;
}
