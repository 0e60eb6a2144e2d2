using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Virtualization.Svm;

internal sealed unsafe partial class SvmProcessor
{
    // EXITINFO1 of a port access (AMD APM vol 2, 15.10.2, figure 15-2).
    private const ulong PortInput = 1 << 0;
    private const ulong PortString = 1 << 2;
    private const ulong PortRepeated = 1 << 3;
    private const int PortSizeShift = 4;
    private const int PortAddressSizeShift = 7;
    private const int PortSegmentShift = 10;
    private const int PortNumberShift = 16;
    private const ulong PortFieldMask = 7;

    // EXITINFO1 of a nested page fault (AMD APM vol 2, 15.25.6).
    private const ulong FaultWrite = 1 << 1;
    private const ulong FaultReserved = 1 << 3;
    private const ulong FaultFetch = 1 << 4;
    private const ulong FaultPageWalk = 1UL << 33;

    // Lengths of the intercepted instructions, without prefixes (AMD APM vol 3): for processors that do not tell the next RIP.
    // A guest that writes needless prefixes continues inside its own instruction, and harms itself only.
    private const uint LengthOfHalt = 1;
    private const uint LengthOfTwoByteOpcode = 2;
    private const uint LengthOfThreeByteOpcode = 3;

    private const ulong MsrWrite = 1;

    // EXITINFO1 of a MOV to or from a control register (AMD APM vol 2, 15.33.1): which general-purpose register.
    private const ulong ControlRegisterMask = 0xF;

    // CR3's process-context identifier (AMD APM vol 2, 5.5.1).
    private const ulong Cr3ContextMask = 0xFFF;

    private static readonly byte[] s_sizeOfBits = [0, 1, 2, 0, 4];

    /// <inheritdoc/>
    public bool TryMoveControl(GuestRegister register, ulong next)
    {
        ulong value = GetRegister(register);
        value = IsIn64BitCode ? value : (uint)value;
        bool isDone;
        switch ((SvmExitCode)(uint)_vmcb->ExitCode)
        {
            case SvmExitCode.ReadCr4:
                SetRegister(register, Cr4);
                isDone = true;
                break;
            case SvmExitCode.WriteCr4:
                isDone = TrySetCr4(value);
                break;
            case SvmExitCode.WriteCr8:
                isDone = TrySetCr8(value);
                break;
            default:
                return false;
        }

        if (isDone)
        {
            FinishControlMove(next);
        }
        else
        {
            InjectException(ExceptionVector.GeneralProtection, true, 0);
        }

        return true;
    }

