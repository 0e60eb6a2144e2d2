using Hyperlaunch.Machine.Time;
using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Platform.Interrupts;

/// <summary>
/// Carries interrupt messages between the local APICs and the I/O APIC of a domain, and what they mean to the domain's
/// processors. Its local APICs live as long as it does; <see cref="Count"/> of them are on the bus.
/// </summary>
public sealed class ApicBus : IInterruptOutput
{
    private readonly LocalApic[] _apics;
    private readonly IProcessorSignals _signals;
    private IoApic? _ioApic;
    private int _lastLowest;

    /// <summary>Makes the bus with its local APICs.</summary>
    /// <param name="clock">The time their timers go by.</param>
    /// <param name="signals">The domain's processors.</param>
    /// <param name="processors">The task priorities of as many processors as the domain can have.</param>
    public ApicBus(IClock clock, IProcessorSignals signals, ITaskPriority[] processors)
    {
        _signals = signals;
        _apics = new LocalApic[processors.Length];
        for (int i = 0; i < processors.Length; i++)
        {
            _apics[i] = new LocalApic(this, clock, processors[i], i);
        }
    }

    /// <summary>How many processors are on the bus.</summary>
    public int Count { get; private set; }

    /// <summary>The local APIC of a processor.</summary>
    public LocalApic this[int processor] => _apics[processor];

    /// <summary>Puts the bus and all its local APICs into the state after power-on.</summary>
    /// <param name="processors">How many processors are on the bus, at least 1.</param>
    public void Reset(int processors)
    {
        Count = processors < 1 ? 1 : processors > _apics.Length ? _apics.Length : processors;
        _lastLowest = 0;
        ExternalInterrupt = false;
        for (int i = 0; i < _apics.Length; i++)
        {
            _apics[i].Reset();
        }
    }

    /// <summary>Connects the I/O APIC, which learns of ended level interrupts.</summary>
    public void Attach(IoApic ioApic) => _ioApic = ioApic;

    /// <inheritdoc/>
    public void SetExternalInterrupt(bool asserted)
    {
        ExternalInterrupt = asserted;
        for (int i = 0; i < Count; i++)
        {
            _apics[i].SetLocalInterrupt0(asserted);
        }
    }

    /// <summary>Whether the interrupt controller pair asks for a processor.</summary>
    internal bool ExternalInterrupt { get; private set; }

    /// <summary>Delivers a message to its destinations.</summary>
    /// <returns>False when no local APIC is addressed.</returns>
    internal bool Send(in ApicMessage message)
    {
        if (message.Mode == ApicDeliveryMode.LowestPriority)
        {
            return SendToLowest(message, -1);
        }

        bool accepted = false;
        for (int i = 0; i < Count; i++)
        {
            if (_apics[i].IsAddressedBy(message))
            {
                accepted = true;
                Deliver(i, message);
            }
        }

        return accepted;
    }

    /// <summary>Delivers a message to all processors, except one (-1 for none).</summary>
    internal void Broadcast(in ApicMessage message, int except)
    {
        if (message.Mode == ApicDeliveryMode.LowestPriority)
        {
            SendToLowest(message, except);
            return;
        }

        for (int i = 0; i < Count; i++)
        {
            if (i != except && _apics[i].IsEnabled)
            {
                Deliver(i, message);
            }
        }
    }

    /// <summary>Delivers a message to one processor.</summary>
    internal void Deliver(int processor, in ApicMessage message)
    {
        switch (message.Mode)
        {
            case ApicDeliveryMode.Fixed:
            case ApicDeliveryMode.LowestPriority:
                _apics[processor].Receive(message.Vector, message.IsLevel);
                break;
            case ApicDeliveryMode.NonMaskable:
                _signals.Nmi(processor);
                break;
            case ApicDeliveryMode.Init:
                _apics[processor].Initialize();
                _signals.Init(processor);
                break;
            case ApicDeliveryMode.Startup:
                _signals.Startup(processor, message.Vector);
                break;
            default:
                break;
        }
    }

    /// <summary>A level-triggered interrupt ended at a local APIC.</summary>
    internal void EndLevelInterrupt(byte vector) => _ioApic?.EndOfInterrupt(vector);

    /// <summary>A processor has something new to look at.</summary>
    internal void SignalInterrupt(int processor) => _signals.Interrupt(processor);

    /// <summary>Lowest-priority arbitration; equals take turns (AMD APM volume 2, section 16.6.3).</summary>
    private bool SendToLowest(in ApicMessage message, int except)
    {
        int chosen = -1;
        for (int k = 1; k <= Count; k++)
        {
            int i = _lastLowest + k;
            i -= i >= Count ? Count : 0;
            if (i != except && _apics[i].IsAddressedBy(message)
                && (chosen < 0 || _apics[i].ProcessorPriority < _apics[chosen].ProcessorPriority))
            {
                chosen = i;
            }
        }

        if (chosen < 0)
        {
            return false;
        }

        _lastLowest = chosen;
        Deliver(chosen, message);
        return true;
    }
}
