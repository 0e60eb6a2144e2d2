using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Hosting;

namespace Hyperlaunch.Virtualization.Guests;

/// <summary>
/// What a guest processor does alike under every virtualization extension: the frame around an entry, what becomes of exceptions
/// that end a run, and of two that meet.
/// </summary>
internal abstract class GuestProcessor
{
    /// <summary>
    /// The exceptions to intercept, a bit for each vector. A guest can make #DB and #AC return for ever without executing an
    /// instruction (the processor delivers them serially), so that neither an interrupt nor an NMI ends its run; #MC is the
    /// machine's.
    /// </summary>
    protected const uint InterceptedExceptions = (1u << ExceptionVector.Debug) | (1u << ExceptionVector.AlignmentCheck)
        | (1u << ExceptionVector.MachineCheck);

    private readonly VirtualizationHost _host;
    private bool _isShutDown;

    /// <summary>Makes one that is not shut down.</summary>
    /// <param name="host">The machine.</param>
    protected GuestProcessor(VirtualizationHost host)
    {
        _host = host;
    }

    /// <summary>Whether CR0.PE is set: real mode pushes no error codes (AMD APM vol 2, 8.4.1).</summary>
    protected abstract bool IsProtected { get; }

    /// <inheritdoc cref="IVirtualProcessor.Enter"/>
    public void Enter(ref VmExit exit)
    {
        PrepareCpu();
        do
        {
            if (_isShutDown)
            {
                exit = default;
                exit.Reason = ExitReason.TripleFault;
                return;
            }
        }
        while (!TryRun(ref exit));
    }

    /// <inheritdoc cref="IVirtualProcessor.InjectException"/>
    public void InjectException(byte vector, bool hasErrorCode, uint errorCode)
    {
        if (TryGetQueuedException(out byte queued))
        {
            switch (ExceptionCombination.Of(queued, vector))
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

        // VMX refuses an entry that asks for an error code in real mode (Intel SDM vol 3, 27.2.1.3).
        hasErrorCode &= IsProtected;
        QueueException(vector, hasErrorCode, hasErrorCode ? errorCode : 0);
    }

    /// <summary>Brings into the CPU that executes this what entries there need.</summary>
    protected abstract void PrepareCpu();

    /// <summary>Runs the guest once.</summary>
    /// <param name="exit">Why it stopped.</param>
    /// <returns>False when the exit was the extension's own business and the guest is to run on.</returns>
    protected abstract bool TryRun(ref VmExit exit);

    /// <summary>The exception that the next entry will deliver, if that is what it will deliver.</summary>
    protected abstract bool TryGetQueuedException(out byte vector);

    /// <summary>Has the next entry deliver an exception in place of whatever was queued.</summary>
    protected abstract void QueueException(byte vector, bool hasErrorCode, uint errorCode);

    /// <summary>#DB goes to the guest: the extension does first what the exit kept the processor from doing.</summary>
    /// <param name="causes">What the exit says of it.</param>
    protected abstract void DeliverDebug(ulong causes);

    /// <summary>Whether an instruction that was executed in the processor's place is to be followed by a single step.</summary>
    /// <param name="rflags">RFLAGS before the instruction.</param>
    /// <param name="debugControl">DEBUGCTL, which can have only branches raise it (AMD APM vol 2, 13.1.1.5).</param>
    protected static bool IsSingleStep(ulong rflags, ulong debugControl)
    {
        const ulong StepsByBranches = 1 << 1;
        return (rflags & ControlBits.RflagsTrap) != 0 && (debugControl & StepsByBranches) == 0;
    }

    /// <summary>The processor is as after power-on.</summary>
    protected void Revive() => _isShutDown = false;

    /// <summary>
    /// Says what becomes of an exception that ended a run. #DB and #AC go to the guest as if nothing had been; but
    /// the run ends, because a guest can have each entry raise them again before an interrupt of the machine is noticed.
    /// </summary>
    /// <returns>As for <see cref="TryRun"/>.</returns>
    protected bool DecodeException(byte vector, uint errorCode, ref VmExit exit)
    {
        switch (vector)
        {
            case ExceptionVector.Debug:
                exit.Reason = ExitReason.Reinjected;
                exit.Vector = vector;
                DeliverDebug(exit.Qualification);
                return true;
            case ExceptionVector.AlignmentCheck:
                exit.Reason = ExitReason.Reinjected;
                exit.Vector = vector;
                InjectException(vector, true, errorCode);
                return true;
            case ExceptionVector.MachineCheck:
                _host.Fail("the machine raised a machine check while a guest ran"u8);
                return false;
            default:
                exit.Reason = ExitReason.Exception;
                exit.Vector = vector;
                exit.ErrorCode = errorCode;
                return true;
        }
    }
}