    // Turns what the processor says into the neutral exit. False when the exit was this class's own business and the guest is to
    // run on.
    private bool TryDecodeExit(ref VmExit exit)
    {
        SvmExitCode code = (SvmExitCode)(uint)_vmcb->ExitCode;
        exit = default;
        exit.RawReason = _vmcb->ExitCode;
        exit.Qualification = _vmcb->ExitInfo1;
        if (code == SvmExitCode.Invalid)
        {
            exit.Reason = ExitReason.InvalidState;
            exit.Diagnosis = SvmEntryChecks.Explain(_vmcb, _capabilities.PhysicalAddressBits);
            return true;
        }

        RequeueEvent();
        WatchInterruptReturn();
        switch (code)
        {
            case SvmExitCode.Interrupt:
                exit.Reason = ExitReason.ExternalInterrupt;
                return true;
            case SvmExitCode.BusLock:
                // The instruction is yet to be executed: it may lock the bus once (AMD APM vol 2, 15.14.5).
                _vmcb->BusLockCount = 1;
                exit.Reason = ExitReason.BusLock;
                return true;
            case SvmExitCode.PortAccess:
                DecodePortAccess(ref exit);
                return true;
            case SvmExitCode.NestedPageFault:
                DecodeNestedPageFault(ref exit);
                return true;
            case SvmExitCode.Cpuid:
                return Instruction(ref exit, ExitReason.Cpuid, LengthOfTwoByteOpcode);
            case SvmExitCode.MsrAccess:
                return Instruction(
                    ref exit, _vmcb->ExitInfo1 == MsrWrite ? ExitReason.WriteMsr : ExitReason.ReadMsr, LengthOfTwoByteOpcode);
            case SvmExitCode.Halt:
                return Instruction(ref exit, ExitReason.Halt, LengthOfHalt);
            case SvmExitCode.VirtualInterrupt:
                DecodeWindow(ref exit);
                return true;
            case SvmExitCode.Pause:
                return Instruction(ref exit, ExitReason.Pause, LengthOfTwoByteOpcode);
            case SvmExitCode.Vmmcall:
                return Instruction(ref exit, ExitReason.Hypercall, LengthOfThreeByteOpcode);
            case SvmExitCode.Xsetbv:
                return Instruction(ref exit, ExitReason.SetExtendedControl, LengthOfThreeByteOpcode);
            case SvmExitCode.Monitor:
            case SvmExitCode.Mwait:
            case SvmExitCode.MwaitArmed:
                return Instruction(ref exit, ExitReason.MonitorWait, LengthOfThreeByteOpcode);
            case SvmExitCode.Invd:
            case SvmExitCode.Wbinvd:
                return Instruction(ref exit, ExitReason.CacheInvalidate, LengthOfTwoByteOpcode);
            case SvmExitCode.ReadPerformanceCounter:
                return Instruction(ref exit, ExitReason.ReadPerformanceCounter, LengthOfTwoByteOpcode);
            case SvmExitCode.ReadTimeStamp:
                return Instruction(ref exit, ExitReason.ReadTimeStamp, LengthOfTwoByteOpcode);
            case SvmExitCode.ReadTimeStampAndAux:
                return Instruction(ref exit, ExitReason.ReadTimeStamp, LengthOfThreeByteOpcode);
            case SvmExitCode.Vmrun:
            case SvmExitCode.Vmload:
            case SvmExitCode.Vmsave:
            case SvmExitCode.Stgi:
            case SvmExitCode.Clgi:
            case SvmExitCode.Skinit:
            case SvmExitCode.InvalidatePageOfSpace:
                return Instruction(ref exit, ExitReason.VirtualizationInstruction, LengthOfThreeByteOpcode);
            case SvmExitCode.Nmi:
                // Taken by the host's own handler at the STGI.
                exit.Reason = ExitReason.NonMaskableInterrupt;
                return true;
            case SvmExitCode.Shutdown:
                exit.Reason = ExitReason.TripleFault;
                return true;
            case SvmExitCode.TaskSwitch:
                exit.Reason = ExitReason.TaskSwitch;
                return true;
            case SvmExitCode.InterruptReturn:
                Intercept(SvmIntercept.InterruptReturn, false);
                _interruptReturn = _vmcb->Rip;
                UpdateWindow();
                return false;
            case SvmExitCode.Rdpru:
                InjectException(ExceptionVector.InvalidOpcode, false, 0);
                return false;
            case SvmExitCode.Smi:
            case SvmExitCode.Init:
                // Taken by the machine at the STGI.
                return false;
            case >= SvmExitCode.FirstException and <= SvmExitCode.LastException:
                return DecodeException((byte)(code - SvmExitCode.FirstException), (uint)_vmcb->ExitInfo1, ref exit);
            case SvmExitCode.ReadCr4 or SvmExitCode.WriteCr4 or SvmExitCode.WriteCr8
                when _capabilities.CanDecodeControlAccess:
                TryMoveControl((GuestRegister)(_vmcb->ExitInfo1 & ControlRegisterMask), _vmcb->NextRip);
                return false;
            case <= SvmExitCode.LastControlRegister or SvmExitCode.SelectiveCr0Write:
                exit.Reason = ExitReason.ControlRegister;
                return true;
            case <= SvmExitCode.LastDebugRegister:
                exit.Reason = ExitReason.DebugRegister;
                return true;
            default:
                exit.Reason = ExitReason.Unknown;
                return true;
        }
    }

    private bool Instruction(ref VmExit exit, ExitReason reason, uint length)
    {
        exit.Reason = reason;
        exit.NextInstruction = _capabilities.HasNextRip ? _vmcb->NextRip : RipAfter(length);
        return true;
    }

