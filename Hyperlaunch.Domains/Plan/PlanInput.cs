using Hyperlaunch.Domains.Boot;

namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// What a launch plan is made from. On the machine all of it is known; on a desk some is not, and what depends on it is then
/// left unchecked.
/// </summary>
public sealed class PlanInput
{
    /// <summary>Makes the input from what the boot loader said.</summary>
    /// <param name="boot">The boot information.</param>
    /// <param name="bytes">Access to the modules' bytes.</param>
    /// <param name="reserved">Memory that no domain can get although the memory map calls it usable: the hypervisor's own.</param>
    /// <param name="processors">How many CPUs the machine has; 0 when that is not known.</param>
    public static PlanInput FromBoot(BootInfo boot, IModuleBytes bytes, MemoryRange[] reserved, uint processors) => new(bytes)
    {
        Modules = boot.Modules,
        MemoryMap = boot.MemoryMap,
        CommandLine = boot.CommandLine,
        Reserved = reserved,
        Processors = processors,
    };

    /// <summary>Makes an input of which nothing is known yet.</summary>
    public PlanInput(IModuleBytes bytes) => Bytes = bytes;

    /// <summary>Access to the modules' bytes.</summary>
    public IModuleBytes Bytes { get; }

    /// <summary>The boot modules, the Launch Control Module among them when there is one.</summary>
    public BootModule[] Modules { get; set; } = [];

    /// <summary>
    /// Whether <see cref="Modules"/> holds the Launch Control Module only, and those that come after it are not known.
    /// </summary>
    public bool OnlyTree { get; set; }

    /// <summary>The machine's memory, sorted and without overlaps; null when it is not known.</summary>
    public MemoryMapEntry[]? MemoryMap { get; set; }

    /// <summary>Memory that no domain can get although <see cref="MemoryMap"/> calls it usable.</summary>
    public MemoryRange[] Reserved { get; set; } = [];

    /// <summary>How many CPUs the machine has; 0 when that is not known.</summary>
    public uint Processors { get; set; }

    /// <summary>The hypervisor's command line, without the file name.</summary>
    public string CommandLine { get; set; } = "";
}
