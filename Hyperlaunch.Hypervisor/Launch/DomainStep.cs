namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>What came of a turn spent on a domain that has ended.</summary>
internal enum DomainStep
{
    /// <summary>There is nothing to do now.</summary>
    Rest = 0,

    /// <summary>Its memory is being scrubbed, and somebody waits for that.</summary>
    Busy,

    /// <summary>It was built again.</summary>
    Built,

    /// <summary>It was to be built again, and could not be.</summary>
    Failed,
}
