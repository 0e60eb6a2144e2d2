using System.Runtime.CompilerServices;
using System.Threading;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Platform.Interrupts;

namespace Hyperlaunch.Hypervisor.Execution;

/// <content>Interrupts, signals from other processors, and start-up.</content>
public sealed partial class VirtualCpu
{
    private const int NoStartup = -1;

    // Written by any CPU under the machine's gate; taken under the same gate before an entry.
    private bool _nmiPending;
    private bool _initPending;
    private int _startupVector = NoStartup;
    private bool _translationsStale;
    private bool _isInGuest;

    // Its CPU's own.
    private bool _wasDisturbed;

    /// <summary>
    /// Whether nothing but an INIT or a non-maskable interrupt can ever wake it. The caller holds the machine's gate.
    /// </summary>
    internal bool IsDeaf => !_nmiPending && !_initPending
        && (State == VirtualCpuState.WaitingForStartup || (State == VirtualCpuState.Halted && _haltedForGood));

    /// <summary>Whether a non-maskable interrupt waits. A hint on other CPUs, for which no gate is needed.</summary>
    internal bool IsNmiPending => _nmiPending;

    /// <summary>Whether a signal of another processor was taken since it was last asked; for whoever pays for that.</summary>
    internal bool TakeDisturbance()
    {
        bool wasDisturbed = _wasDisturbed;
        _wasDisturbed = false;
        return wasDisturbed;
    }

    /// <summary>Whether an interrupt would be looked at. The caller holds the machine's gate.</summary>
    internal bool HearsInterrupts
        => _initPending || State == VirtualCpuState.Runnable || (State == VirtualCpuState.Halted && !_haltedForGood);

    /// <summary>A non-maskable interrupt arrives. The caller holds the machine's gate.</summary>
    /// <returns>Whether that changes anything: one waits at most, also for the start.</returns>
    internal bool SignalNmi()
    {
        bool changes = !_nmiPending && State != VirtualCpuState.WaitingForStartup;
        _nmiPending = true;
        return changes;
    }

    /// <summary>An INIT arrives. The caller holds the machine's gate.</summary>
    /// <returns>Whether that changes anything: it does not wait for its start already.</returns>
    internal bool SignalInit()
    {
        bool changes = !_initPending && State != VirtualCpuState.WaitingForStartup;
        _initPending |= changes;
        _startupVector = NoStartup;
        return changes;
    }

    /// <summary>A start-up message arrives: ignored unless it waits for one. The caller holds the machine's gate.</summary>
    /// <returns>Whether it is the first that it waited for.</returns>
    internal bool SignalStartup(byte vector)
    {
        if (!_initPending && State != VirtualCpuState.WaitingForStartup)
        {
            return false;
        }

        bool isFirst = _startupVector == NoStartup;
        _startupVector = vector;
        return isFirst;
    }

    /// <summary>What it remembers of the nested page tables is out of date. The caller holds the machine's gate.</summary>
    internal void SignalStaleTranslations() => Volatile.Write(ref _translationsStale, true);

    /// <summary>
    /// Whether its guest may be running with what <see cref="SignalStaleTranslations"/> made it forget. Any CPU may ask, once it
    /// has said so and woken it: either it sees that the guest runs, or whoever enters that sees what was said.
    /// </summary>
    internal bool MayUseStaleTranslations => Volatile.Read(ref _isInGuest) && Volatile.Read(ref _translationsStale);

    /// <summary>
    /// It waits in a hypercall of a guest interface, which says when it goes on, or for an interrupt. The caller holds the
    /// machine's gate.
    /// </summary>
    internal void WaitInHypercall()
    {
        State = VirtualCpuState.Halted;
        _haltedForGood = false;
        _waitsInHypercall = true;
    }

    private void TakeSignals()
    {
        if (_translationsStale)
        {
            _translationsStale = false;
            _processor.InvalidateTranslations();
        }

        if (_initPending)
        {
            _initPending = false;
            _nmiPending = false;
            _wasDisturbed = true;

            // INIT keeps the time-stamp counter (Intel SDM volume 3, table 9-1), so that it stays in step with the other
            // processors'.
            _processor.Reset();
            _processor.TimeStampOffset = Apic.TimeStampOffset;
            Apic.Initialize();
            State = VirtualCpuState.WaitingForStartup;
        }

        if (State == VirtualCpuState.WaitingForStartup && _startupVector != NoStartup)
        {
            StartAt((byte)_startupVector);
            _startupVector = NoStartup;
            _wasDisturbed = true;
        }

        if (_nmiPending && State != VirtualCpuState.WaitingForStartup)
        {
            State = VirtualCpuState.Runnable;
            if (_processor.CanTakeNmi && !_processor.IsEventQueued)
            {
                _nmiPending = false;
                _wasDisturbed = true;
                _processor.InjectNmi();
            }
            else
            {
                _processor.RequestNmiWindow();
            }
        }
    }

    // A start-up message's vector is the page at which the processor starts in real mode (AMD APM volume 2, section 16.5).
    private void StartAt(byte vector)
    {
        SegmentState code = _processor.GetSegment(SegmentRegister.Cs);
        code.Selector = (ushort)(vector << 8);
        code.Base = (ulong)vector << 12;
        _processor.SetSegment(SegmentRegister.Cs, code);
        _processor.Rip = 0;
        State = VirtualCpuState.Runnable;
    }

    // A guest interface's interrupts come before the local APIC's, and these before those of the interrupt controller pair, which
    // only the first processor gets.
    private void QueueInterrupt()
    {
        LocalApic apic = Apic;
        bool fromApic = apic.HasDeliverableInterrupt(out byte vector);
        bool fromController = !fromApic && HasExternalInterrupt(apic);
        byte upcall = 0;
        bool fromSource = _source is not null && _source.HasInterrupt(this, out upcall);
        if (_waitsInHypercall && (State != VirtualCpuState.Halted || _source!.EndsWait(this)))
        {
            _waitsInHypercall = false;
            State = VirtualCpuState.Runnable;
        }

        if (!fromSource && !fromApic && !fromController)
        {
            _processor.RequestInterruptWindow(false);
            _processor.AwaitTaskPriority(apic.ClassHeldByTaskPriority);
            return;
        }

        bool enabled = (_processor.Rflags & ControlBits.RflagsInterrupt) != 0;
        if (State == VirtualCpuState.Halted)
        {
            if (!enabled)
            {
                return;
            }

            State = VirtualCpuState.Runnable;
            _waitsInHypercall = false;
        }

        if (!enabled || _processor.InterruptShadow || _processor.IsEventQueued)
        {
            _processor.RequestInterruptWindow(true);
            return;
        }

        if (fromSource)
        {
            vector = upcall;
        }
        else if (fromApic)
        {
            apic.Accept(vector);
        }
        else
        {
            vector = _machine.Platform.Pic.Acknowledge();
        }

        // What a guest interface has is a level, which the guest takes back itself: it asks for no further exit.
        _processor.InjectInterrupt(vector);
        _processor.RequestInterruptWindow(apic.HasDeliverableInterrupt(out _) || HasExternalInterrupt(apic));
        _processor.AwaitTaskPriority(apic.ClassHeldByTaskPriority);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool HasExternalInterrupt(LocalApic apic)
        => Index == 0 && apic.AcceptsExternalInterrupt && _machine.Platform.Pic.HasInterrupt;
}
