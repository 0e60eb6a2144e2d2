using System.Threading;
using Hyperlaunch.Machine.Concurrency;
using Hyperlaunch.Machine.Time;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Platform.Interrupts;

namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>
/// One processor of a domain: its state in the machine's virtualization extension, its local APIC, and what is done about each of
/// its exits. A <see cref="CpuScheduler"/> steps it; everything that other CPUs may touch is behind the machine's gate or a flag.
/// </summary>
public sealed partial class VirtualCpu
{
    private readonly VirtualMachine _machine;
    private readonly IVirtualProcessor _processor;
    private readonly IClock _clock;
    private readonly CpuidPolicy _cpuid;
    private readonly IInterruptSource? _source;
    private VmExit _exit;
    private int _active;
    private bool _haltedForGood;
    private bool _waitsInHypercall;
    private bool _repeatsHypercall;

    // Its state in the virtualization extension is yet to be put into that after power-on: done by the CPU it lives on.
    private bool _isFresh;

    internal VirtualCpu(VirtualMachine machine, int index, IVirtualProcessor processor, IClock clock, CpuidPolicy cpuid)
    {
        _machine = machine;
        Index = index;
        _processor = processor;
        _clock = clock;
        _cpuid = cpuid;
        _source = machine.Interfaces.Source;
    }

    /// <summary>Its number in the domain; also its APIC id.</summary>
    public int Index { get; }

    /// <summary>The domain's running part that it belongs to.</summary>
    public VirtualMachine Machine => _machine;

    /// <summary>Its state in the machine's virtualization extension.</summary>
    public IVirtualProcessor Processor => _processor;

    /// <summary>The scheduler of the CPU that runs it; null until it has one.</summary>
    public CpuScheduler? Home { get; internal set; }

    /// <summary>Its exits, by reason.</summary>
    public ExitCounts Exits { get; } = new();

    /// <summary>What it is doing.</summary>
    public VirtualCpuState State { get; private set; }

    /// <summary>Nanoseconds it has run, for the scheduler's fairness.</summary>
    internal ulong VirtualRuntime { get; set; }

    /// <summary>Whether it is among those whose doing the last choice of its CPU's scheduler was.</summary>
    internal bool Disturbs { get; set; }

    /// <summary>How often it may yet take another domain's turn; given with the home.</summary>
    internal WakeBudget Budget { get; set; } = new();

    /// <summary>Until when it may not be entered, for what it did to others.</summary>
    internal ulong HeldUntil { get; private set; }

    /// <summary>When its timer or a device next has something to say to it while it runs.</summary>
    internal ulong RunDeadline
    {
        get
        {
            ulong own = _machine.Platform.ProcessorDeadline(Index, sleeps: false);
            ulong shared = _machine.Platform.DeviceDeadline;
            return own < shared ? own : shared;
        }
    }

    /// <summary>
    /// When its timer could wake it from its sleep; and a device somebody, if it is the one that looks after them.
    /// </summary>
    internal ulong SleepDeadline
    {
        get
        {
            bool canWake = State == VirtualCpuState.Halted && !_haltedForGood;
            ulong own = canWake ? _machine.Platform.ProcessorDeadline(Index, sleeps: true) : ulong.MaxValue;
            ulong shared = _machine.LooksAfterDevices(this) ? _machine.Platform.DeviceDeadline : ulong.MaxValue;
            return own < shared ? own : shared;
        }
    }

    /// <summary>Nanoseconds it has run, and its exits were completed, in this life of its domain.</summary>
    internal ulong RunNanoseconds { get; set; }

    private LocalApic Apic => _machine.Platform.LocalApic(Index);

    /// <summary>Puts it into the state after power-on, waiting for its start. The caller holds the machine's gate.</summary>
    internal void Reset()
    {
        Exits.Clear();
        Volatile.Write(ref _isFresh, true);
        _haltedForGood = false;
        HeldUntil = 0;
        _waitsInHypercall = false;
        _repeatsHypercall = false;
        RunNanoseconds = 0;
        _nmiPending = false;
        _initPending = false;
        _startupVector = NoStartup;
        State = VirtualCpuState.WaitingForStartup;
    }

    /// <summary>Starts it where the machine's entry says. The caller holds the machine's gate.</summary>
    internal void Start() => State = VirtualCpuState.Runnable;