    // The instruction pointer has 32 bits outside 64-bit code.
    private ulong RipAfter(uint length)
    {
        ulong next = _vmcb->Rip + length;
        return IsIn64BitCode ? next : (uint)next;
    }

    // With the checks of AMD APM vol 2, 3.1.3: a bit of a feature that CPUID does not show is reserved.
    private bool TrySetCr4(ulong value)
    {
        bool isLong = (_vmcb->Efer & ControlBits.EferLongModeActive) != 0;
        bool startsContexts = (value & ~_vmcb->Cr4 & ControlBits.Cr4ProcessContextIds) != 0;
        bool keepsContexts = isLong && (_vmcb->Cr3 & Cr3ContextMask) == 0;
        if ((value & ~_allowedCr4) != 0
            || (isLong && (value & ControlBits.Cr4PhysicalAddressExtension) == 0)
            || (startsContexts && !keepsContexts))
        {
            return false;
        }

        if (value != Cr4)
        {
            Cr4 = value;
        }

        return true;
    }

    private bool TrySetCr8(ulong value)
    {
        if (value > VirtualInterrupt.TaskPriority)
        {
            return false;
        }

        // What it lets through is as one that waited for the window alone.
        Cr8 = (byte)value;
        _interruptWindow |= (int)value < _awaitedClass;
        UpdateWindow();
        return true;
    }

    // The single step that the processor would raise behind the instruction comes with it (AMD APM vol 2, 13.1.4).
    private void FinishControlMove(ulong next)
    {
        _vmcb->Rip = next;
        InterruptShadow = false;
        if (IsSingleStep(_vmcb->Rflags, _vmcb->DebugControl))
        {
            _vmcb->Dr6 |= ControlBits.Dr6SingleStep;
            _vmcb->Clean &= ~VmcbPart.DebugRegisters;
            InjectException(ExceptionVector.Debug, false, 0);
        }
    }

    private void DecodeWindow(ref VmExit exit)
    {
        exit.Reason = _interruptWindow || !_nmiWindow ? ExitReason.InterruptWindow : ExitReason.NmiWindow;
        _interruptWindow = false;
        _nmiWindow = false;
        _awaitedClass = 0;
        UpdateWindow();
    }

    private void DecodePortAccess(ref VmExit exit)
    {
        ulong info = _vmcb->ExitInfo1;
        exit.Reason = ExitReason.PortAccess;
        exit.NextInstruction = _vmcb->ExitInfo2;
        exit.Port = (ushort)(info >> PortNumberShift);
        exit.IsInput = (info & PortInput) != 0;
        exit.IsString = (info & PortString) != 0;
        exit.IsRepeated = (info & PortRepeated) != 0;

        // The processor sets one of three bits, so the shifted field is 1, 2 or 4.
        exit.Size = SizeOf((info >> PortSizeShift) & PortFieldMask);
        byte addressSize = SizeOf((info >> PortAddressSizeShift) & PortFieldMask);
        exit.AddressSize = addressSize == 0 ? DefaultAddressSize() : (byte)(addressSize * 2);
        exit.Segment = _capabilities.HasDecodeAssists
            ? (SegmentRegister)((info >> PortSegmentShift) & PortFieldMask)
            : SegmentRegister.Ds;
    }

    private static byte SizeOf(ulong bits) => bits < (ulong)s_sizeOfBits.Length ? s_sizeOfBits[(int)bits] : (byte)0;

    // QEMU leaves the address size out; an override prefix then harms the guest that wrote it.
    private byte DefaultAddressSize()
    {
        return IsIn64BitCode ? (byte)8 : (_vmcb->Cs.Attributes & ControlBits.AttributeDefault32) != 0 ? (byte)4 : (byte)2;
    }

    private void DecodeNestedPageFault(ref VmExit exit)
    {
        ulong info = _vmcb->ExitInfo1;
        exit.Reason = (info & FaultReserved) != 0 ? ExitReason.NestedMisconfiguration : ExitReason.NestedPageFault;
        exit.GuestPhysicalAddress = _vmcb->ExitInfo2;
        exit.IsWrite = (info & FaultWrite) != 0;
        exit.IsFetch = (info & FaultFetch) != 0;
        exit.IsPageWalk = (info & FaultPageWalk) != 0;
    }
}
