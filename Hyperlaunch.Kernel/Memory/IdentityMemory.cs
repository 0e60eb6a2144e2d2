using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Kernel.Memory;

/// <summary>
/// The image's own memory, in which the hypervisor's page tables lie: mapped at its physical address before these tables and by
/// them.
/// </summary>
internal sealed unsafe class IdentityMemory : IPhysicalMemory
{
    /// <inheritdoc/>
    public byte* Map(ulong address, ulong length) => (byte*)address;
}
