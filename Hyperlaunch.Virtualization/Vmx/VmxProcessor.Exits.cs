using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Virtualization.Vmx;

internal sealed unsafe partial class VmxProcessor
{
    // The field "exit reason" (Intel SDM vol 3, 25.9.1).
    private const uint ExitReasonMask = 0xFFFF;
    private const uint ExitEntryFailed = 1u << 31;

    // A refused VMLAUNCH or VMRESUME has error numbers of its own: this bit tells them from exit reasons.
    private const ulong RawInstructionError = 1UL << 32;

    // Exit qualification of port I/O (28.2.1, table 28-5).
    private const ulong PortSizeMask = 7;
    private const ulong PortInput = 1 << 3;
    private const ulong PortString = 1 << 4;
    private const ulong PortRepeated = 1 << 5;
    private const int PortNumberShift = 16;

    // Instruction information of INS and OUTS (28.2.5, table 28-8).
    private const int InformationAddressSizeShift = 7;
    private const ulong InformationAddressSizeMask = 3;
    private const int InformationSegmentShift = 15;
    private const ulong InformationSegmentMask = 7;

    // Exit qualification of an EPT violation (28.2.1, table 28-7).
    private const ulong ViolationWrite = 1 << 1;
    private const ulong ViolationFetch = 1 << 2;
    private const ulong ViolationLinearValid = 1 << 7;
    private const ulong ViolationFinal = 1 << 8;

    // Exit qualification of a control-register access (28.2.1, table 28-3).
    private const ulong ControlNumberMask = 0xF;
    private const ulong ControlRegister0 = 0;
    private const ulong ControlRegister4 = 4;
    private const ulong ControlRegister8 = 8;
    private const int ControlAccessShift = 4;
    private const ulong ControlAccessMask = 3;
    private const int ControlRegisterShift = 8;
    private const ulong ControlRegisterMask = 0xF;
    private const ulong ControlMoveTo = 0;
    private const ulong ControlMoveFrom = 1;

    // Exit qualification of #DB (28.2.1, table 28-1) is in the form of DR6: B0 to B3, BD, BS; and DR7.GD (AMD APM vol 2, 13.1.1).
    private const ulong DebugCauses
        = ControlBits.Dr6Breakpoints | ControlBits.Dr6DebugAccess | ControlBits.Dr6SingleStep;

    private const ulong NotifyContextInvalid = 1 << 0;

    private const ulong TaskPriorityMask = 0xF;

    /// <inheritdoc/>
    // Its exits tell the instruction: what is not done already is unknown.
    public bool TryMoveControl(GuestRegister register, ulong next) => false;

