namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>The phases of a launch.</summary>
public enum LaunchPhaseKind
{
    /// <summary>Domains are built, and none runs.</summary>
    Creation = 0,

    /// <summary>The boot domain runs.</summary>
    Preparation,

    /// <summary>The boot domain is gone or going; what only the launch needed is given back.</summary>
    Finalization,

    /// <summary>The launch is done.</summary>
    Final,
}
