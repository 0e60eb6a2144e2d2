namespace Hyperlaunch.Platform.Interrupts;

/// <summary>What interrupt controllers tell the processors of a domain, by their number from 0.</summary>
public interface IProcessorSignals
{
    /// <summary>
    /// An interrupt became pending: a processor that runs or halts looks at its local APIC and the external interrupt.
    /// </summary>
    void Interrupt(int processor);

    /// <summary>A non-maskable interrupt.</summary>
    void Nmi(int processor);

    /// <summary>
    /// INIT: the processor is reset and waits for <see cref="Startup"/>. Its local APIC has been reset already.
    /// </summary>
    void Init(int processor);

    /// <summary>A startup IPI: a processor that waits for one starts in real mode at <paramref name="vector"/> * 4096.</summary>
    void Startup(int processor, byte vector);
}