    /// <summary>
    /// Prepares it for an entry: time passes for the platform, signals are taken, and an interrupt that can be delivered is
    /// queued.
    /// </summary>
    /// <param name="now">The clock's nanoseconds.</param>
    /// <returns>
    /// Whether it can be entered now; false while it is halted or held, waits for its start, or its domain does not run.
    /// </returns>
    internal bool Prepare(ulong now)
    {
        if (!_machine.IsRunning)
        {
            return false;
        }

        SpinGate gate = _machine.Gate;
        gate.Enter();

        // Again: it may have been stopped before the gate was free, and be about to be built again.
        if (!_machine.IsRunning)
        {
            gate.Exit();
            return false;
        }

        if (Volatile.Read(ref _isFresh))
        {
            PowerOn();
        }

        _machine.Platform.Advance(now);
        TakeSignals();
        if (State != VirtualCpuState.WaitingForStartup)
        {
            QueueInterrupt();
        }

        gate.Exit();
        return State == VirtualCpuState.Runnable && now >= HeldUntil;
    }

    /// <summary>Whether it is being stepped: its state is in use, and its guest may be running.</summary>
    internal bool IsActive => Volatile.Read(ref _active) != 0;

    /// <summary>Enters the guest once and completes what it exited for.</summary>
    /// <returns>Why it exited; an external interrupt when its domain does not run any more and it was not entered.</returns>
    internal ExitReason Step(IPhysicalCpu cpu)
    {
        // Whoever stops the domain first says so and then waits for this mark to go: one of the two is seen by the other. A
        // domain that has been stopped, built again and started since this was prepared runs, but this is not prepared for its
        // new life. The same holds for whoever changed the nested page tables and waits for the guest to leave.
        _isInGuest = true;
        Interlocked.Exchange(ref _active, 1);
        cpu.WorkFor(_machine.Domid);
        bool isPrepared = _machine.IsRunning && !Volatile.Read(ref _isFresh) && !Volatile.Read(ref _translationsStale);
        ExitReason reason = isPrepared ? StepRunning(cpu) : ExitReason.ExternalInterrupt;
        Volatile.Write(ref _isInGuest, false);
        cpu.WorkFor(-1);
        Volatile.Write(ref _active, 0);
        return reason;
    }

    private ExitReason StepRunning(IPhysicalCpu cpu)
    {
        _processor.Enter(ref _exit);
        Volatile.Write(ref _isInGuest, false);
        Exits.Count(_exit.Reason);
        switch (_exit.Reason)
        {
            case ExitReason.ExternalInterrupt:
            case ExitReason.NonMaskableInterrupt:
            case ExitReason.TimeSlice:
            case ExitReason.Reinjected:
            case ExitReason.NoEventWindow:
                cpu.AcknowledgeInterrupts();
                break;
            case ExitReason.BusLock:
                // It slows every CPU of the machine, also where it is alone on its own.
                HeldUntil = _clock.Nanoseconds + CpuScheduler.Slice;
                break;
            case ExitReason.PortAccess:
                CompletePortAccess();
                break;
            case ExitReason.InterruptWindow:
                _processor.RequestInterruptWindow(false);
                break;
            case ExitReason.NmiWindow:
                break;
            case ExitReason.Halt:
                CompleteHalt();
                break;
            case ExitReason.WriteMsr:
                CompleteWriteMsr();
                break;
            case ExitReason.ReadMsr:
                CompleteReadMsr();
                break;
            case ExitReason.Cpuid:
                CompleteCpuid();
                break;
            case ExitReason.NestedPageFault:
                CompleteNestedPageFault();
                break;
            case ExitReason.Hypercall:
                CompleteHypercall();
                break;
            case ExitReason.SetExtendedControl:
                CompleteSetExtendedControl();
                break;
            case ExitReason.ControlRegister:
                CompleteControlMove();
                break;
            case ExitReason.CacheInvalidate:
            case ExitReason.Pause:
                FinishInstruction();
                break;
            case ExitReason.MonitorWait:
            case ExitReason.VirtualizationInstruction:
                _processor.InjectException(ExceptionVector.InvalidOpcode, false, 0);
                break;
            case ExitReason.ReadPerformanceCounter:
                InjectGeneralProtection();
                break;
            case ExitReason.TripleFault:
                _machine.Stop(StopReason.TripleFault, this, in _exit);
                break;
            case ExitReason.InvalidState:
                _machine.Stop(StopReason.InvalidState, this, in _exit);
                break;
            default:
                _machine.Stop(StopReason.UnhandledExit, this, in _exit);
                break;
        }

        // What it did to a device may have a deadline, which this now looks after.
        if (_exit.Reason is ExitReason.PortAccess or ExitReason.NestedPageFault)
        {
            _machine.LookAfterDevices(this);
        }

        return _exit.Reason;
    }

