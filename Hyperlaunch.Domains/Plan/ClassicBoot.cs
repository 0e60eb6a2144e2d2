using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// The launch without a tree: the first module is dom0's kernel, the second its ramdisk, and dom0 may do everything.
/// </summary>
internal static class ClassicBoot
{
    /// <summary>Plans it.</summary>
    /// <param name="modules">The modules.</param>
    /// <param name="first">The index of the kernel: 1 when module 0 is a tree that holds no configuration.</param>
    /// <param name="options">The hypervisor's options.</param>
    /// <param name="problems">Receives what is wrong.</param>
    internal static DomainDraft[] Read(ModuleTable modules, int first, HypervisorOptions options, PlanProblems problems)
    {
        if (modules.Listed <= first)
        {
            problems.Report(
                ProblemRule.NoModules, "/", "", first == 0 ? "no boot module" : "no module after the tree",
                "a configuration, or a kernel and its ramdisk");
            return [];
        }

        DomainDraft domain = new("dom0", "/", LaunchDialect.Classic)
        {
            RequestedId = new DomainId(0),
            Roles = DomainRoles.Control | DomainRoles.Hardware | DomainRoles.Console | DomainRoles.Xenstore
                | DomainRoles.Recovery,
            IsLegacyDom0 = true,
            NamesRamdisk = true,
            KernelPath = ModuleClaims.Path(modules[first].Module),
            MemoryKib = options.Dom0MemoryKib,
            MinimumMemoryKib = options.Dom0MemoryKib,
            MaximumMemoryKib = options.Dom0MemoryKib,
            TakesRemainingMemory = options.Dom0MemoryKib == 0,
        };
        domain.Use(ModuleKind.Kernel, modules[first]);
        if (modules.Listed > first + 1)
        {
            domain.Use(ModuleKind.Ramdisk, modules[first + 1]);
        }

        domain.AddDefault("domid", "0");
        domain.AddDefault("roles", DomainRoleNames.List(domain.Roles));
        domain.AddDefault("cpus", "1");
        if (domain.TakesRemainingMemory)
        {
            domain.AddDefault("memory", "all that is left");
        }

        return [domain];
    }
}
