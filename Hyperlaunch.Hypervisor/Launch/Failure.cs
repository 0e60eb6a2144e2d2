using Hyperlaunch.Hypervisor.Execution;

namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>The record of one failure.</summary>
internal struct Failure
{
    /// <summary>The number of the domain that failed.</summary>
    public uint Domid;

    /// <summary>Its name.</summary>
    public string Name;

    /// <summary>When, in the clock's nanoseconds.</summary>
    public ulong Nanoseconds;

    /// <summary>The phase in which it failed.</summary>
    public LaunchPhaseKind Phase;

    /// <summary>In which way.</summary>
    public FailureKind Kind;

    /// <summary>What is wrong, in a word or a sentence.</summary>
    public string Problem;

    /// <summary>What was done about it.</summary>
    public FailureResponse Response;

    /// <summary>How it ended; meaningful when it crashed.</summary>
    public StopRecord Stop;
}
