using System;
using System.Collections.Generic;
using Hyperlaunch.Domains.Boot;
using Hyperlaunch.Dtb;

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
    /// <param name="input">What is known; its modules receive their kind, headroom and number of owners.</param>
    public static LaunchPlan Read(PlanInput input)
    {
        PlanProblems problems = new();
        HypervisorPlan hypervisor = new(HypervisorOptions.Parse(""));
        ModuleTable modules = new(input);
        for (int index = 0; index < input.Modules.Length; index++)
        {
            input.Modules[index].Kind = ModuleKind.Unknown;
            input.Modules[index].Headroom = 0;
            input.Modules[index].Owners = 0;
        }

        LaunchDialect dialect = LaunchDialect.Classic;
        DomainPlan[] domains = [];
        TreeKind kind = TreeKind.None;
        if (input.Modules.Length > 0)
        {
            kind = ReadTree(input, modules, hypervisor, problems, ref dialect, ref domains);
        }

        hypervisor.Options = HypervisorOptions.Read(
            hypervisor.BootArguments, hypervisor.BootArgumentsPath, input.CommandLine, problems);
        if (kind is TreeKind.None or TreeKind.Other)
        {
            domains = ClassicBoot.Read(input, kind == TreeKind.Other ? 1 : 0, hypervisor.Options, problems);
        }

        DomainIds.Assign(domains, problems);
        DomainIds.MakeNamesUnique(domains, problems);
        RoleCheck.Run(domains, problems);
        ModuleClaims.Claim(domains, hypervisor, problems);
        ModuleClaims.FindRamdisks(domains, input, problems);
        CommandLines.Apply(domains, problems);
        ImageCheck.Run(domains, input, problems);
        ProcessorCheck.Run(domains, input, hypervisor.Options, problems);
        MemoryBudget budget = MemoryFit.Run(domains, modules.ToArray(), input, hypervisor.Options, problems);
        bool isMemoryKnown = budget.IsKnown || dialect != LaunchDialect.Classic;
        if (isMemoryKnown)
        {
            ImageCheck.CheckRoom(domains, modules.ToArray(), input, problems);
        }

        DomainPlan[] created = problems.StopsLaunch ? [] : CreationOrder.Of(domains);
        ModuleClaims.Count(created, input.Modules, input.OnlyTree, problems);
        if (created.Length == 0 && !problems.StopsLaunch)
        {
            problems.Add(
                ProblemSeverity.LaunchError, ProblemRule.NothingToLaunch, "/", "", "no domain that can be launched",
                "at least one", "Correct the errors above.");
        }

        return new LaunchPlan(
            dialect, domains, created, modules.ToArray(), modules.Listed, hypervisor, budget, problems.ToArray(), problems.Omitted);
    }

    private static TreeKind ReadTree(
        PlanInput input, ModuleTable modules, HypervisorPlan hypervisor, PlanProblems problems,
        ref LaunchDialect dialect, ref DomainPlan[] domains)
    {
        ReadOnlySpan<byte> blob = input.Bytes.Get(input.Modules[0]);
        if (!DeviceTree.HasMagic(blob))
        {
            return TreeKind.None;
        }

        if (!DeviceTree.TryOpen(blob, DtbStrictness.Lenient, out DeviceTree tree, out DtbError error))
        {
            input.Modules[0].Kind = ModuleKind.LaunchControlModule;
            problems.Add(
                ProblemSeverity.LaunchError, ProblemRule.TreeUnreadable, "/", "", Phrase(error), "a flattened device tree",
                "Compile the configuration again, and load it uncompressed and whole.");
            return TreeKind.Unreadable;
        }

        ReportDefects(blob, problems);
        input.Modules[0].Kind = ModuleKind.LaunchControlModule;
        List<DomainPlan> read = new();
        dialect = LaunchTree.Read(tree, modules, hypervisor, problems, read);
        domains = read.ToArray();
        return dialect == LaunchDialect.Classic ? TreeKind.Other : TreeKind.LaunchControl;
    }

    private static void ReportDefects(ReadOnlySpan<byte> blob, PlanProblems problems)
    {
        DtbError[] defects = new DtbError[MaximumDefects];
        int count = DtbChecker.Check(blob, defects);
        for (int index = 0; index < count && index < defects.Length; index++)
        {
            problems.Warn(
                ProblemRule.TreeDefect, "/", "", Phrase(defects[index]), "a tree by the Devicetree Specification",
                "It is read all the same; compile it with dtc.");
        }
    }

    // The error's sentence as a part of another one.
    private static string Phrase(DtbError error)
    {
        string sentence = error.Sentence;
        return "at offset " + PlanText.Hex((ulong)error.Offset) + " that " + (char)(sentence[0] | ' ')
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
