namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>What an instruction does with its operand in memory.</summary>
public enum MemoryOperation
{
    /// <summary>Memory into a register, extended if it is wider (MOV, MOVZX, MOVSX, MOVSXD).</summary>
    Load = 0,

    /// <summary>A register or an immediate value into memory (MOV).</summary>
    Store,

    /// <summary>ADD.</summary>
    Add,

    /// <summary>OR.</summary>
    Or,

    /// <summary>ADC.</summary>
    AddWithCarry,

    /// <summary>SBB.</summary>
    SubtractWithBorrow,

    /// <summary>AND.</summary>
    And,

    /// <summary>SUB.</summary>
    Subtract,

    /// <summary>XOR.</summary>
    Xor,

    /// <summary>CMP: as SUB, for the flags only.</summary>
    Compare,

    /// <summary>TEST: as AND, for the flags only.</summary>
    Test,

    /// <summary>INC: as ADD of 1, but CF stays. There is no second operand.</summary>
    Increment,

    /// <summary>DEC: as SUB of 1, but CF stays. There is no second operand.</summary>
    Decrement,

    /// <summary>NOT: every bit is inverted, no flag changes. There is no second operand.</summary>
    Complement,

    /// <summary>NEG: 0 minus the operand. There is no second one.</summary>
    Negate,

    /// <summary>XCHG: memory and register change places.</summary>
    Exchange,

    /// <summary>
    /// BT: the bit goes to CF. The bit's number is taken modulo the operand's size: the fault's address names the rest.
    /// </summary>
    BitTest,

    /// <summary>BTS: as BT, then the bit is set.</summary>
    BitTestAndSet,

    /// <summary>BTR: as BT, then the bit is cleared.</summary>
    BitTestAndReset,

    /// <summary>BTC: as BT, then the bit is inverted.</summary>
    BitTestAndComplement,

    /// <summary>STOS: the accumulator to ES:rDI, then rDI moves by the operand's size against or along DF.</summary>
    StoreString,

    /// <summary>MOVS: from rSI (in <see cref="MemoryInstruction.Segment"/>) to ES:rDI, then both move.</summary>
    MoveString,
}
