namespace Hyperlaunch.Hypervisor.Xen.Store;

/// <summary>A node of a <see cref="StoreTree"/>, by its place in it; -1 is none.</summary>
internal struct StoreNode
{
    /// <summary>The node above.</summary>
    public int Parent;

    /// <summary>The first node below.</summary>
    public int FirstChild;

    /// <summary>The last node below.</summary>
    public int LastChild;

    /// <summary>The next one beside it; of a free node the next free one.</summary>
    public int Next;

    /// <summary>The one beside it before.</summary>
    public int Previous;

    /// <summary>Its name.</summary>
    public Chain Name;

    /// <summary>Its value.</summary>
    public Chain Value;

    /// <summary>Who may do what with it.</summary>
    public StorePermissions Permissions;

    /// <summary>When it was last changed: its value, its permissions, or which nodes are below it.</summary>
    public ulong Generation;
}
