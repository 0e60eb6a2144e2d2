namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>
/// A guest interface with interrupts of its own. They come before the local APIC's, which knows nothing of them: no register
/// shows them, and no end of interrupt is told.
/// </summary>
internal interface IInterruptSource
{
    /// <summary>The running part whose processors it interrupts. Told once, when that is made.</summary>
    void Attach(VirtualMachine machine);

    /// <summary>
    /// The domain has ended, and none of its processors is in use: nothing of other domains is bound to it from now on, and
    /// nobody else can reach its memory. No gate is held.
    /// </summary>
    void Release();

    /// <summary>
    /// Whether a processor that waits in a hypercall (<see cref="VirtualCpu.WaitInHypercall"/>) goes on now. The domain's gate is
    /// held.
    /// </summary>
    bool EndsWait(VirtualCpu cpu);

    /// <summary>
    /// Whether it has an interrupt for a processor. It is a level: asked before each entry, and as long as it says so the
    /// processor is interrupted whenever it can be. Who makes it say so wakes the processor. The domain's gate is held.
    /// </summary>
    /// <param name="cpu">The processor.</param>
    /// <param name="vector">The interrupt's vector.</param>
    bool HasInterrupt(VirtualCpu cpu, out byte vector);
}
