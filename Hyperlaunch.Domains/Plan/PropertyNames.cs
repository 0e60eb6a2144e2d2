using Hyperlaunch.Dtb;
using Hyperlaunch.Machine.Text;

namespace Hyperlaunch.Domains.Plan;

/// <summary>The properties that each kind of node can have, in any dialect, and the report of those that are none.</summary>
internal static class PropertyNames
{
    /// <summary>Those of a domain's node.</summary>
    internal static readonly string[] Domain =
    [
        "domid", "permissions", "functions", "role", "capability", "capabilities", "mode", "memory", "mem-min", "mem-max", "cpus",
        "domain-uuid", "security-id", "hyperlaunch,boot-timeout-ms", "hyperlaunch,retain-modules", "hyperlaunch,on-crash",
        "hyperlaunch,direct-map", "hyperlaunch,interface", "hyperlaunch,on-backend-loss",
    ];

    /// <summary>Those of a module's node.</summary>
    internal static readonly string[] Module = ["mb-index", "module-index", "module-addr", "reg", "bootargs"];

    /// <summary>Those of a disk's node.</summary>
    internal static readonly string[] Disk = ["hyperlaunch,backend", "hyperlaunch,source", "hyperlaunch,target", "read-only"];

    /// <summary>Those of a network's node.</summary>
    internal static readonly string[] Network = ["hyperlaunch,backend", "local-mac-address", "hyperlaunch,bridge"];

    /// <summary>Those of a configuration node.</summary>
    internal static readonly string[] Config = ["bootargs"];

    /// <summary>Those of the hypervisor's node.</summary>
    internal static readonly string[] Hypervisor = [];

    /// <summary>Those that any node may have (Devicetree Specification v0.4, 2.3).</summary>
    private static readonly string[] s_standard =
    [
        "compatible", "#address-cells", "#size-cells", "phandle", "linux,phandle", "name", "status", "reg", "ranges",
        "device_type",
    ];

    /// <summary>The furthest that a misspelt name may be from the one that is suggested, in edits.</summary>
    private const int SuggestionDistance = 2;

    /// <summary>Reports every property of a node that is neither in <paramref name="known"/> nor a standard one.</summary>
    internal static void ReportUnknown(NodeReader reader, string[] known, LaunchDialect dialect)
    {
        foreach (DeviceTreeProperty property in reader.Node.Properties)
        {
            if (IsIn(property, known) || IsIn(property, s_standard))
            {
                continue;
            }

            string name = Latin1.ToString(property.Name);
            if (dialect == LaunchDialect.Dom0less)
            {
                reader.Report(ProblemRule.NoEffect, name, "a property that has no meaning here");
                continue;
            }

            string suggestion = Spelling.Nearest(name, known, SuggestionDistance);
            reader.Report(
                ProblemRule.UnknownProperty, name, "a property that no dialect has",
                suggestion.Length > 0 ? suggestion : "");
        }
    }

    private static bool IsIn(DeviceTreeProperty property, string[] names)
    {
        for (int i = 0; i < names.Length; i++)
        {
            if (Latin1.IsText(property.Name, names[i]))
            {
                return true;
            }
        }

        return false;
    }
}
