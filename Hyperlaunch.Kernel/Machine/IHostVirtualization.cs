using Hyperlaunch.Domains.Execution;

namespace Hyperlaunch.Kernel.Machine;

/// <summary>A virtualization extension as the kernel sees it: each CPU is to be enabled for it.</summary>
internal interface IHostVirtualization : IVirtualization
{
    /// <summary>Enables it on the CPU that executes this, whose FS base, task register and descriptor tables must be final.</summary>
    /// <returns>False when memory is lacking, or the CPU does not let it be enabled.</returns>
    bool EnableCpu();
}
