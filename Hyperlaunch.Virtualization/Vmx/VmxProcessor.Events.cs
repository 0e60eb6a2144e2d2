using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Guests;

namespace Hyperlaunch.Virtualization.Vmx;

internal sealed unsafe partial class VmxProcessor
{
    /// <inheritdoc/>
    public bool IsEventQueued => VmxEvent.IsValid((uint)_vmcs[VmcsSlot.EntryInterruption]);

    /// <inheritdoc/>
    public bool CanTakeNmi => (_vmcs[VmcsSlot.Interruptibility] & (BlockingByNmi | BlockingByStiOrMovSs)) == 0;

    /// <inheritdoc/>
    public void InjectInterrupt(byte vector) => _vmcs[VmcsSlot.EntryInterruption] = VmxEvent.Interrupt(vector);

    /// <inheritdoc/>
    public void InjectNmi()
    {
        _vmcs[VmcsSlot.EntryInterruption] = VmxEvent.Nmi();
        SetPrimary(PrimaryControls.NmiWindow, false);
    }

    /// <inheritdoc/>
    public void RequestInterruptWindow(bool requested) => SetPrimary(PrimaryControls.InterruptWindow, requested);

    /// <inheritdoc/>
    public void AwaitTaskPriority(int priorityClass) => _awaitedClass = priorityClass;

    /// <inheritdoc/>
    public void RequestNmiWindow() => SetPrimary(PrimaryControls.NmiWindow, true);

    /// <inheritdoc/>
    protected override bool TryGetQueuedException(out byte vector)
    {
        uint queued = (uint)_vmcs[VmcsSlot.EntryInterruption];
        vector = VmxEvent.Vector(queued);
        return VmxEvent.IsException(queued);
    }

    /// <inheritdoc/>
    protected override void QueueException(byte vector, bool hasErrorCode, uint errorCode)
    {
        _vmcs[VmcsSlot.EntryInterruption] = VmxEvent.Exception(vector, hasErrorCode);
        _vmcs[VmcsSlot.EntryErrorCode] = errorCode;
    }

    /// <inheritdoc/>
    protected override void DeliverDebug(ulong causes)
    {
        // A #DB that exits leaves DR6 and DR7 as they were (Intel SDM vol 3, 28.1). The delivery ends the shadow, in which an
        // entry would ask for a pending single step (27.3.1.5).
        int status = ResidentRegisters.IndexOfDebugStatus;
        _resident.SetRegister(
            status, (_resident.GetRegister(status) & ~ControlBits.Dr6Breakpoints) | (causes & DebugCauses));
        _vmcs[VmcsSlot.Dr7] &= ~ControlBits.Dr7GeneralDetect;
        InterruptShadow = false;
        InjectException(ExceptionVector.Debug, false, 0);
    }

    private void SetPrimary(PrimaryControls control, bool on)
    {
        ulong controls = _vmcs[VmcsSlot.PrimaryControls];
        _vmcs[VmcsSlot.PrimaryControls] = on ? controls | (ulong)control : controls & ~(ulong)control;
    }

    // An event whose delivery an exit cut short is delivered again; one that an instruction raised comes by itself, since RIP
    // still points to that instruction (Intel SDM vol 3, 28.2.4 and 28.3.3).
    private void RequeueEvent(VmxExitReason reason, uint unblocking)
    {
        uint vectoring = (uint)_vmcs.Read(VmcsField.VectoringInformation);
        if (!VmxEvent.IsValid(vectoring))
        {
            RestoreNmiBlocking(reason, unblocking);
            return;
        }

        if (VmxEvent.IsNmi(vectoring))
        {
            // It was not handled; an entry may deliver it only while none is being handled (27.3.1.5).
            _vmcs[VmcsSlot.Interruptibility] &= ~BlockingByNmi;
        }

        if (!VmxEvent.IsRaisedByInstruction(vectoring))
        {
            _vmcs[VmcsSlot.EntryInterruption] = VmxEvent.ForDelivery(vectoring);
            if (VmxEvent.HasErrorCode(vectoring))
            {
                _vmcs[VmcsSlot.EntryErrorCode] = _vmcs.Read(VmcsField.VectoringErrorCode);
            }
        }
    }

    // An IRET that faults has ended the handling of an NMI already, and will be executed again (28.2.3).
    private void RestoreNmiBlocking(VmxExitReason reason, uint unblocking)
    {
        if (reason is VmxExitReason.ExceptionOrNmi or VmxExitReason.EptViolation && (unblocking & VmxEvent.NmiUnblocked) != 0)
        {
            _vmcs[VmcsSlot.Interruptibility] |= BlockingByNmi;
        }
    }
}
