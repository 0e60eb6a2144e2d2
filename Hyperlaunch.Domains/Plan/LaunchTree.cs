using System.Collections.Generic;
using Hyperlaunch.Dtb;
using Hyperlaunch.Machine.Text;

namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// Reads the nodes of a Launch Control Module: <c>/chosen/hypervisor</c>, or domains directly under <c>/chosen</c>.
/// </summary>
internal static class LaunchTree
{
    /// <summary>The path of the hypervisor's node.</summary>
    internal const string HypervisorPath = "/chosen/hypervisor";

    private const string ChosenPath = "/chosen";

    /// <summary>Reads a tree.</summary>
    /// <returns>Its dialect; <see cref="LaunchDialect.Classic"/>, which is noted, when it holds no domain.</returns>
    internal static LaunchDialect Read(
        DeviceTree tree, ModuleTable modules, HypervisorDraft hypervisor, PlanProblems problems, List<DomainDraft> domains)
    {
        if (!tree.TryFindNode("/chosen"u8, out DeviceTreeNode chosen))
        {
            return NotLaunchControl(problems, "/", "no /chosen node");
        }

        bool hasHypervisor = chosen.TryFindChild("hypervisor"u8, out DeviceTreeNode node);
        if (hasHypervisor && node.HasProperty("compatible"u8) && !node.IsCompatible("hypervisor,xen"u8))
        {
            problems.Report(
                ProblemRule.ForeignHypervisor, HypervisorPath, "compatible", "another hypervisor's node",
                "\"hypervisor,xen\"");
            hasHypervisor = false;
        }

        if (hasHypervisor && HasDomain(node))
        {
            ReportOutside(chosen, problems);
            return ReadHypervisor(node, modules, hypervisor, problems, domains);
        }

        if (HasDomain(chosen))
        {
            return ReadChosen(chosen, modules, problems, domains);
        }

        return NotLaunchControl(problems, hasHypervisor ? HypervisorPath : ChosenPath, "no child compatible with \"xen,domain\"");
    }

    private static LaunchDialect ReadHypervisor(
        DeviceTreeNode node, ModuleTable modules, HypervisorDraft hypervisor, PlanProblems problems, List<DomainDraft> domains)
    {
        NodeReader reader = new(node, HypervisorPath, problems, null);
        if (!node.HasProperty("compatible"u8))
        {
            reader.Report(ProblemRule.HypervisorCompatible, "compatible", "nothing", "\"hypervisor,xen\"");
        }

        PropertyNames.ReportUnknown(reader, PropertyNames.Hypervisor, LaunchDialect.Year2021);
        LaunchDialect dialect = LaunchDialect.Year2021;
        if (node.IsCompatible("xen,x86"u8))
        {
            dialect = LaunchDialect.Year2022;
        }

        foreach (DeviceTreeNode child in node.Children)
        {
            if (child.IsCompatible("xen,domain"u8))
            {
                dialect = DialectDetector.Newer(dialect, DialectDetector.OfDomain(child));
            }
            else if (child.IsCompatible("xen,config"u8) && child.HasProperty("bootargs"u8))
            {
                dialect = DialectDetector.Newer(dialect, LaunchDialect.Year2023);
            }
        }

        foreach (DeviceTreeNode child in node.Children)
        {
            string path = ModuleReader.Join(HypervisorPath, child);
            if (child.IsCompatible("xen,domain"u8))
            {
                LaunchDialect own = DialectDetector.OfDomain(child);
                ReadDomain(child, path, own == DialectDetector.Unmarked ? dialect : own, modules, problems, domains);
            }
            else if (child.IsCompatible("xen,config"u8))
            {
                ReadConfig(new NodeReader(child, path, problems, null), modules, hypervisor);
            }
            else
            {
                problems.Report(
                    ProblemRule.UnknownNode, path, "compatible", "neither a domain nor a configuration",
                    "\"xen,domain\" or \"xen,config\"");
            }
        }

        ReportMixed(dialect, problems, domains);
        return dialect;
    }

    private static LaunchDialect ReadChosen(
        DeviceTreeNode chosen, ModuleTable modules, PlanProblems problems, List<DomainDraft> domains)
    {
        LaunchDialect dialect = LaunchDialect.Dom0less;
        foreach (DeviceTreeNode child in chosen.Children)
        {
            if (child.IsCompatible("xen,domain"u8))
            {
                dialect = DialectDetector.Newer(dialect, DialectDetector.OfBareDomain(child));
            }
        }

        foreach (DeviceTreeNode child in chosen.Children)
        {
            if (child.IsCompatible("xen,domain"u8))
            {
                ReadDomain(child, ModuleReader.Join(ChosenPath, child), dialect, modules, problems, domains);
            }
        }

        return dialect;
    }

    private static void ReadDomain(
        DeviceTreeNode node, string path, LaunchDialect dialect, ModuleTable modules, PlanProblems problems,
        List<DomainDraft> domains)
    {
        DomainDraft domain = new(Latin1.ToString(node.Name), path, dialect);
        if (domains.Count == LaunchPlan.MaximumDomains)
        {
            problems.Report(
                ProblemRule.TooManyDomains, path, "",
                "a domain after " + NumberText.Decimal(LaunchPlan.MaximumDomains) + " others",
                "at most " + NumberText.Decimal(LaunchPlan.MaximumDomains) + " domains");
            return;
        }

        domains.Add(domain);
        NodeReader reader = new(node, path, problems, domain);
        DomainReader.Read(reader, domain);
        ModuleReader.ReadDomain(reader, domain, modules);
    }

    private static void ReadConfig(NodeReader reader, ModuleTable modules, HypervisorDraft hypervisor)
    {
        if (reader.TryString("bootargs"u8, out string arguments))
        {
            bool isFirst = hypervisor.BootArgumentsPath.Length == 0;
            hypervisor.BootArgumentsPath = isFirst ? reader.Path : hypervisor.BootArgumentsPath;
            hypervisor.BootArguments = isFirst ? arguments : hypervisor.BootArguments + " " + arguments;
        }

        PropertyNames.ReportUnknown(reader, PropertyNames.Config, LaunchDialect.Year2021);
        ModuleReader.ReadConfig(reader, hypervisor, modules);
    }

    private static bool HasDomain(DeviceTreeNode parent)
    {
        foreach (DeviceTreeNode child in parent.Children)
        {
            if (child.IsCompatible("xen,domain"u8))
            {
                return true;
            }
        }

        return false;
    }

    private static void ReportOutside(DeviceTreeNode chosen, PlanProblems problems)
    {
        foreach (DeviceTreeNode child in chosen.Children)
        {
            if (child.IsCompatible("xen,domain"u8))
            {
                problems.Report(
                    ProblemRule.DomainOutside, ModuleReader.Join(ChosenPath, child), "",
                    "a domain outside " + HypervisorPath, "every domain under one node");
            }
        }
    }

    private static void ReportMixed(LaunchDialect dialect, PlanProblems problems, List<DomainDraft> domains)
    {
        for (int i = 0; i < domains.Count; i++)
        {
            if (domains[i].Dialect != dialect)
            {
                problems.Report(
                    ProblemRule.MixedDialects, domains[i].Path, "",
                    "the " + LaunchDialectNames.Name(domains[i].Dialect) + " dialect in a tree of "
                    + LaunchDialectNames.Name(dialect));
            }
        }
    }

    private static LaunchDialect NotLaunchControl(PlanProblems problems, string path, string found)
    {
        problems.Report(ProblemRule.NotLaunchControl, path, "", found, "domains to launch");
        return LaunchDialect.Classic;
    }
}
