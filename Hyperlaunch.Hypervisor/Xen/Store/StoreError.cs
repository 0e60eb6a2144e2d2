using System;

namespace Hyperlaunch.Hypervisor.Xen.Store;

/// <summary>Why the store refuses a request. On the wire it is its name (Xen public/io/xs_wire.h, xsd_errors).</summary>
internal enum StoreError
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>The request is malformed.</summary>
    Invalid,

    /// <summary>The permissions do not allow it.</summary>
    Access,

    /// <summary>It is there already.</summary>
    Exists,

    /// <summary>There is no such node, watch or transaction.</summary>
    NoEntry,

    /// <summary>A quota, or the store, is used up.</summary>
    NoSpace,

    /// <summary>The answer, or the number of watches, is too big.</summary>
    TooBig,

    /// <summary>A transaction within a transaction.</summary>
    Busy,

    /// <summary>Somebody changed what a transaction relies on: it is to be tried again.</summary>
    Again,

    /// <summary>The domain is introduced already.</summary>
    Connected,

    /// <summary>Only the administrator, or an owner, may give that away.</summary>
    Permission,

    /// <summary>There is no such request.</summary>
    NoSuchRequest,
}

/// <summary>The names of <see cref="StoreError"/>.</summary>
internal static class StoreErrorNames
{
    /// <summary>The name, as it is sent.</summary>
    public static ReadOnlySpan<byte> Name(StoreError error) => error switch
    {
        StoreError.Access => "EACCES"u8,
        StoreError.Exists => "EEXIST"u8,
        StoreError.NoEntry => "ENOENT"u8,
        StoreError.NoSpace => "ENOSPC"u8,
        StoreError.TooBig => "E2BIG"u8,
        StoreError.Busy => "EBUSY"u8,
        StoreError.Again => "EAGAIN"u8,
        StoreError.Connected => "EISCONN"u8,
        StoreError.Permission => "EPERM"u8,
        StoreError.NoSuchRequest => "ENOSYS"u8,
        _ => "EINVAL"u8,
    };
}
