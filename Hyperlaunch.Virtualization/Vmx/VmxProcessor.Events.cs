using Hyperlaunch.Domains.Execution;
using Hyperlaunch.Virtualization.Guests;

namespace Hyperlaunch.Virtualization.Vmx;

internal sealed unsafe partial class VmxProcessor
{
    private bool _isShutDown;

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
    public void InjectException(byte vector, bool hasErrorCode, uint errorCode)
    {
        uint queued = (uint)_vmcs[VmcsSlot.EntryInterruption];
        if (VmxEvent.IsException(queued))
        {
            switch (ExceptionCombination.Of(VmxEvent.Vector(queued), vector))
            {
                case ExceptionCombination.Result.DoubleFault:
                    vector = ExceptionVector.DoubleFault;
                    hasErrorCode = true;
                    errorCode = 0;
                    break;
                case ExceptionCombination.Result.Shutdown:
                    _isShutDown = true;
                    return;
                default:
                    break;
            }
        }

        // Real mode pushes no error codes, and an entry that asks for one fails (Intel SDM vol 3, 27.2.1.3).
        hasErrorCode &= (_vmcs[VmcsSlot.Cr0] & Cr0Protection) != 0;
        _vmcs[VmcsSlot.EntryInterruption] = VmxEvent.Exception(vector, hasErrorCode);
        _vmcs[VmcsSlot.EntryErrorCode] = hasErrorCode ? errorCode : 0;
    }

    /// <inheritdoc/>
    public void RequestInterruptWindow(bool requested) => SetPrimary(PrimaryControls.InterruptWindow, requested);

    /// <inheritdoc/>
    public void RequestNmiWindow() => SetPrimary(PrimaryControls.NmiWindow, true);

    private void SetPrimary(PrimaryControls control, bool on)
    {
        ulong controls = _vmcs[VmcsSlot.PrimaryControls];
        _vmcs[VmcsSlot.PrimaryControls] = on ? controls | (ulong)control : controls & ~(ulong)control;
    }

    // An event whose delivery an exit cut short is delivered again; one that an instruction raised comes by itself, since RIP still
    // points to that instruction (Intel SDM vol 3, 28.2.4 and 28.3.3).
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
