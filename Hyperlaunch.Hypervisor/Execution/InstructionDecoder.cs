using System;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>
/// Decodes the instructions with which guests access devices in memory (AMD APM volume 3, chapter 1 and appendix A): MOV in all
/// forms, MOVZX, MOVSX, MOVSXD, the eight arithmetic ones, INC, DEC, NOT, NEG, TEST, XCHG, the bit tests, STOS and MOVS. It reads
/// no byte beyond the 15 that an instruction may have, and none twice.
/// </summary>
internal static class InstructionDecoder
{
    /// <summary>The longest instruction in bytes.</summary>
    public const int MaximumLength = 15;

    // Prefixes
    private const byte OperandSizePrefix = 0x66;
    private const byte AddressSizePrefix = 0x67;
    private const byte LockPrefix = 0xF0;
    private const byte RepeatNotEqualPrefix = 0xF2;
    private const byte RepeatPrefix = 0xF3;
    private const byte RexMask = 0xF0;
    private const byte Rex = 0x40;
    private const byte RexWide = 0x08;
    private const byte RexRegister = 0x04;

    private const byte TwoByteEscape = 0x0F;

    // Opcodes of one byte; those below FirstOther are the eight arithmetic ones, eight opcodes each
    private const byte FirstOther = 0x40;
    private const byte MoveSignExtendDoubleword = 0x63;
    private const byte ArithmeticByteImmediate = 0x80;
    private const byte ArithmeticImmediate = 0x81;
    private const byte ArithmeticByteImmediateAlias = 0x82;
    private const byte ArithmeticShortImmediate = 0x83;
    private const byte TestByte = 0x84;
    private const byte TestFull = 0x85;
    private const byte ExchangeByte = 0x86;
    private const byte ExchangeFull = 0x87;
    private const byte StoreByte = 0x88;
    private const byte StoreFull = 0x89;
    private const byte LoadByte = 0x8A;
    private const byte LoadFull = 0x8B;
    private const byte LoadOffsetByte = 0xA0;
    private const byte StoreOffsetFull = 0xA3;
    private const byte MoveStringByte = 0xA4;
    private const byte MoveStringFull = 0xA5;
    private const byte StoreStringByte = 0xAA;
    private const byte StoreStringFull = 0xAB;
    private const byte StoreByteImmediate = 0xC6;
    private const byte StoreImmediate = 0xC7;
    private const byte Group3Byte = 0xF6;
    private const byte Group3Full = 0xF7;
    private const byte Group4 = 0xFE;
    private const byte Group5 = 0xFF;

    // Opcodes after 0F
    private const byte BitTest = 0xA3;
    private const byte BitTestAndSet = 0xAB;
    private const byte BitTestAndReset = 0xB3;
    private const byte MoveZeroExtendByte = 0xB6;
    private const byte MoveZeroExtendWord = 0xB7;
    private const byte Group8 = 0xBA;
    private const byte BitTestAndComplement = 0xBB;
    private const byte MoveSignExtendByte = 0xBE;
    private const byte MoveSignExtendWord = 0xBF;

    /// <summary>Decodes the instruction at the start of some bytes.</summary>
    /// <param name="code">The bytes at the instruction pointer; those after the 15th are not looked at.</param>
    /// <param name="codeBits">The code segment's size: 16, 32 or 64 bits.</param>
    /// <param name="instruction">What was decoded.</param>
    /// <returns>False when the instruction is none of those known here, has no operand in memory, or is not complete.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> code, int codeBits, out MemoryInstruction instruction)
    {
        Reader reader = new(code.Length > MaximumLength ? code.Slice(0, MaximumLength) : code, codeBits);
        instruction = default;
        if (!reader.TryReadPrefixes(out byte opcode) || !reader.TryDecode(opcode, ref instruction))
        {
            return false;
        }

        bool isString = instruction.Operation is MemoryOperation.StoreString or MemoryOperation.MoveString;
        bool canLock = instruction.IsRead && instruction.IsWrite && !isString;
        if (reader.IsLocked && !canLock)
        {
            return false;
        }

        instruction.IsLocked = reader.IsLocked || instruction.Operation == MemoryOperation.Exchange;
        instruction.IsRepeated = isString && reader.IsRepeated;
        instruction.Segment = reader.Segment;
        instruction.AddressSize = (byte)reader.AddressSize;
        instruction.Length = (byte)reader.Position;
        return true;
    }

