using System;
using Hyperlaunch.Machine.Concurrency;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Hypervisor.Execution;

/// <content>I/O ports (AMD APM volume 3, IN, OUT, INS and OUTS).</content>
public sealed partial class VirtualCpu
{
    // A repeated string access is completed in pieces, so that a guest cannot keep this CPU outside its time slice.
    private const ulong MostRepetitions = 256;

    private void CompletePortAccess()
    {
        if (_exit.IsString)
        {
            CompleteStringPortAccess();
            return;
        }

        SpinGate gate = _machine.Gate;
        gate.Enter();
        if (_exit.IsInput)
        {
            uint value = _machine.Platform.Ports.Read(_exit.Port, _exit.Size);
            gate.Exit();
            ulong kept = _exit.Size == 4 ? 0 : _processor.GetRegister(GuestRegister.Rax) & ~MaskOf(_exit.Size);
            _processor.SetRegister(GuestRegister.Rax, kept | (value & MaskOf(_exit.Size)));
        }
        else
        {
            ulong value = _processor.GetRegister(GuestRegister.Rax) & MaskOf(_exit.Size);
            _machine.Platform.Ports.Write(_exit.Port, _exit.Size, (uint)value);
            gate.Exit();
        }

        FinishInstruction();
    }

    // The registers are updated after each element, so that a fault leaves the instruction ready to be executed again.
    private void CompleteStringPortAccess()
    {
        GuestRegister pointer = _exit.IsInput ? GuestRegister.Rdi : GuestRegister.Rsi;
        ulong segment = _processor.GetSegment(_exit.IsInput ? SegmentRegister.Es : _exit.Segment).Base;
        ulong mask = MaskOf(_exit.AddressSize);
        ulong step = (_processor.Rflags & ControlBits.RflagsDirection) == 0 ? _exit.Size : unchecked((ulong)-(long)_exit.Size);
        ulong left = _exit.IsRepeated ? _processor.GetRegister(GuestRegister.Rcx) & mask : 1;
        ulong turn = left < MostRepetitions ? left : MostRepetitions;
        for (; turn != 0; turn--)
        {
            ulong offset = _processor.GetRegister(pointer);
            if (!TryTransfer(new LinearAddress(segment + (offset & mask)), out LinearFault fault))
            {
                InjectPageFault(fault);
                return;
            }

            WriteMasked(pointer, offset + step, mask);
            left--;
            if (_exit.IsRepeated)
            {
                WriteMasked(GuestRegister.Rcx, left, mask);
            }
        }

        if (left == 0)
        {
            FinishInstruction();
        }
    }

    private unsafe bool TryTransfer(LinearAddress linear, out LinearFault fault)
    {
        uint value = 0;
        Span<byte> element = new(&value, _exit.Size);
        SpinGate gate = _machine.Gate;
        gate.Enter();
        bool done;
        if (_exit.IsInput)
        {
            // The destination is tried before the port is read, which may have effects.
            done = GuestPageWalk.TryTranslate(_processor, _machine.Memory, linear, true, out _, out uint errorCode);
            fault = new LinearFault(linear.Value, errorCode);
            if (done)
            {
                value = _machine.Platform.Ports.Read(_exit.Port, _exit.Size);
                done = GuestLinearMemory.Write(_processor, _machine.Memory, linear, element, out fault) == element.Length;
            }
        }
        else
        {
            done = GuestLinearMemory.Read(_processor, _machine.Memory, linear, element, out fault) == element.Length;
            if (done)
            {
                _machine.Platform.Ports.Write(_exit.Port, _exit.Size, value);
            }
        }

        gate.Exit();
        return done;
    }

    // A 32-bit result clears the upper half, a 16-bit result keeps the rest (AMD APM volume 1, section 3.1.2).
    private void WriteMasked(GuestRegister register, ulong value, ulong mask)
    {
        ulong kept = mask == 0xFFFF ? _processor.GetRegister(register) & ~mask : 0;
        _processor.SetRegister(register, kept | (value & mask));
    }

    private static ulong MaskOf(int bytes) => bytes >= 8 ? ulong.MaxValue : (1UL << (bytes * 8)) - 1;
}
