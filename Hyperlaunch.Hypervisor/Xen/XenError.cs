namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>What a hypercall answers when it fails: a negative number of Xen's public/errno.h.</summary>
internal static class XenError
{
    /// <summary>-EPERM.</summary>
    public const long NotPermitted = -1;

    /// <summary>-ENOENT.</summary>
    public const long NoSuchEntry = -2;

    /// <summary>-ESRCH: there is no such domain.</summary>
    public const long NoSuchDomain = -3;

    /// <summary>-ENOMEM.</summary>
    public const long NoMemory = -12;

    /// <summary>-EFAULT: an argument lies where the guest has no memory.</summary>
    public const long BadAddress = -14;

    /// <summary>-EBUSY.</summary>
    public const long Busy = -16;

    /// <summary>-EEXIST.</summary>
    public const long Exists = -17;

    /// <summary>-EINVAL.</summary>
    public const long Invalid = -22;

    /// <summary>-ENOSPC.</summary>
    public const long NoSpace = -28;

    /// <summary>-ENOSYS: there is no such hypercall.</summary>
    public const long NoSuchCall = -38;

    /// <summary>-ETIME: the time has passed already.</summary>
    public const long TimePassed = -62;

    /// <summary>No answer yet: the guest makes the call again, with other arguments.</summary>
    public const long Repeat = long.MinValue;

    /// <summary>-EOPNOTSUPP.</summary>
    public const long NotSupported = -95;
}
