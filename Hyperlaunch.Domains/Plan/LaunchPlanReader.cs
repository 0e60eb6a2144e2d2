using System;
using System.Collections.Generic;
using Hyperlaunch.Dtb;
using Hyperlaunch.Machine.Text;
using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// Makes the launch plan: of the Launch Control Module when the first module is one, else the classic one. The only reader of a
/// configuration; the kernel and the <c>hyperlaunch</c> command call it alike. Nothing throws, and nothing stops at the first
/// problem. It may allocate, and is called once, before the launch.
/// </summary>
public static class LaunchPlanReader
{
    /// <summary>How many defects of one tree are reported.</summary>
    private const int MaximumDefects = 32;

    /// <summary>Makes the plan.</summary>
    /// <param name="input">What is known.</param>
    public static LaunchPlan Read(PlanInput input)
    {
        PlanProblems problems = new();
        HypervisorDraft hypervisor = new();
        ModuleTable modules = new(input);
        LaunchDialect dialect = LaunchDialect.Classic;
        DomainDraft[] domains = [];
        TreeKind kind = TreeKind.None;
        if (modules.Listed > 0)
        {
            kind = ReadTree(input.Bytes.Get(modules[0].Module), modules, hypervisor, problems, ref dialect, ref domains);
        }

        HypervisorOptions options = HypervisorOptions.Read(
            hypervisor.BootArguments, hypervisor.BootArgumentsPath, input.Boot.CommandLine, problems);
        if (kind is TreeKind.None or TreeKind.Other)
        {
            domains = ClassicBoot.Read(modules, kind == TreeKind.Other ? 1 : 0, options, problems);
        }

        MemoryBudget budget = Check(domains, modules, hypervisor, options, dialect, input, problems);
        DomainDraft[] created = problems.StopsLaunch ? [] : CreationOrder.Of(domains);
        ModuleClaims.Count(created, modules, input.IsOnlyTree, problems);
        if (created.Length == 0 && !problems.StopsLaunch)
        {
            problems.Report(ProblemRule.NothingToLaunch, "/", "", "no domain that can be launched", "at least one");
        }

        DomainPlan[] plans = PlansOf(domains);
        return new LaunchPlan(
            dialect, plans, InOrder(created, domains, plans), modules.ToUses(), new HypervisorPlan(hypervisor, options), budget,
            problems.ToArray(), problems.Omitted);
    }

    // What can only be said when every domain is known.
    private static MemoryBudget Check(
        DomainDraft[] domains, ModuleTable modules, HypervisorDraft hypervisor, HypervisorOptions options, LaunchDialect dialect,
        PlanInput input, PlanProblems problems)
    {
        DomainIds.Assign(domains, problems);
        DomainIds.MakeNamesUnique(domains, problems);
        RoleCheck.Run(domains, problems);
        DeviceCheck.Run(domains, problems);
        ModuleClaims.Claim(domains, hypervisor, problems);
        ModuleClaims.FindRamdisks(domains, modules, input.IsOnlyTree, problems);
        CommandLines.Apply(domains, problems);
        DeviceCheck.RunOnWords(domains, problems);
        ImageCheck.Run(domains, input, problems);
        ProcessorCheck.Run(domains, input, options, problems);
        MemoryBudget budget = MemoryFit.Run(domains, modules, input, options, problems);
        bool isMemoryKnown = budget.IsKnown || dialect != LaunchDialect.Classic;
        if (isMemoryKnown)
        {
            ImageCheck.CheckRoom(domains, modules.ToUses(), input, problems);
        }

        return budget;
    }

    private static DomainPlan[] PlansOf(DomainDraft[] drafts)
    {
        DomainPlan[] plans = new DomainPlan[drafts.Length];
        for (int i = 0; i < plans.Length; i++)
        {
            plans[i] = new DomainPlan(drafts[i]);
        }

        return plans;
    }

    private static DomainPlan[] InOrder(DomainDraft[] order, DomainDraft[] drafts, DomainPlan[] plans)
    {
        DomainPlan[] ordered = new DomainPlan[order.Length];
        for (int i = 0; i < ordered.Length; i++)
        {
            ordered[i] = plans[Array.IndexOf(drafts, order[i])];
        }

        return ordered;
    }

    private static TreeKind ReadTree(
        ReadOnlySpan<byte> blob, ModuleTable modules, HypervisorDraft hypervisor, PlanProblems problems,
        ref LaunchDialect dialect, ref DomainDraft[] domains)
    {
        if (!DeviceTree.HasMagic(blob))
        {
            return TreeKind.None;
        }

        if (!DeviceTree.TryOpen(blob, DtbStrictness.Lenient, out DeviceTree tree, out DtbError error))
        {
            modules[0].Kind = ModuleKind.LaunchControlModule;
            problems.Report(ProblemRule.TreeUnreadable, "/", "", Phrase(error), "a flattened device tree");
            return TreeKind.Unreadable;
        }

        ReportDefects(blob, problems);
        modules[0].Kind = ModuleKind.LaunchControlModule;
        List<DomainDraft> read = new();
        dialect = LaunchTree.Read(tree, modules, hypervisor, problems, read);
        domains = read.ToArray();
        return dialect == LaunchDialect.Classic ? TreeKind.Other : TreeKind.LaunchControl;
    }

    private static void ReportDefects(ReadOnlySpan<byte> blob, PlanProblems problems)
    {
        DtbError[] defects = new DtbError[MaximumDefects];
        int count = DtbChecker.Check(blob, defects);
        for (int i = 0; i < count && i < defects.Length; i++)
        {
            problems.Report(
                ProblemRule.TreeDefect, "/", "", Phrase(defects[i]), "a tree by the Devicetree Specification");
        }
    }

    // The error's sentence as a part of another one.
    private static string Phrase(DtbError error)
    {
        string sentence = error.Sentence;
        return "at offset " + NumberText.Hex((ulong)error.Offset) + " that " + (char)(sentence[0] | ' ')
            + sentence.Substring(1, sentence.Length - 2);
    }

    private enum TreeKind
    {
        None,
        Unreadable,
        Other,
        LaunchControl,
    }
}
