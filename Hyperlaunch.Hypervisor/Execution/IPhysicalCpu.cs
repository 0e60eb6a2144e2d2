namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>
/// A CPU of the machine, as the code that runs on it sees it. Interrupts are off except inside these calls and in guests.
/// </summary>
public interface IPhysicalCpu
{
    /// <summary>
    /// Arms the one-shot timer of this CPU: at <paramref name="deadline"/> (the clock's nanoseconds) a guest that runs here exits
    /// with <see cref="ExitReason.ExternalInterrupt"/>, and <see cref="Idle"/> returns. <see cref="ulong.MaxValue"/> disarms it.
    /// </summary>
    void ArmTimer(ulong deadline);

    /// <summary>Lets the machine's waiting interrupts be acknowledged, then masks them again.</summary>
    void AcknowledgeInterrupts();

    /// <summary>
    /// Halts this CPU until an interrupt arrives, and acknowledges it. One that waits already makes it return at once.
    /// </summary>
    void Idle();

    /// <summary>
    /// Says which domain this CPU works for, -1 for none: should the hypervisor fail meanwhile, it names the domain.
    /// </summary>
    void WorkFor(int domid);

    /// <summary>
    /// Makes this CPU leave its guest or its halt soon. The one member that any CPU may call; called on this CPU it does nothing.
    /// </summary>
    void Kick();
}
