namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>The words for domain states on the console.</summary>
internal static class DomainStateNames
{
    /// <summary>The word, such as <c>running</c>.</summary>
    public static string Name(DomainState state) => state switch
    {
        DomainState.Paused => "paused",
        DomainState.Running => "running",
        DomainState.Stopped => "stopped",
        DomainState.Reclaimed => "reclaimed",
        _ => "unknown",
    };
}
