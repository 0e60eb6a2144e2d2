namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>Why a domain no longer runs.</summary>
public enum StopReason
{
    /// <summary>It runs, or has not been started.</summary>
    None = 0,

    /// <summary>It turned its power off.</summary>
    PowerOff,

    /// <summary>It restarted its machine in an orderly way.</summary>
    Reboot,

    /// <summary>It restarted its machine in an emergency: a kernel panic.</summary>
    Crash,

    /// <summary>A processor of its faulted while it delivered a double fault.</summary>
    TripleFault,

    /// <summary>A processor of its did what the hypervisor cannot complete.</summary>
    UnhandledExit,

    /// <summary>The machine's processor refused the state of one of its processors.</summary>
    InvalidState,

    /// <summary>All its processors halted with interrupts off: nothing can wake them.</summary>
    Halted,

    /// <summary>Its watchdog ran out: what it promised to do within a time it did not do.</summary>
    Watchdog,

    /// <summary>Somebody with the right to do so destroyed it.</summary>
    Destroyed,
}
