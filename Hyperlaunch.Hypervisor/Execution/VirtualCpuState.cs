namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>What a domain's processor is doing.</summary>
public enum VirtualCpuState
{
    /// <summary>It waits for another processor of its domain to start it (INIT, then a start-up message).</summary>
    WaitingForStartup = 0,

    /// <summary>It has instructions to execute.</summary>
    Runnable,

    /// <summary>It executed HLT and waits for an interrupt.</summary>
    Halted,
}
