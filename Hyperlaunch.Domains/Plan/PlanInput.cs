using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// What a launch plan is made from; it is read, and stays as it is. On the machine all of it is known; on a desk some is not, and
/// what depends on it is then left unchecked.
/// </summary>
public sealed class PlanInput
{
    /// <summary>Makes the input.</summary>
    /// <param name="boot">What the boot loader said, or would say.</param>
    /// <param name="bytes">Access to the modules' bytes.</param>
    /// <param name="reserved">
    /// Memory that no domain can get although the memory map calls it usable: the hypervisor's own.
    /// </param>
    /// <param name="processors">How many CPUs the machine has; 0 when that is not known.</param>
    /// <param name="isMemoryKnown">Whether the memory map is the machine's; false when none is known.</param>
    /// <param name="isOnlyTree">
    /// Whether the boot modules are the Launch Control Module only, and those that come after it are not known.
    /// </param>
    public PlanInput(
        BootInfo boot, IModuleBytes bytes, MemoryRange[] reserved, uint processors, bool isMemoryKnown = true,
        bool isOnlyTree = false)
    {
        Boot = boot;
        Bytes = bytes;
        Reserved = reserved;
        Processors = processors;
        IsMemoryKnown = isMemoryKnown;
        IsOnlyTree = isOnlyTree;
    }

    /// <summary>What the boot loader said: the hypervisor's command line, the modules, and the machine's memory.</summary>
    public BootInfo Boot { get; }

    /// <summary>Access to the modules' bytes.</summary>
    public IModuleBytes Bytes { get; }

    /// <summary>Memory that no domain can get although the memory map calls it usable.</summary>
    public MemoryRange[] Reserved { get; }

    /// <summary>How many CPUs the machine has; 0 when that is not known.</summary>
    public uint Processors { get; }

    /// <summary>Whether the memory map of <see cref="Boot"/> is the machine's.</summary>
    public bool IsMemoryKnown { get; }

    /// <summary>Whether the modules of <see cref="Boot"/> are the Launch Control Module only.</summary>
    public bool IsOnlyTree { get; }
}
