namespace Hyperlaunch.Hypervisor.Xen.Store;

/// <summary>A node as whoever asks sees it.</summary>
internal struct StoreView
{
    /// <summary>Whether it is there.</summary>
    public bool IsPresent;

    /// <summary>The tree's node, where there is one in sight; otherwise <see cref="StoreTree.None"/>.</summary>
    public int Node;

    /// <summary>The transaction's entry for it; -1 without.</summary>
    public int Change;

    /// <summary>Who may do what with it.</summary>
    public StorePermissions Permissions;
}
