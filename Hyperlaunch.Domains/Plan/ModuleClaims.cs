using Hyperlaunch.Domains.Boot;

namespace Hyperlaunch.Domains.Plan;

/// <summary>Which module serves whom as what: conflicts, the ramdisk that a legacy dom0 finds for itself, what is left over.</summary>
internal static class ModuleClaims
{
    private static readonly ModuleKind[] s_domainKinds =
        [ModuleKind.Kernel, ModuleKind.Ramdisk, ModuleKind.DeviceTree, ModuleKind.Configuration];

    /// <summary>Marks what each module is used as; a second use that cannot be stops the domain that comes later.</summary>
    internal static void Claim(DomainPlan[] domains, HypervisorPlan hypervisor, PlanProblems problems)
    {
        if (hypervisor.Microcode != null)
        {
            hypervisor.Microcode.Kind = ModuleKind.Microcode;
        }

        if (hypervisor.SecurityPolicy != null)
        {
            hypervisor.SecurityPolicy.Kind = ModuleKind.SecurityPolicy;
        }

        for (int index = 0; index < domains.Length; index++)
        {
            for (int kind = 0; kind < s_domainKinds.Length; kind++)
            {
                BootModule? module = domains[index].ModuleOf(s_domainKinds[kind]);
                if (module != null)
                {
                    Claim(domains[index], s_domainKinds[kind], module, problems);
                }
            }
        }
    }

    /// <summary>
    /// Gives a legacy dom0 without a ramdisk the first module that nobody claims, as menu entries for such a dom0 expect.
    /// </summary>
    internal static void FindRamdisks(DomainPlan[] domains, PlanInput input, PlanProblems problems)
    {
        for (int index = 0; index < domains.Length; index++)
        {
            DomainPlan domain = domains[index];
            if (!domain.IsLegacyDom0 || domain.Ramdisk != null || domain.NamesRamdisk)
            {
                continue;
            }

            BootModule? module = FirstUnclaimed(input.Modules);
            if (module != null)
            {
                module.Kind = ModuleKind.Ramdisk;
                domain.Use(ModuleKind.Ramdisk, module);
            }

            if (module != null || input.OnlyTree)
            {
                domain.AddDefault("ramdisk", "the first module that nobody claims");
                problems.Note(
                    ProblemRule.RamdiskTaken, domain.Path, "", "a legacy dom0 without a ramdisk node", "",
                    (module != null ? "Module " + PlanText.Decimal((ulong)module.Index) : "The first module")
                    + " that nobody claims is its ramdisk.");
            }
        }
    }

    /// <summary>Counts how many domains are built from each module, and names those that none is built from.</summary>
    internal static void Count(DomainPlan[] created, BootModule[] modules, bool onlyTree, PlanProblems problems)
    {
        for (int index = 0; index < created.Length; index++)
        {
            for (int kind = 0; kind < s_domainKinds.Length; kind++)
            {
                BootModule? module = created[index].ModuleOf(s_domainKinds[kind]);
                if (module != null)
                {
                    module.Owners++;
                }
            }
        }

        for (int index = 0; index < modules.Length && !onlyTree; index++)
        {
            if (modules[index].Kind == ModuleKind.Unknown)
            {
                problems.Note(
                    ProblemRule.ModuleUnused, Path(modules[index]), "", "a module that nobody uses", "",
                    "Remove it from the boot loader's entry, or say in the configuration what it is for.");
            }
        }
    }

    /// <summary>The path that problems of a module have.</summary>
    internal static string Path(BootModule module) => "modules/" + PlanText.Decimal((ulong)module.Index);

    private static void Claim(DomainPlan domain, ModuleKind kind, BootModule module, PlanProblems problems)
    {
        if (module.Kind == ModuleKind.Unknown)
        {
            module.Kind = kind;
            return;
        }

        string found = "module " + PlanText.Decimal((ulong)module.Index) + " as a " + ModuleReader.KindName(kind);
        bool isShareable = kind is ModuleKind.Kernel or ModuleKind.Ramdisk;
        if (isShareable && module.Kind is ModuleKind.Kernel or ModuleKind.Ramdisk)
        {
            if (module.Kind != kind)
            {
                problems.Warn(
                    ProblemRule.ModuleTwoUses, domain.Path, "", found + ", which is a " + ModuleReader.KindName(module.Kind) + " elsewhere",
                    "one use of a module", "Check the indexes.");
            }

            return;
        }

        problems.StopDomain(
            domain, ProblemRule.ModuleOwners, domain.Path, "",
            found + ", which another uses as its " + ModuleReader.KindName(module.Kind), "a module of its own",
            "Load the file a second time as a further module, or correct the index.");
    }

    private static BootModule? FirstUnclaimed(BootModule[] modules)
    {
        for (int index = 0; index < modules.Length; index++)
        {
            if (modules[index].Kind == ModuleKind.Unknown)
            {
                return modules[index];
            }
        }

        return null;
    }
}
