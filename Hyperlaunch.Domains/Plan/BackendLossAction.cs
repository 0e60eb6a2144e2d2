namespace Hyperlaunch.Domains.Plan;

/// <summary>What becomes of a domain whose disk or network is another's, when that one ends.</summary>
public enum BackendLossAction
{
    /// <summary>Its requests wait until the other domain is back.</summary>
    Wait,

    /// <summary>It is built again, once the other domain is back.</summary>
    Restart,
}