    private ref struct Reader
    {
        private readonly ReadOnlySpan<byte> _code;
        private readonly int _codeBits;
        private int _position;
        private int _operandSize;
        private int _addressSize;
        private byte _rex;
        private byte _modRm;

        public Reader(ReadOnlySpan<byte> code, int codeBits)
        {
            _code = code;
            _codeBits = codeBits;
            _position = 0;
            _operandSize = codeBits == 16 ? 2 : 4;
            _addressSize = codeBits == 16 ? 2 : codeBits == 32 ? 4 : 8;
            _rex = 0;
            _modRm = 0;
            IsLocked = false;
            IsRepeated = false;
            Segment = SegmentRegister.Ds;
        }

        public bool IsLocked { get; private set; }

        public bool IsRepeated { get; private set; }

        public SegmentRegister Segment { get; private set; }

        public readonly int AddressSize => _addressSize;

        public readonly int Position => _position;

        /// <summary>Reads prefixes and the first byte of the opcode. A REX prefix counts only right before it.</summary>
        public bool TryReadPrefixes(out byte opcode)
        {
            int otherOperandSize = _codeBits == 16 ? 4 : 2;
            int otherAddressSize = _codeBits == 32 ? 2 : 4;
            while (TryReadByte(out opcode))
            {
                if (_codeBits == 64 && (opcode & RexMask) == Rex)
                {
                    _rex = opcode;
                    continue;
                }

                switch (opcode)
                {
                    case OperandSizePrefix:
                        _operandSize = otherOperandSize;
                        break;
                    case AddressSizePrefix:
                        _addressSize = otherAddressSize;
                        break;
                    case LockPrefix:
                        IsLocked = true;
                        break;
                    case RepeatNotEqualPrefix:
                    case RepeatPrefix:
                        IsRepeated = true;
                        break;
                    case 0x26:
                        SetSegment(SegmentRegister.Es);
                        break;
                    case 0x2E:
                        SetSegment(SegmentRegister.Cs);
                        break;
                    case 0x36:
                        SetSegment(SegmentRegister.Ss);
                        break;
                    case 0x3E:
                        SetSegment(SegmentRegister.Ds);
                        break;
                    case 0x64:
                        Segment = SegmentRegister.Fs;
                        break;
                    case 0x65:
                        Segment = SegmentRegister.Gs;
                        break;
                    default:
                        _operandSize = (_rex & RexWide) != 0 ? 8 : _operandSize;
                        return true;
                }

                _rex = 0;
            }

            return false;
        }

        public bool TryDecode(byte opcode, ref MemoryInstruction instruction)
        {
            if (opcode == TwoByteEscape)
            {
                return TryReadByte(out byte second) && TryDecodeTwoByte(second, ref instruction);
            }

            if (opcode < FirstOther)
            {
                return TryDecodeArithmetic(opcode, ref instruction);
            }

            int size = (opcode & 1) == 0 ? 1 : _operandSize;
            switch (opcode)
            {
                case MoveSignExtendDoubleword:
                    // 63 is ARPL outside 64-bit mode.
                    instruction.IsSignExtended = true;
                    return _codeBits == 64
                        && TryReadOperands(ref instruction, MemoryOperation.Load, _operandSize == 2 ? 2 : 4, _operandSize, false);
                case ArithmeticByteImmediateAlias when _codeBits == 64:
                    return false;
                case ArithmeticByteImmediate:
                case ArithmeticByteImmediateAlias:
                    return TryReadModRm() && TryReadImmediateForm(ref instruction, Arithmetic(Extension), 1, 1);
                case ArithmeticImmediate:
                    return TryReadModRm()
                        && TryReadImmediateForm(ref instruction, Arithmetic(Extension), _operandSize, _operandSize);
                case ArithmeticShortImmediate:
                    return TryReadModRm() && TryReadImmediateForm(ref instruction, Arithmetic(Extension), _operandSize, 1);
                case TestByte:
                case TestFull:
                    return TryReadOperands(ref instruction, MemoryOperation.Test, size, size, true);
                case ExchangeByte:
                case ExchangeFull:
                    return TryReadOperands(ref instruction, MemoryOperation.Exchange, size, size, true);
                case StoreByte:
                case StoreFull:
                    return TryReadOperands(ref instruction, MemoryOperation.Store, size, size, true);
                case LoadByte:
                case LoadFull:
                    return TryReadOperands(ref instruction, MemoryOperation.Load, size, size, false);
                case >= LoadOffsetByte and <= StoreOffsetFull:
                    bool isStore = (opcode & 2) != 0;
                    SetOperation(ref instruction, isStore ? MemoryOperation.Store : MemoryOperation.Load, size, size, isStore);
                    return TrySkip(_addressSize);
                case MoveStringByte:
                case MoveStringFull:
                    SetOperation(ref instruction, MemoryOperation.MoveString, size, size, true);
                    return true;
                case StoreStringByte:
                case StoreStringFull:
                    SetOperation(ref instruction, MemoryOperation.StoreString, size, size, true);
                    return true;
                case StoreByteImmediate:
                case StoreImmediate:
                    return TryReadModRm() && Extension == 0
                        && TryReadImmediateForm(ref instruction, MemoryOperation.Store, size, size);
                case Group3Byte:
                case Group3Full:
                    return TryReadModRm() && TryDecodeGroup3(ref instruction, size);
                case Group4:
                case Group5:
                    return TryReadModRm() && Extension <= 1
                        && SetUnary(ref instruction, Extension == 0
                            ? MemoryOperation.Increment : MemoryOperation.Decrement, size);
                default:
                    return false;
            }
        }

        /// <summary>The eight operations in the order that opcodes and extensions number them.</summary>
        private static MemoryOperation Arithmetic(int number)
        {
            switch (number)
            {
                case 0:
                    return MemoryOperation.Add;
                case 1:
                    return MemoryOperation.Or;
                case 2:
                    return MemoryOperation.AddWithCarry;
                case 3:
                    return MemoryOperation.SubtractWithBorrow;
                case 4:
                    return MemoryOperation.And;
                case 5:
                    return MemoryOperation.Subtract;
                case 6:
                    return MemoryOperation.Xor;
                default:
                    return MemoryOperation.Compare;
            }
        }

        /// <summary>The bit tests in the order that 0F BA numbers them from 4 on.</summary>
        private static MemoryOperation BitOperation(int number)
        {
            switch (number)
            {
                case 4:
                    return MemoryOperation.BitTest;
                case 5:
                    return MemoryOperation.BitTestAndSet;
                case 6:
                    return MemoryOperation.BitTestAndReset;
                default:
                    return MemoryOperation.BitTestAndComplement;
            }
        }

        private bool TryDecodeGroup3(ref MemoryInstruction instruction, int size)
        {
            switch (Extension)
            {
                case 0:
                case 1:
                    return TryReadImmediateForm(ref instruction, MemoryOperation.Test, size, size);
                case 2:
                    return SetUnary(ref instruction, MemoryOperation.Complement, size);
                case 3:
                    return SetUnary(ref instruction, MemoryOperation.Negate, size);
                default:
                    return false;
            }
        }

        private bool TryDecodeTwoByte(byte opcode, ref MemoryInstruction instruction)
        {
            switch (opcode)
            {
                case BitTest:
                case BitTestAndSet:
                case BitTestAndReset:
                case BitTestAndComplement:
                    return TryReadOperands(ref instruction, BitOperation((opcode >> 3) & 7), _operandSize, _operandSize, true);
                case Group8:
                    return TryReadModRm() && Extension >= 4
                        && TryReadImmediateForm(ref instruction, BitOperation(Extension), _operandSize, 1);
                case MoveZeroExtendByte:
                case MoveZeroExtendWord:
                case MoveSignExtendByte:
                case MoveSignExtendWord:
                    instruction.IsSignExtended = opcode >= MoveSignExtendByte;
                    return TryReadOperands(ref instruction, MemoryOperation.Load, (opcode & 1) + 1, _operandSize, false);
                default:
                    return false;
            }
        }

        /// <summary>Opcodes 00 to 3F: the operation in bits 5:3, the form in bits 2:0, of which four access memory.</summary>
        private bool TryDecodeArithmetic(byte opcode, ref MemoryInstruction instruction)
        {
            int form = opcode & 7;
            int size = (form & 1) == 0 ? 1 : _operandSize;
            return form < 4 && TryReadOperands(ref instruction, Arithmetic(opcode >> 3), size, size, form < 2);
        }

        /// <summary>ModRM's reg field as an extension of the opcode.</summary>
        private readonly int Extension => (_modRm >> 3) & 7;

        private bool TryReadOperands(
            ref MemoryInstruction instruction, MemoryOperation operation, int size, int registerSize, bool isMemoryFirst)
        {
            if (!TryReadModRm())
            {
                return false;
            }

            SetOperation(ref instruction, operation, size, registerSize, isMemoryFirst);
            int number = Extension | ((_rex & RexRegister) != 0 ? 8 : 0);

            // Without REX, byte registers 4 to 7 are the second bytes of the first four.
            instruction.IsHighByte = registerSize == 1 && _rex == 0 && number >= 4;
            instruction.Register = (GuestRegister)(instruction.IsHighByte ? number - 4 : number);
            return true;
        }

        private bool TryReadImmediateForm(
            ref MemoryInstruction instruction, MemoryOperation operation, int size, int immediateSize)
        {
            SetOperation(ref instruction, operation, size, size, true);
            instruction.HasImmediate = true;
            return TryReadImmediate(immediateSize == 8 ? 4 : immediateSize, out instruction.Immediate);
        }

        private static bool SetUnary(ref MemoryInstruction instruction, MemoryOperation operation, int size)
        {
            SetOperation(ref instruction, operation, size, size, true);
            return true;
        }

        private static void SetOperation(
            ref MemoryInstruction instruction, MemoryOperation operation, int size, int registerSize, bool isMemoryFirst)
        {
            instruction.Operation = operation;
            instruction.Size = (byte)size;
            instruction.RegisterSize = (byte)registerSize;
            instruction.IsMemoryFirst = isMemoryFirst;
            instruction.IsRead = operation is not (MemoryOperation.Store or MemoryOperation.StoreString);
            instruction.IsWrite = isMemoryFirst
                && operation is not (MemoryOperation.Compare or MemoryOperation.Test or MemoryOperation.BitTest);
        }

        /// <summary>Reads ModRM and steps over SIB and displacement.</summary>
        private bool TryReadModRm()
        {
            if (!TryReadByte(out _modRm))
            {
                return false;
            }

            int mode = _modRm >> 6;
            int memory = _modRm & 7;
            if (mode == 3)
            {
                return false;
            }

            if (_addressSize == 2)
            {
                return TrySkip(mode == 0 ? (memory == 6 ? 2 : 0) : mode);
            }

            bool hasBase = memory != 5;
            if (memory == 4)
            {
                if (!TryReadByte(out byte scaleIndexBase))
                {
                    return false;
                }

                hasBase = (scaleIndexBase & 7) != 5;
            }

            return TrySkip(mode == 0 ? (hasBase ? 0 : 4) : mode == 1 ? 1 : 4);
        }

        private void SetSegment(SegmentRegister segment)
        {
            // 64-bit mode ignores these prefixes.
            if (_codeBits != 64)
            {
                Segment = segment;
            }
        }

        private bool TryReadImmediate(int size, out ulong value)
        {
            value = 0;
            byte last = 0;
            for (int i = 0; i < size; i++)
            {
                if (!TryReadByte(out last))
                {
                    return false;
                }

                value |= (ulong)last << (i * 8);
            }

            if ((last & 0x80) != 0)
            {
                value |= ulong.MaxValue << (size * 8);
            }

            return true;
        }

        private bool TrySkip(int count)
        {
            if (count > _code.Length - _position)
            {
                return false;
            }

            _position += count;
            return true;
        }

        private bool TryReadByte(out byte value)
        {
            if (_position == _code.Length)
            {
                value = 0;
                return false;
            }

            value = _code[_position];
            _position++;
            return true;
        }
    }
}
