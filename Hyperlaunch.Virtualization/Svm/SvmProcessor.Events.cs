using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Virtualization.Svm;

internal sealed unsafe partial class SvmProcessor
{
    // No instruction lies at this address: it is not that of an IRET.
    private const ulong NoInterruptReturn = ulong.MaxValue;

    private bool _interruptWindow;
    private bool _nmiWindow;
    private int _awaitedClass;

    // A guest that handles an NMI ends that with IRET. The intercept fires before the instruction, and the mask must hold until
    // after it: so the guest runs on without the intercept, and the first exit at another address shows that it is done. That
    // exit may come late when the guest returns to code with interrupts off, at the latest with the next time slice. Stepping
    // over the IRET by RFLAGS.TF would be exact but lets the guest see TF when the IRET faults.
    private bool _isNmiMasked;
    private ulong _interruptReturn = NoInterruptReturn;

    /// <inheritdoc/>
    public bool IsEventQueued => SvmEvent.IsValid(_vmcb->EventInjection);

    /// <inheritdoc/>
    // MOV SS and POP SS hold NMIs back for one instruction, and the control block does not tell their shadow from that of STI
    // (AMD APM vol 2, 8.1.3 and 15.21.5).
    public bool CanTakeNmi => !_isNmiMasked && !InterruptShadow;

    /// <inheritdoc/>
    public void InjectInterrupt(byte vector) => _vmcb->EventInjection = SvmEvent.Interrupt(vector);

    /// <inheritdoc/>
    public void InjectNmi()
    {
        _vmcb->EventInjection = SvmEvent.Nmi();
        _isNmiMasked = true;
        _nmiWindow = false;
        _interruptReturn = NoInterruptReturn;
        Intercept(SvmIntercept.InterruptReturn, true);
    }

    /// <inheritdoc/>
    public void RequestInterruptWindow(bool requested)
    {
        _interruptWindow = requested;
        UpdateWindow();
    }

    /// <inheritdoc/>
    public void AwaitTaskPriority(int priorityClass)
    {
        _awaitedClass = priorityClass;
        UpdateWindow();
    }

    /// <inheritdoc/>
    public void RequestNmiWindow()
    {
        _nmiWindow = true;
        UpdateWindow();
    }

    /// <inheritdoc/>
    protected override bool TryGetQueuedException(out byte vector)
    {
        vector = SvmEvent.Vector(_vmcb->EventInjection);
        return SvmEvent.IsException(_vmcb->EventInjection);
    }

    /// <inheritdoc/>
    protected override void QueueException(byte vector, bool hasErrorCode, uint errorCode)
        => _vmcb->EventInjection = SvmEvent.Exception(vector, hasErrorCode, errorCode);

    /// <inheritdoc/>
    protected override void DeliverDebug(ulong causes) => InjectException(ExceptionVector.Debug, false, 0);

    // The one window that the processor offers opens with the guest's RFLAGS.IF, and for an interrupt of a class with its CR8
    // below that class, so that no MOV to CR8 need exit (AMD APM vol 2, 15.21.4). An NMI that waits for less is looked at after
    // each exit.
    private void UpdateWindow()
    {
        bool isOpen = _interruptWindow || (_nmiWindow && (!_isNmiMasked || _interruptReturn != NoInterruptReturn));
        bool isExecuted = _capabilities.MustInterceptTaskPriority;
        ulong window = isOpen ? VirtualInterrupt.Window
            : _awaitedClass != 0 && !isExecuted
                ? VirtualInterrupt.Waiting | ((ulong)_awaitedClass << VirtualInterrupt.PriorityShift)
            : 0;
        ulong control = (_vmcb->VirtualInterrupt & ~VirtualInterrupt.Window) | window;
        ushort writes = isExecuted && (isOpen || _awaitedClass != 0) ? (ushort)(InterceptCr4 | InterceptCr8) : InterceptCr4;
        if (control != _vmcb->VirtualInterrupt || writes != _vmcb->InterceptControlWrites)
        {
            _vmcb->VirtualInterrupt = control;
            _vmcb->InterceptControlWrites = writes;
            _vmcb->Clean &= ~VmcbPart.VirtualInterrupt;
            Intercept(SvmIntercept.VirtualInterrupt, window != 0);
        }
    }

    private void Intercept(SvmIntercept what, bool on)
    {
        _vmcb->Intercepts = on ? _vmcb->Intercepts | what : _vmcb->Intercepts & ~what;
        _vmcb->Clean &= ~VmcbPart.Intercepts;
    }

    // An event whose delivery an exit cut short is delivered again; one that an instruction raised comes by itself, since RIP
    // still points to that instruction (AMD APM vol 2, 15.7.2).
    private void RequeueEvent()
    {
        ulong interrupted = _vmcb->ExitInterruptInfo;
        bool again = SvmEvent.IsValid(interrupted) && !SvmEvent.IsRaisedByInstruction(interrupted);
        _vmcb->EventInjection = again ? interrupted : SvmEvent.None;
    }

    private void WatchInterruptReturn()
    {
        if (_interruptReturn == NoInterruptReturn)
        {
            return;
        }

        if (_vmcb->Rip == _interruptReturn)
        {
            Intercept(SvmIntercept.InterruptReturn, true);
        }
        else
        {
            _isNmiMasked = false;
        }

        _interruptReturn = NoInterruptReturn;
    }
}
