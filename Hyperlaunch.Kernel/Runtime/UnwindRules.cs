using Hyperlaunch.Kernel.Faults;
using Hyperlaunch.Machine.Text;

namespace Hyperlaunch.Kernel.Runtime;

/// <summary>
/// The state that call frame instructions build (DWARF 4, 6.4.2): how to find the caller's stack pointer, and which registers
/// were saved where. Only the instructions that ilc and the assembler emit are known; another one is a panic.
/// </summary>
internal unsafe struct UnwindRules
{
    private const int RegisterCount = 17;

    // Primary opcodes, in the two high bits (DWARF 4, figure 40).
    private const int AdvanceLocation = 1;
    private const int Offset = 2;
    private const int Restore = 3;

    private const int Nop = 0x00;
    private const int AdvanceLocation1 = 0x02;
    private const int AdvanceLocation2 = 0x03;
    private const int AdvanceLocation4 = 0x04;
    private const int Undefined = 0x07;
    private const int DefineCfa = 0x0c;
    private const int DefineCfaRegister = 0x0d;
    private const int DefineCfaOffset = 0x0e;

    private int _cfaRegister;
    private long _cfaOffset;
    private uint _saved;
    private fixed long _offsets[RegisterCount];

    /// <summary>Runs instructions until the code offset that they describe passes the one given.</summary>
    public void Run(byte* cursor, byte* end, ulong codeOffset, ulong codeAlignment, long dataAlignment)
    {
        ulong location = 0;
        while (cursor < end)
        {
            byte opcode = *cursor++;
            int operand = opcode & 0x3f;
            switch (opcode >> 6)
            {
                case AdvanceLocation:
                    location += (ulong)operand * codeAlignment;
                    break;
                case Offset:
                    _offsets[operand] = (long)Leb128.ReadUnsigned(ref cursor) * dataAlignment;
                    _saved |= 1u << operand;
                    break;
                case Restore:
                    _saved &= ~(1u << operand);
                    break;
                default:
                    location += RunExtended(operand, ref cursor) * codeAlignment;
                    break;
            }

            if (location > codeOffset)
            {
                return;
            }
        }
    }

    /// <summary>Replaces a frame's registers by those of its caller.</summary>
    public void Apply(ref FrameRegisters registers)
    {
        ulong cfa = registers[_cfaRegister] + (ulong)_cfaOffset;
        // A return address that was not saved is none: the walk ends there.
        registers[FrameRegisters.Rip] = 0;
        for (int register = 0; register < RegisterCount; register++)
        {
            if ((_saved & (1u << register)) != 0)
            {
                registers[register] = *(ulong*)(cfa + (ulong)_offsets[register]);
            }
        }

        registers[FrameRegisters.Rsp] = cfa;
    }

    // Returns by how many units of code the location advances.
    private ulong RunExtended(int opcode, ref byte* cursor)
    {
        switch (opcode)
        {
            case Nop:
                return 0;
            case AdvanceLocation1:
                return *cursor++;
            case AdvanceLocation2:
                cursor += 2;
                return *(ushort*)(cursor - 2);
            case AdvanceLocation4:
                cursor += 4;
                return *(uint*)(cursor - 4);
            case Undefined:
                _saved &= ~(1u << (int)Leb128.ReadUnsigned(ref cursor));
                return 0;
            case DefineCfa:
                _cfaRegister = (int)Leb128.ReadUnsigned(ref cursor);
                _cfaOffset = (long)Leb128.ReadUnsigned(ref cursor);
                return 0;
            case DefineCfaRegister:
                _cfaRegister = (int)Leb128.ReadUnsigned(ref cursor);
                return 0;
            case DefineCfaOffset:
                _cfaOffset = (long)Leb128.ReadUnsigned(ref cursor);
                return 0;
            default:
                Panic.Stop("the unwind tables hold an instruction that the kernel does not read"u8);
                return 0;
        }
    }
}