    // Turns what the processor says into the neutral exit. False when the exit was this class's own business and the guest is to
    // run on.
    private bool TryDecodeExit(ref VmExit exit)
    {
        uint raw = (uint)_vmcs.Read(VmcsField.ExitReason);
        VmxExitReason reason = (VmxExitReason)(raw & ExitReasonMask);
        exit = default;
        exit.RawReason = raw;
        exit.Qualification = _vmcs.Read(VmcsField.ExitQualification);
        if ((raw & ExitEntryFailed) != 0)
        {
            DecodeFailedEntry(reason, ref exit);
            return true;
        }

        _vmcs.AfterRun();
        uint interruption = reason == VmxExitReason.ExceptionOrNmi ? (uint)_vmcs.Read(VmcsField.ExitInterruption) : 0;
        RequeueEvent(reason, reason == VmxExitReason.ExceptionOrNmi ? interruption : (uint)exit.Qualification);
        switch (reason)
        {
            case VmxExitReason.ExceptionOrNmi:
                return DecodeExceptionOrNmi(interruption, ref exit);
            case VmxExitReason.ExternalInterrupt:
                exit.Reason = ExitReason.ExternalInterrupt;
                return true;
            case VmxExitReason.PreemptionTimer:
                exit.Reason = ExitReason.TimeSlice;
                return true;
            case VmxExitReason.BusLock:
                exit.Reason = ExitReason.BusLock;
                return true;
            case VmxExitReason.Notify:
                // Bit 0 of the qualification: the guest's context is not valid, and cannot go on (Intel SDM vol 3, 28.2.1).
                exit.Reason = (exit.Qualification & NotifyContextInvalid) == 0 ? ExitReason.NoEventWindow : ExitReason.Unknown;
                return true;
            case VmxExitReason.PortAccess:
                DecodePortAccess(ref exit);
                return true;
            case VmxExitReason.EptViolation:
                DecodeViolation(ref exit);
                return true;
            case VmxExitReason.EptMisconfiguration:
                exit.Reason = ExitReason.NestedMisconfiguration;
                exit.GuestPhysicalAddress = _vmcs.Read(VmcsField.GuestPhysicalAddress);
                return true;
            case VmxExitReason.Cpuid:
                return Instruction(ref exit, ExitReason.Cpuid);
            case VmxExitReason.ReadMsr:
                return Instruction(ref exit, ExitReason.ReadMsr);
            case VmxExitReason.WriteMsr:
                return Instruction(ref exit, ExitReason.WriteMsr);
            case VmxExitReason.Halt:
                return Instruction(ref exit, ExitReason.Halt);
            case VmxExitReason.InterruptWindow:
                SetPrimary(PrimaryControls.InterruptWindow, false);
                exit.Reason = ExitReason.InterruptWindow;
                return true;
            case VmxExitReason.NmiWindow:
                SetPrimary(PrimaryControls.NmiWindow, false);
                exit.Reason = ExitReason.NmiWindow;
                return true;
            case VmxExitReason.Pause:
                return Instruction(ref exit, ExitReason.Pause);
            case VmxExitReason.Vmcall:
                return Instruction(ref exit, ExitReason.Hypercall);
            case VmxExitReason.Xsetbv:
                return Instruction(ref exit, ExitReason.SetExtendedControl);
            case VmxExitReason.Monitor:
            case VmxExitReason.Mwait:
                return Instruction(ref exit, ExitReason.MonitorWait);
            case VmxExitReason.Invd:
            case VmxExitReason.Wbinvd:
                return Instruction(ref exit, ExitReason.CacheInvalidate);
            case VmxExitReason.Rdpmc:
                return Instruction(ref exit, ExitReason.ReadPerformanceCounter);
            case VmxExitReason.Rdtsc:
            case VmxExitReason.Rdtscp:
                return Instruction(ref exit, ExitReason.ReadTimeStamp);
            case VmxExitReason.Getsec:
            case VmxExitReason.Invept:
            case VmxExitReason.Invvpid:
            case >= VmxExitReason.FirstVmxInstruction and <= VmxExitReason.LastVmxInstruction:
                return Instruction(ref exit, ExitReason.VirtualizationInstruction);
            case VmxExitReason.ControlRegister:
                return DecodeControlRegister(ref exit);
            case VmxExitReason.DebugRegister:
                return Instruction(ref exit, ExitReason.DebugRegister);
            case VmxExitReason.TripleFault:
                exit.Reason = ExitReason.TripleFault;
                return true;
            case VmxExitReason.TaskSwitch:
                exit.Reason = ExitReason.TaskSwitch;
                return true;
            default:
                exit.Reason = ExitReason.Unknown;
                return true;
        }
    }

    // VMLAUNCH or VMRESUME itself failed: nothing of the guest was loaded.
    private void DecodeRefusal(uint status, ref VmExit exit)
    {
        ulong error = status == VmxInstructions.FailedValid ? _vmcs.Read(VmcsField.InstructionError) : 0;
        exit = default;
        exit.Reason = ExitReason.InvalidState;
        exit.RawReason = RawInstructionError | error;
        exit.Diagnosis = status == VmxInstructions.FailedValid
            ? VmxInstructionError.Describe(error)
            : "There is no current control structure.";
    }

    // The entry ended in an exit: the launch state is as before, and the guest's fields are.
    private void DecodeFailedEntry(VmxExitReason reason, ref VmExit exit)
    {
        exit.Reason = ExitReason.InvalidState;
        switch (reason)
        {
            case VmxExitReason.InvalidGuestState:
                exit.Diagnosis = new VmxEntryChecks(_vmcs, _capabilities.EntryRules).Explain();
                break;
            case VmxExitReason.MsrLoading:
                exit.Diagnosis = "An MSR of the entry's area cannot be loaded; the qualification is its place in the area, from "
                    + "1.";
                break;
            case VmxExitReason.MachineCheckAtEntry:
                _host.Fail("the machine raised a machine check while a guest was entered"u8);
                break;
            default:
                exit.Diagnosis = "The entry failed for a reason that the manual does not list.";
                break;
        }
    }

    private bool Instruction(ref VmExit exit, ExitReason reason)
    {
        exit.Reason = reason;
        exit.NextInstruction = NextInstruction();
        return true;
    }

    // The instruction pointer has 32 bits outside 64-bit code.
    private ulong NextInstruction()
    {
        ulong next = _vmcs[VmcsSlot.Rip] + _vmcs.Read(VmcsField.InstructionLength);
        return IsIn64BitCode ? next : (uint)next;
    }

    // Past an instruction that was executed in the processor's place, with the single step that it would raise behind it.
    private void Skip()
    {
        _vmcs[VmcsSlot.Rip] = NextInstruction();
        InterruptShadow = false;
        if (IsSingleStep(_vmcs[VmcsSlot.Rflags], _vmcs[VmcsSlot.DebugControl]))
        {
            DeliverDebug(ControlBits.Dr6SingleStep);
        }
    }

