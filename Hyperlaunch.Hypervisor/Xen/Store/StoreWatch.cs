namespace Hyperlaunch.Hypervisor.Xen.Store;

/// <summary>What a domain wants to be told of.</summary>
internal struct StoreWatch
{
    /// <summary>Whether there is one here.</summary>
    public bool IsSet;

    /// <summary>Whether the domain named it by a path relative to its own; it is told so, too.</summary>
    public bool IsRelative;

    /// <summary>The node, with all below it; or one of the two special names.</summary>
    public Chain Path;

    /// <summary>What the domain is told with each event.</summary>
    public Chain Token;
}
