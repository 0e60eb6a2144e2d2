using System;
using Hyperlaunch.Machine.Concurrency;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Hypervisor.Execution;

/// <content>Accesses that the nested page tables do not allow: first touches of memory, and devices.</content>
public sealed partial class VirtualCpu
{
    // What a read finds where no device answers: the bus floats high.
    private const ulong NoDevice = ulong.MaxValue;

    private void CompleteNestedPageFault()
    {
        SpinGate gate = _machine.Gate;
        gate.Enter();
        GuestAddress address = new(_exit.GuestPhysicalAddress);
        bool completed = _machine.Memory.TryPopulate(address, _exit.IsFetch) || TryCompleteDeviceAccess();
        gate.Exit();
        if (!completed)
        {
            _machine.Stop(StopReason.UnhandledExit, this, in _exit);
        }
    }

    // Code and page tables must be memory; everything else is one access of a known instruction.
    private unsafe bool TryCompleteDeviceAccess()
    {
        if (_exit.IsFetch || _exit.IsPageWalk)
        {
            return false;
        }

        InstructionBytes buffer = default;
        Span<byte> code = new(&buffer, InstructionDecoder.MaximumLength);
        int codeBits = CodeBits(_processor.GetSegment(SegmentRegister.Cs));
        int length = ReadCode(code);
        if (!InstructionDecoder.TryDecode(code.Slice(0, length), codeBits, out MemoryInstruction instruction))
        {
            return false;
        }

        _exit.NextInstruction = After((uint)instruction.Length, codeBits);
        return instruction.Operation is MemoryOperation.StoreString or MemoryOperation.MoveString
            ? TryCompleteString(in instruction)
            : TryComplete(in instruction);
    }

    // A MOV to or from a control register whose exit does not tell the instruction.
    private unsafe void CompleteControlMove()
    {
        InstructionBytes buffer = default;
        Span<byte> code = new(&buffer, ControlMove.MaximumLength);
        int codeBits = CodeBits(_processor.GetSegment(SegmentRegister.Cs));
        SpinGate gate = _machine.Gate;
        gate.Enter();
        int read = ReadCode(code);
        gate.Exit();
        bool isDone = ControlMove.TryDecode(code.Slice(0, read), codeBits == 64, out GuestRegister register, out int length)
            && _processor.TryMoveControl(register, After((uint)length, codeBits));
        if (!isDone)
        {
            _machine.Stop(StopReason.UnhandledExit, this, in _exit);
        }
    }

    // The bytes at the instruction pointer, as many as there are.
    private int ReadCode(Span<byte> code)
        => GuestLinearMemory.Read(
            _processor, _machine.Memory, new LinearAddress(LinearOf(SegmentRegister.Cs, _processor.Rip)), code, out _);

    private ulong After(uint length, int codeBits)
        => codeBits == 64 ? _processor.Rip + length : (_processor.Rip + length) & MaskOf(codeBits / 8);

    // 64-bit mode knows no bases but those of FS and GS; elsewhere addresses have 32 bits (AMD APM volume 2, section 4.5.3).
    private ulong LinearOf(SegmentRegister register, ulong offset)
    {
        ulong start = _processor.GetSegment(register).Base;
        return CodeBits(_processor.GetSegment(SegmentRegister.Cs)) != 64 ? (uint)(start + offset)
            : register is SegmentRegister.Fs or SegmentRegister.Gs ? start + offset
            : offset;
    }

    private int CodeBits(SegmentState segment)
    {
        bool isLong = (_processor.Efer & ControlBits.EferLongModeActive) != 0
            && (segment.Attributes & ControlBits.AttributeLong) != 0;
        return isLong ? 64 : (segment.Attributes & ControlBits.AttributeDefault32) != 0 ? 32 : 16;
    }

    private bool TryComplete(in MemoryInstruction instruction)
    {
        ulong address = _exit.GuestPhysicalAddress;
        int size = instruction.Size;
        ulong operand = instruction.HasImmediate ? instruction.Immediate : ReadOperand(in instruction);
        ulong memory = instruction.IsRead ? ReadDevice(address, size) : 0;
        switch (instruction.Operation)
        {
            case MemoryOperation.Load:
                WriteOperand(in instruction, instruction.IsSignExtended ? SignExtend(memory, size) : memory);
                break;
            case MemoryOperation.Store:
                WriteDevice(address, size, operand);
                break;
            case MemoryOperation.Exchange:
                WriteDevice(address, size, operand);
                WriteOperand(in instruction, memory);
                break;
            default:
                ulong flags = _processor.Rflags;
                ulong first = instruction.IsMemoryFirst ? memory : operand;
                ulong second = instruction.IsMemoryFirst ? operand : memory;
                ulong result = MemoryArithmetic.Compute(instruction.Operation, first, second, size, ref flags);
                if (instruction.IsWrite)
                {
                    WriteDevice(address, size, result);
                }
                else if (!instruction.IsMemoryFirst)
                {
                    WriteOperand(in instruction, result);
                }

                _processor.Rflags = flags;
                break;
        }

        FinishInstruction();
        return true;
    }

