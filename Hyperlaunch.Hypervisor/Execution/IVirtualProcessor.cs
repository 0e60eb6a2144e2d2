using Hyperlaunch.Machine.X86;
using Hyperlaunch.Platform.Devices;
using Hyperlaunch.Platform.Interrupts;

namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>
/// The state of one guest processor as the machine's virtualization extension keeps it, and the way to run it. One thread of the
/// hypervisor uses it at a time; between two entries it may move to another CPU of the machine.
/// </summary>
public interface IVirtualProcessor : ITaskPriority
{
    /// <summary>The instruction pointer.</summary>
    ulong Rip { get; set; }

    /// <summary>The flags.</summary>
    ulong Rflags { get; set; }

    /// <summary>CR0 as the guest sees it.</summary>
    ulong Cr0 { get; set; }

    /// <summary>CR2.</summary>
    ulong Cr2 { get; set; }

    /// <summary>CR3.</summary>
    ulong Cr3 { get; set; }

    /// <summary>CR4 as the guest sees it.</summary>
    ulong Cr4 { get; set; }

    /// <summary>EFER as the guest sees it.</summary>
    ulong Efer { get; set; }

    /// <summary>
    /// XCR0: the extended state that the guest enabled. The caller has checked the value against the CPUID policy.
    /// </summary>
    ulong Xcr0 { get; set; }

    /// <summary>Current privilege level, 0 to 3.</summary>
    int PrivilegeLevel { get; }

    /// <summary>
    /// Added to the machine's time-stamp counter for the guest: loaded from the <see cref="LocalApic.TimeStampOffset"/> that the
    /// others of the domain see.
    /// </summary>
    ulong TimeStampOffset { get; set; }

    /// <summary>The instruction after STI or MOV SS: no interrupt may be taken before it.</summary>
    bool InterruptShadow { get; set; }

    /// <summary>
    /// An event is queued for the next entry, by an injection or because its delivery was cut short by an exit.
    /// </summary>
    bool IsEventQueued { get; }

    /// <summary>
    /// Puts everything into the state after power-on (AMD APM volume 2, section 14.1.3), and nothing is queued.
    /// </summary>
    void Reset();

    /// <summary>Reads a general-purpose register.</summary>
    ulong GetRegister(GuestRegister register);

    /// <summary>Writes a general-purpose register, all 64 bits.</summary>
    void SetRegister(GuestRegister register, ulong value);

    /// <summary>Reads a segment or table register.</summary>
    SegmentState GetSegment(SegmentRegister register);

    /// <summary>Writes a segment or table register.</summary>
    void SetSegment(SegmentRegister register, SegmentState value);

    /// <summary>
    /// Reads an MSR that belongs to the processor's own guest state: FS, GS and KERNEL_GS base, STAR, LSTAR, CSTAR, SFMASK, the
    /// three SYSENTER registers, PAT, TSC_AUX, DEBUGCTL, SPEC_CTRL, IA32_ARCH_CAPABILITIES, XSS where there is one.
    /// </summary>
    /// <returns>False when it is none of these.</returns>
    bool TryReadMsr(uint index, out ulong value);

    /// <summary>Writes an MSR of those that <see cref="TryReadMsr"/> reads, or PRED_CMD.</summary>
    /// <returns>False when it is none of these, or when the processor would fault on the value.</returns>
    bool TryWriteMsr(uint index, ulong value);

    /// <summary>
    /// Queues a maskable interrupt. The caller has seen that the guest can take one and that nothing is queued.
    /// </summary>
    void InjectInterrupt(byte vector);

    /// <summary>Queues a non-maskable interrupt.</summary>
    void InjectNmi();

    /// <summary>Queues an exception; one already queued becomes #DF where the architecture says so.</summary>
    void InjectException(byte vector, bool hasErrorCode, uint errorCode);

    /// <summary>
    /// Asks for an <see cref="ExitReason.InterruptWindow"/> exit as soon as the guest can take an interrupt, or no longer.
    /// </summary>
    void RequestInterruptWindow(bool requested);

    /// <summary>
    /// Asks for an <see cref="ExitReason.InterruptWindow"/> exit as soon as the guest can take an interrupt of a class, because
    /// its CR8 is below, or no longer.
    /// </summary>
    /// <param name="priorityClass">1 to 15; 0 for no longer.</param>
    void AwaitTaskPriority(int priorityClass);

    /// <summary>Whether a non-maskable interrupt could be taken: none is being handled.</summary>
    bool CanTakeNmi { get; }

    /// <summary>Asks for an <see cref="ExitReason.NmiWindow"/> exit when a non-maskable interrupt can be taken.</summary>
    void RequestNmiWindow();

    /// <summary>The nested page tables lost or narrowed an entry: no cached translation may be used at the next entry.</summary>
    void InvalidateTranslations();

    /// <summary>
    /// Takes back what the CPU still holds of this guest processor after its last exit. To be called on the CPU that ran it last,
    /// before it may be entered on another one.
    /// </summary>
    void Leave();

    /// <summary>
    /// Executes the MOV of the last exit, one with <see cref="ExitReason.ControlRegister"/>, which the processor did not tell in
    /// full.
    /// </summary>
    /// <param name="register">The general-purpose register.</param>
    /// <param name="next">The address of the next instruction.</param>
    /// <returns>False when it was none that is known.</returns>
    bool TryMoveControl(GuestRegister register, ulong next);

    /// <summary>
    /// Runs the guest on this CPU of the machine until it exits. Interrupts of the machine stay off outside the guest.
    /// </summary>
    void Enter(ref VmExit exit);
}