    private bool DecodeExceptionOrNmi(uint interruption, ref VmExit exit)
    {
        if (VmxEvent.IsNmi(interruption))
        {
            // The exit took the NMI; it blocks others until the IRET of the host's handler.
            _host.TakeNmi();
            exit.Reason = ExitReason.NonMaskableInterrupt;
            return true;
        }

        if (VmxEvent.IsInt1(interruption))
        {
            // The exit leaves RIP at the instruction (28.3.3), which is a trap: delivered from there it would come again for
            // ever.
            _vmcs[VmcsSlot.Rip] = NextInstruction();
        }

        uint errorCode = VmxEvent.HasErrorCode(interruption) ? (uint)_vmcs.Read(VmcsField.ExitErrorCode) : 0;
        return DecodeException(VmxEvent.Vector(interruption), errorCode, ref exit);
    }

    private void DecodePortAccess(ref VmExit exit)
    {
        ulong info = exit.Qualification;
        Instruction(ref exit, ExitReason.PortAccess);
        exit.Port = (ushort)(info >> PortNumberShift);
        exit.Size = (byte)((info & PortSizeMask) + 1);
        exit.IsInput = (info & PortInput) != 0;
        exit.IsString = (info & PortString) != 0;
        exit.IsRepeated = (info & PortRepeated) != 0;
        exit.Segment = SegmentRegister.Ds;
        exit.AddressSize = DefaultAddressSize();
        if (exit.IsString && _capabilities.HasStringInformation)
        {
            ulong information = _vmcs.Read(VmcsField.InstructionInformation);
            exit.AddressSize = (byte)(2 << (int)(information >> InformationAddressSizeShift & InformationAddressSizeMask));
            if (!exit.IsInput)
            {
                exit.Segment = (SegmentRegister)(information >> InformationSegmentShift & InformationSegmentMask);
            }
        }
    }

    // Where the processor leaves the address size out, an override prefix harms the guest that wrote it.
    private byte DefaultAddressSize()
    {
        ulong rights = _vmcs[SlotOf(SegmentRegister.Cs, VmcsSlot.Rights)];
        return IsIn64BitCode ? (byte)8 : (rights & RightsDefaultSize) != 0 ? (byte)4 : (byte)2;
    }

    private void DecodeViolation(ref VmExit exit)
    {
        const ulong FinalAddress = ViolationLinearValid | ViolationFinal;
        ulong info = exit.Qualification;
        exit.Reason = ExitReason.NestedPageFault;
        exit.GuestPhysicalAddress = _vmcs.Read(VmcsField.GuestPhysicalAddress);
        exit.IsWrite = (info & ViolationWrite) != 0;
        exit.IsFetch = (info & ViolationFetch) != 0;
        exit.IsPageWalk = (info & FinalAddress) != FinalAddress;
    }

    private bool DecodeControlRegister(ref VmExit exit)
    {
        ulong info = exit.Qualification;
        ulong number = info & ControlNumberMask;
        ulong access = info >> ControlAccessShift & ControlAccessMask;
        GuestRegister register = (GuestRegister)(info >> ControlRegisterShift & ControlRegisterMask);
        switch (number)
        {
            case ControlRegister0 when access == ControlMoveTo:
                MoveToCr0(GetRegister(register));
                return false;
            case ControlRegister4 when access == ControlMoveTo:
                // Only a bit that is not the guest's makes this exit, and to the guest all of them are 0 and reserved.
                InjectException(ExceptionVector.GeneralProtection, true, 0);
                return false;
            case ControlRegister8 when access == ControlMoveFrom:
                SetRegister(register, _cr8);
                Skip();
                return false;
            case ControlRegister8 when access == ControlMoveTo:
                return MoveToCr8(GetRegister(register), ref exit);
            default:
                exit.Reason = ExitReason.ControlRegister;
                return true;
        }
    }

    // Only the bits that are not the guest's make this exit. They are taken over into the shadow, and the guest executes the
    // instruction again: then the processor itself does and checks the rest, paging and long mode included.
    private void MoveToCr0(ulong value)
    {
        if ((value & (ControlBits.Cr0NotWriteThrough | ControlBits.Cr0CacheDisable)) == ControlBits.Cr0NotWriteThrough)
        {
            InjectException(ExceptionVector.GeneralProtection, true, 0);
            return;
        }

        _vmcs[VmcsSlot.Cr0Shadow] = (_vmcs[VmcsSlot.Cr0Shadow] & ~Cr0Mask) | (value & Cr0Mask);
    }

    // A task priority that lets an interrupt through which waits makes an exit as that of a window.
    private bool MoveToCr8(ulong value, ref VmExit exit)
    {
        if ((value & ~TaskPriorityMask) != 0)
        {
            InjectException(ExceptionVector.GeneralProtection, true, 0);
            return false;
        }

        bool letsThrough = (int)value < _awaitedClass;
        _cr8 = (byte)value;
        Skip();
        exit.Reason = ExitReason.InterruptWindow;
        return letsThrough;
    }
}
