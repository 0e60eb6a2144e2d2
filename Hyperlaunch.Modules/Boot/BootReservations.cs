using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Modules.Boot;

/// <summary>What memory is known to be in use when the hypervisor starts.</summary>
internal static class BootReservations
{
    /// <summary>Room for what the kernel takes for itself before the launch.</summary>
    private const int Spare = 16;

    /// <summary>
    /// Collects the first MiB, the hypervisor itself, the boot modules and the boot information. ACPI tables need no entry:
    /// firmware's map does not call them usable.
    /// </summary>
    /// <param name="info">The boot information.</param>
    /// <param name="hypervisor">The hypervisor's image with its BSS, stacks and heap.</param>
    public static ReservedRanges All(BootInfo info, MemoryRange hypervisor)
    {
        ReservedRanges reserved = Collect(info, hypervisor, info.Modules.Length);
        foreach (BootModule module in info.Modules)
        {
            reserved.TryAdd(module.Range);
        }

        return reserved;
    }

    /// <summary>Collects the same without the modules: what stays in use after the launch.</summary>
    /// <param name="info">The boot information.</param>
    /// <param name="hypervisor">The hypervisor's image with its BSS, stacks and heap.</param>
    public static ReservedRanges Permanent(BootInfo info, MemoryRange hypervisor) => Collect(info, hypervisor, 0);

    private static ReservedRanges Collect(BootInfo info, MemoryRange hypervisor, int more)
    {
        var reserved = new ReservedRanges(more + Spare);
        reserved.TryAdd(ReservedRanges.LowMemory);
        reserved.TryAdd(hypervisor);
        reserved.TryAdd(info.InformationRange);
        return reserved;
    }
}
