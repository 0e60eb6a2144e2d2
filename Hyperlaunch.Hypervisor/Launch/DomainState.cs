namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>Where a domain is in its life.</summary>
internal enum DomainState
{
    /// <summary>It is built and does not run.</summary>
    Paused = 0,

    /// <summary>It runs.</summary>
    Running,

    /// <summary>It has come to an end; its memory is being scrubbed.</summary>
    Stopped,

    /// <summary>It has come to an end, and its memory has been given back.</summary>
    Reclaimed,
}
