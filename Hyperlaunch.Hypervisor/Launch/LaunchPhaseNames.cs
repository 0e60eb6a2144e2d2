namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>The words for phases on the console.</summary>
internal static class LaunchPhaseNames
{
    /// <summary>The word.</summary>
    public static string Name(LaunchPhaseKind phase) => phase switch
    {
        LaunchPhaseKind.Creation => "creation",
        LaunchPhaseKind.Preparation => "preparation",
        LaunchPhaseKind.Finalization => "finalization",
        _ => "final",
    };
}
