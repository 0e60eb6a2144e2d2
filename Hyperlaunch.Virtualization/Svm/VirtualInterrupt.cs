namespace Hyperlaunch.Virtualization.Svm;

/// <summary>
/// Fields of the virtual interrupt control, offset 060h of the control block (AMD APM vol 2, 15.21 and table B-1).
/// </summary>
internal static class VirtualInterrupt
{
    /// <summary>V_TPR: the guest's CR8.</summary>
    public const ulong TaskPriority = 0xF;

    /// <summary>V_IRQ: a virtual interrupt waits.</summary>
    public const ulong Waiting = 1UL << 8;

    /// <summary>V_INTR_PRIO: where it begins.</summary>
    public const int PriorityShift = 16;

    /// <summary>V_INTR_PRIO at its highest.</summary>
    public const ulong HighestPriority = 0xFUL << PriorityShift;

    /// <summary>V_IGN_TPR: the virtual interrupt does not heed V_TPR.</summary>
    public const ulong IgnoreTaskPriority = 1UL << 20;

    /// <summary>V_INTR_MASKING: RFLAGS.IF and CR8 of the guest concern virtual interrupts only.</summary>
    public const ulong Masking = 1UL << 24;

    /// <summary>
    /// A virtual interrupt that no guest ever takes: with its intercept it makes an exit as soon as the guest could take one.
    /// </summary>
    public const ulong Window = Waiting | HighestPriority | IgnoreTaskPriority;
}
