using System;

namespace Hyperlaunch.Domains.Construction;

/// <summary>What a PVH kernel is told about its rights (xen/include/public/xen.h, <c>SIF_</c>; the start info's flags).</summary>
[Flags]
public enum StartFlags : uint
{
    /// <summary>An ordinary domain.</summary>
    None = 0,

    /// <summary>It may act on other domains (<c>SIF_PRIVILEGED</c>).</summary>
    Privileged = 1 << 0,

    /// <summary>It is the first domain, the machine's host as it were (<c>SIF_INITDOMAIN</c>).</summary>
    InitialDomain = 1 << 1,
}
