namespace Hyperlaunch.Hypervisor.Xen.Store;

/// <summary>What is asked of the store, by its number on the wire (Xen public/io/xs_wire.h, xsd_sockmsg_type).</summary>
internal enum StoreRequest : uint
{
    /// <summary>Something of the store itself; only the administrator.</summary>
    Control = 0,

    /// <summary>The names of a node's children.</summary>
    Directory = 1,

    /// <summary>A node's value.</summary>
    Read = 2,

    /// <summary>Who may do what with a node.</summary>
    GetPermissions = 3,

    /// <summary>Be told of changes.</summary>
    Watch = 4,

    /// <summary>Be told no more.</summary>
    Unwatch = 5,

    /// <summary>Begin a transaction.</summary>
    TransactionStart = 6,

    /// <summary>End a transaction, with or without effect.</summary>
    TransactionEnd = 7,

    /// <summary>A domain comes; only the administrator.</summary>
    Introduce = 8,

    /// <summary>A domain goes; only the administrator.</summary>
    Release = 9,

    /// <summary>Where a domain's nodes are.</summary>
    GetDomainPath = 10,

    /// <summary>Write a value, making the node and its parents.</summary>
    Write = 11,

    /// <summary>Make a node and its parents.</summary>
    MakeDirectory = 12,

    /// <summary>Remove a node and all below it.</summary>
    Remove = 13,

    /// <summary>Say who may do what with a node.</summary>
    SetPermissions = 14,

    /// <summary>Not asked: how a change is told.</summary>
    WatchEvent = 15,

    /// <summary>Not asked: how a refusal is told.</summary>
    Error = 16,

    /// <summary>Whether a domain is there.</summary>
    IsDomainIntroduced = 17,

    /// <summary>A domain was not shut down after all; only the administrator.</summary>
    Resume = 18,

    /// <summary>A domain serves another; only the administrator.</summary>
    SetTarget = 19,

    /// <summary>Forget all watches and transactions of the domain.</summary>
    ResetWatches = 21,

    /// <summary>A part of the names of a node's children.</summary>
    DirectoryPart = 22,
}
