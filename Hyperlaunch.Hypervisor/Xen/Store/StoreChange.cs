namespace Hyperlaunch.Hypervisor.Xen.Store;

/// <summary>
/// A node as a transaction sees it: that it was looked at, and how it is in the transaction where it was changed there.
/// </summary>
internal struct StoreChange
{
    /// <summary>The transaction; 0 when this is free.</summary>
    public uint Transaction;

    /// <summary>The node.</summary>
    public Chain Path;

    /// <summary>When the tree's node had last been changed when it was first looked at; 0 when there was none.</summary>
    public ulong Seen;

    /// <summary>Whether the transaction sees the node.</summary>
    public bool IsPresent;

    /// <summary>Whether the transaction changed it.</summary>
    public bool IsChanged;

    /// <summary>Whether watches are told of that: not of what was only made on the way to another.</summary>
    public bool IsTold;

    /// <summary>Whether the transaction removed it once: what the tree has below it is out of its sight.</summary>
    public bool HidesTree;

    /// <summary>Whether it was out of the transaction's sight when it was first looked at: the tree's may change.</summary>
    public bool IsOfItsOwn;

    /// <summary>Whether <see cref="Value"/> is the transaction's; otherwise the value is the tree's.</summary>
    public bool HasValue;

    /// <summary>The value, in the session's blocks.</summary>
    public Chain Value;

    /// <summary>Who may do what with it.</summary>
    public StorePermissions Permissions;
}