    // One element; a REP prefix executes the instruction again until rCX is 0.
    private bool TryCompleteString(in MemoryInstruction instruction)
    {
        ulong mask = MaskOf(instruction.AddressSize);
        if (instruction.IsRepeated && (_processor.GetRegister(GuestRegister.Rcx) & mask) == 0)
        {
            FinishInstruction();
            return true;
        }

        bool moves = instruction.Operation == MemoryOperation.MoveString;
        if (moves ? !TryMoveElement(in instruction, mask) : !TryStoreElement(in instruction))
        {
            return false;
        }

        ulong step = (_processor.Rflags & ControlBits.RflagsDirection) == 0
            ? instruction.Size
            : unchecked((ulong)-(long)instruction.Size);
        WriteMasked(GuestRegister.Rdi, _processor.GetRegister(GuestRegister.Rdi) + step, mask);
        if (moves)
        {
            WriteMasked(GuestRegister.Rsi, _processor.GetRegister(GuestRegister.Rsi) + step, mask);
        }

        ulong left = _processor.GetRegister(GuestRegister.Rcx) - 1;
        if (instruction.IsRepeated)
        {
            WriteMasked(GuestRegister.Rcx, left, mask);
        }

        if (!instruction.IsRepeated || (left & mask) == 0)
        {
            FinishInstruction();
        }

        return true;
    }

    private bool TryStoreElement(in MemoryInstruction instruction)
    {
        WriteDevice(_exit.GuestPhysicalAddress, instruction.Size, _processor.GetRegister(GuestRegister.Rax));
        return true;
    }

    // The device is one side, the domain's memory the other.
    private unsafe bool TryMoveElement(in MemoryInstruction instruction, ulong mask)
    {
        ulong value = 0;
        Span<byte> element = new(&value, instruction.Size);
        if (_exit.IsWrite)
        {
            ulong source = LinearOf(instruction.Segment, _processor.GetRegister(GuestRegister.Rsi) & mask);
            if (GuestLinearMemory.Read(_processor, _machine.Memory, new LinearAddress(source), element, out _) != element.Length)
            {
                return false;
            }

            WriteDevice(_exit.GuestPhysicalAddress, instruction.Size, value);
            return true;
        }

        value = ReadDevice(_exit.GuestPhysicalAddress, instruction.Size);
        ulong target = LinearOf(SegmentRegister.Es, _processor.GetRegister(GuestRegister.Rdi) & mask);
        return GuestLinearMemory.Write(_processor, _machine.Memory, new LinearAddress(target), element, out _) == element.Length;
    }

    private ulong ReadDevice(ulong address, int size)
        => (_machine.Platform.TryReadMemory(Index, address, size, out ulong value) ? value : NoDevice) & MaskOf(size);

    private void WriteDevice(ulong address, int size, ulong value)
        => _machine.Platform.TryWriteMemory(Index, address, size, value & MaskOf(size));

    private ulong ReadOperand(in MemoryInstruction instruction)
    {
        ulong value = _processor.GetRegister(instruction.Register);
        return instruction.IsHighByte ? value >> 8 : value;
    }

    // A register of 4 bytes clears its upper half, one of 1 or 2 bytes keeps the rest (AMD APM volume 1, section 3.1.2).
    private void WriteOperand(in MemoryInstruction instruction, ulong value)
    {
        ulong before = _processor.GetRegister(instruction.Register);
        ulong mask = MaskOf(instruction.RegisterSize);
        ulong after = instruction.IsHighByte
            ? (before & ~0xFF00UL) | (value & 0xFF) << 8
            : instruction.RegisterSize >= 4 ? value & mask : (before & ~mask) | (value & mask);
        _processor.SetRegister(instruction.Register, after);
    }

    // Room for the longest instruction, as a variable and not by stackalloc, which is an object on the heap in another compiler's
    // code.
    private struct InstructionBytes
    {
        public ulong First;
        public ulong Last;
    }

    private static ulong SignExtend(ulong value, int size)
    {
        ulong sign = 1UL << ((size * 8) - 1);
        return size >= 8 ? value : (value ^ sign) - sign;
    }
}
