using System;

namespace Hyperlaunch.Machine.Paging;

/// <summary>
/// What may be done with a page besides reading it, and how it is cached. What a format of tables cannot forbid is allowed.
/// </summary>
[Flags]
public enum PageRights
{
    /// <summary>Nothing.</summary>
    ReadOnly = 0,

    /// <summary>Write.</summary>
    Write = 1,

    /// <summary>Execute.</summary>
    Execute = 2,

    /// <summary>Reach a device: accesses bypass the caches.</summary>
    Uncached = 4,

    /// <summary>
    /// Reach a screen: writes are combined, reads not cached. Where a format of tables cannot say so, as <see cref="Uncached"/>.
    /// </summary>
    Combining = 8,

    /// <summary>All that memory is good for: what a domain may do with its own.</summary>
    All = Write | Execute,
}
