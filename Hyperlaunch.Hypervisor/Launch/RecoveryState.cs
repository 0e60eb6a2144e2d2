namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>Who there is to recover from a failure.</summary>
public enum RecoveryState
{
    /// <summary>Nobody: no domain has the role, or the one that had it has ended.</summary>
    None = 0,

    /// <summary>A recovery domain that waits, paused, to be started.</summary>
    Waiting,

    /// <summary>A domain with the role that runs: it is told.</summary>
    Listening,
}
