using System;

namespace Hyperlaunch.Kernel.Memory;

/// <summary>What the hypervisor may do with a page besides reading it.</summary>
[Flags]
internal enum PageRights
{
    /// <summary>Nothing.</summary>
    ReadOnly = 0,

    /// <summary>Write.</summary>
    Write = 1,

    /// <summary>Execute.</summary>
    Execute = 2,

    /// <summary>Reach a device: accesses bypass the caches.</summary>
    Uncached = 4,
}
