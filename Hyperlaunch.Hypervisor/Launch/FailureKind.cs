namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>In which way a domain failed.</summary>
public enum FailureKind
{
    /// <summary>It could not be built.</summary>
    NotBuilt = 0,

    /// <summary>It crashed: a triple fault, an exit that nothing handles, a restart after a panic, a halt for good.</summary>
    Crashed,

    /// <summary>The boot domain ended, in order, without having said that it has finished.</summary>
    Unfinished,

    /// <summary>The boot domain had its time, and has not said that it has finished.</summary>
    TimedOut,
}
