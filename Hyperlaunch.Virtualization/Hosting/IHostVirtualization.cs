using Hyperlaunch.Hypervisor.Execution;

namespace Hyperlaunch.Virtualization.Hosting;

/// <summary>A virtualization extension as a kernel sees it: each CPU is to be enabled for it.</summary>
public interface IHostVirtualization : IVirtualization
{
    /// <summary>
    /// Enables it on the CPU that executes this, whose FS base, task register and descriptor tables must be final.
    /// </summary>
    /// <returns>False when memory is lacking, or the CPU does not let it be enabled.</returns>
    bool EnableCpu();
}