    // What the CPU may still hold of the domain's former life goes first.
    private void PowerOn()
    {
        _isFresh = false;
        _processor.Leave();
        _processor.InvalidateTranslations();
        _processor.Reset();
        if (State == VirtualCpuState.Runnable)
        {
            EntryState.Write(in _machine.Entry, _processor);
        }
    }

    private void FinishInstruction()
    {
        _processor.Rip = _exit.NextInstruction;
        _processor.InterruptShadow = false;
    }

    private void InjectGeneralProtection() => _processor.InjectException(ExceptionVector.GeneralProtection, true, 0);

    private void InjectPageFault(LinearFault fault)
    {
        _processor.Cr2 = fault.Address;
        _processor.InjectException(ExceptionVector.PageFault, true, fault.ErrorCode);
    }

    private void CompleteHalt()
    {
        FinishInstruction();
        SpinGate gate = _machine.Gate;
        gate.Enter();
        State = VirtualCpuState.Halted;
        _haltedForGood = (_processor.Rflags & ControlBits.RflagsInterrupt) == 0;
        if (_haltedForGood)
        {
            _machine.NoteDeafHalt(this);
        }

        gate.Exit();
    }

    private void CompleteCpuid()
    {
        uint leaf = (uint)_processor.GetRegister(GuestRegister.Rax);
        uint subleaf = (uint)_processor.GetRegister(GuestRegister.Rcx);
        CpuidResult result;
        if (GuestInterfaces.IsLeaf(leaf))
        {
            _machine.Interfaces.TryCpuid(this, leaf, subleaf, out result);
        }
        else
        {
            CpuidView view = default;
            view.ProcessorIndex = Index;
            view.ProcessorCount = _machine.CpuCount;
            view.OsXsave = (_processor.Cr4 & ControlBits.Cr4OsXsave) != 0;
            view.Xcr0 = _processor.Xcr0;
            view.ApicEnabled = Apic.IsEnabled;
            result = _cpuid.Answer(leaf, subleaf, in view);
        }

        _processor.SetRegister(GuestRegister.Rax, result.Eax);
        _processor.SetRegister(GuestRegister.Rbx, result.Ebx);
        _processor.SetRegister(GuestRegister.Rcx, result.Ecx);
        _processor.SetRegister(GuestRegister.Rdx, result.Edx);
        FinishInstruction();
    }

    /// <summary>
    /// The hypercall that is being answered is too long for one exit: the guest executes the instruction again, with the
    /// registers as the interface leaves them.
    /// </summary>
    internal void RepeatHypercall() => _repeatsHypercall = true;

    private void CompleteHypercall()
    {
        if (_machine.Interfaces.TryHypercall(this))
        {
            if (!_repeatsHypercall)
            {
                FinishInstruction();
            }

            _repeatsHypercall = false;
        }
        else
        {
            _processor.InjectException(ExceptionVector.InvalidOpcode, false, 0);
        }
    }

    // XSETBV (AMD APM volume 4): #UD without CR4.OSXSAVE, #GP for what may not be set or outside privilege level 0.
    private void CompleteSetExtendedControl()
    {
        ulong value = ReadEdxEax();
        if ((_processor.Cr4 & ControlBits.Cr4OsXsave) == 0)
        {
            _processor.InjectException(ExceptionVector.InvalidOpcode, false, 0);
        }
        else if (_processor.PrivilegeLevel != 0
            || (uint)_processor.GetRegister(GuestRegister.Rcx) != 0
            || !ExtendedState.IsValid(value, _cpuid.AllowedXcr0))
        {
            InjectGeneralProtection();
        }
        else
        {
            _processor.Xcr0 = value;
            FinishInstruction();
        }
    }

    private ulong ReadEdxEax()
        => (uint)_processor.GetRegister(GuestRegister.Rax) | _processor.GetRegister(GuestRegister.Rdx) << 32;
}
