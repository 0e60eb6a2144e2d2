using Hyperlaunch.Machine.Text;
using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// Which module serves whom as what: conflicts, the ramdisk that a legacy dom0 finds for itself, what is left over.
/// </summary>
internal static class ModuleClaims
{
    private static readonly ModuleKind[] s_domainKinds =
        [ModuleKind.Kernel, ModuleKind.Ramdisk, ModuleKind.DeviceTree, ModuleKind.Configuration];

    /// <summary>Marks what each module is used as; a second use that cannot be stops the domain that comes later.</summary>
    internal static void Claim(DomainDraft[] domains, HypervisorDraft hypervisor, PlanProblems problems)
    {
        if (hypervisor.Microcode is not null)
        {
            hypervisor.Microcode.Kind = ModuleKind.Microcode;
        }

        if (hypervisor.SecurityPolicy is not null)
        {
            hypervisor.SecurityPolicy.Kind = ModuleKind.SecurityPolicy;
        }

        for (int i = 0; i < domains.Length; i++)
        {
            for (int kind = 0; kind < s_domainKinds.Length; kind++)
            {
                ModuleDraft? module = domains[i].ModuleOf(s_domainKinds[kind]);
                if (module is not null)
                {
                    Claim(domains[i], s_domainKinds[kind], module, problems);
                }
            }
        }
    }

    /// <summary>
    /// Gives a legacy dom0 without a ramdisk the first module that nobody claims, as menu entries for such a dom0 expect.
    /// </summary>
    internal static void FindRamdisks(DomainDraft[] domains, ModuleTable modules, bool onlyTree, PlanProblems problems)
    {
        for (int i = 0; i < domains.Length; i++)
        {
            DomainDraft domain = domains[i];
            if (!domain.IsLegacyDom0 || domain.Ramdisk is not null || domain.NamesRamdisk)
            {
                continue;
            }

            ModuleDraft? module = FirstUnclaimed(modules);
            if (module is not null)
            {
                module.Kind = ModuleKind.Ramdisk;
                domain.Use(ModuleKind.Ramdisk, module);
            }

            if (module is not null || onlyTree)
            {
                domain.AddDefault("ramdisk", "the first module that nobody claims");
                problems.Report(
                    ProblemRule.RamdiskTaken, domain.Path, "", "a legacy dom0 without a ramdisk node", "",
                    module is not null ? "Module " + NumberText.Decimal((ulong)module.Module.Index) : "The first module");
            }
        }
    }

    /// <summary>Counts how many domains are built from each module, and names those that none is built from.</summary>
    internal static void Count(DomainDraft[] created, ModuleTable modules, bool onlyTree, PlanProblems problems)
    {
        for (int i = 0; i < created.Length; i++)
        {
            for (int kind = 0; kind < s_domainKinds.Length; kind++)
            {
                ModuleDraft? module = created[i].ModuleOf(s_domainKinds[kind]);
                if (module is not null)
                {
                    module.Owners++;
                }
            }
        }

        for (int i = 0; i < modules.Listed && !onlyTree; i++)
        {
            if (modules[i].Kind == ModuleKind.Unknown)
            {
                problems.Report(ProblemRule.ModuleUnused, Path(modules[i].Module), "", "a module that nobody uses");
            }
        }
    }

    /// <summary>The path that problems of a module have.</summary>
    internal static string Path(BootModule module) => "modules/" + NumberText.Decimal((ulong)module.Index);

    private static void Claim(DomainDraft domain, ModuleKind kind, ModuleDraft module, PlanProblems problems)
    {
        if (module.Kind == ModuleKind.Unknown)
        {
            module.Kind = kind;
            return;
        }

        string found = "module " + NumberText.Decimal((ulong)module.Module.Index) + " as a " + ModuleReader.KindName(kind);
        bool isShareable = kind is ModuleKind.Kernel or ModuleKind.Ramdisk;
        if (isShareable && module.Kind is ModuleKind.Kernel or ModuleKind.Ramdisk)
        {
            if (module.Kind != kind)
            {
                problems.Report(
                    ProblemRule.ModuleTwoUses, domain.Path, "",
                    found + ", which is a " + ModuleReader.KindName(module.Kind) + " elsewhere",
                    "one use of a module");
            }

            return;
        }

        problems.Report(
            domain, ProblemRule.ModuleOwners, domain.Path, "",
            found + ", which another uses as its " + ModuleReader.KindName(module.Kind), "a module of its own");
    }

    private static ModuleDraft? FirstUnclaimed(ModuleTable modules)
    {
        for (int i = 0; i < modules.Listed; i++)
        {
            if (modules[i].Kind == ModuleKind.Unknown)
            {
                return modules[i];
            }
        }

        return null;
    }
}
