using System;
using Hyperlaunch.Dtb;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Text;
using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Domains.Plan;

/// <summary>Reads the module nodes below a domain's or a configuration's node, and hands the modules to it.</summary>
internal static class ModuleReader
{
    private static readonly string[] s_types =
    [
        "module,kernel", "module,ramdisk", "module,device-tree", "module,microcode", "module,xsm-policy", "module,config",
        "multiboot,kernel", "multiboot,ramdisk", "multiboot,device-tree", "multiboot,microcode", "multiboot,xsm-policy",
        "multiboot,config",
    ];

    private static readonly ModuleKind[] s_kinds =
    [
        ModuleKind.Kernel, ModuleKind.Ramdisk, ModuleKind.DeviceTree,
        ModuleKind.Microcode, ModuleKind.SecurityPolicy, ModuleKind.Configuration,
    ];

    /// <summary>Strings that say how a module is located and not what it is.</summary>
    private static readonly string[] s_locators = ["multiboot,module", "module,index", "module,addr"];

    /// <summary>The properties that locate a module.</summary>
    private static readonly string[] s_locations = ["mb-index", "module-index", "module-addr", "reg"];

    /// <summary>Reads the modules of a domain.</summary>
    internal static void ReadDomain(NodeReader parent, DomainDraft domain, ModuleTable modules)
    {
        bool hasKernelNode = false;
        foreach (DeviceTreeNode child in parent.Node.Children)
        {
            NodeReader reader = new(child, Join(parent.Path, child), parent.Problems, domain);
            if (DeviceReader.TryRead(reader, domain))
            {
                continue;
            }

            if (!TryReadKind(reader, out ModuleKind kind))
            {
                hasKernelNode |= kind == ModuleKind.Kernel;
                continue;
            }

            bool isSecondKernel = kind == ModuleKind.Kernel && hasKernelNode;
            hasKernelNode |= kind == ModuleKind.Kernel;
            if (isSecondKernel || domain.ModuleOf(kind) is not null)
            {
                reader.Report(ProblemRule.DuplicateModule, "compatible", "a second " + KindName(kind), "one in each domain");
                continue;
            }

            ModuleDraft? module = Locate(reader, modules);
            PropertyNames.ReportUnknown(reader, PropertyNames.Module, domain.Dialect);
            if (kind is ModuleKind.Microcode or ModuleKind.SecurityPolicy)
            {
                reader.Report(
                    ProblemRule.MisplacedModule, "compatible", "a " + KindName(kind) + " in a domain",
                    "one in a xen,config node");
                continue;
            }

            domain.NamesRamdisk |= kind == ModuleKind.Ramdisk;
            if (kind == ModuleKind.Kernel)
            {
                domain.KernelPath = reader.Path;
                domain.CommandLineOfTree = reader.TryString("bootargs"u8, out string arguments) ? arguments : "";
            }

            if (module is not null)
            {
                domain.Use(kind, module);
            }
        }

        if (!hasKernelNode)
        {
            parent.Report(ProblemRule.NoKernel, "", "no kernel", "a child node compatible with \"module,kernel\"");
        }
    }

    /// <summary>Reads the modules of the hypervisor itself.</summary>
    internal static void ReadConfig(NodeReader parent, HypervisorDraft hypervisor, ModuleTable modules)
    {
        foreach (DeviceTreeNode child in parent.Node.Children)
        {
            NodeReader reader = new(child, Join(parent.Path, child), parent.Problems, null);
            if (!TryReadKind(reader, out ModuleKind kind))
            {
                continue;
            }

            ModuleDraft? module = Locate(reader, modules);
            PropertyNames.ReportUnknown(reader, PropertyNames.Module, LaunchDialect.Year2021);
            if (kind is not (ModuleKind.Microcode or ModuleKind.SecurityPolicy))
            {
                reader.Report(
                    ProblemRule.MisplacedModule, "compatible", "a " + KindName(kind) + " in a configuration node",
                    "one in a domain");
            }
            else if ((kind == ModuleKind.Microcode ? hypervisor.Microcode : hypervisor.SecurityPolicy) is not null)
            {
                reader.Report(ProblemRule.DuplicateModule, "compatible", "a second " + KindName(kind), "one");
            }
            else if (kind == ModuleKind.Microcode)
            {
                hypervisor.Microcode = module;
                if (module is not null)
                {
                    reader.Report(
                        ProblemRule.MicrocodeNotLoaded, "", "microcode, which this hypervisor does not load", "");
                }
            }
            else
            {
                hypervisor.SecurityPolicy = module;
            }
        }
    }

    /// <summary>The path of a child node.</summary>
    internal static string Join(string path, DeviceTreeNode child)
        => (path == "/" ? "/" : path + "/") + Latin1.ToString(child.Name);

    /// <summary>What a module is used as, in words.</summary>
    internal static string KindName(ModuleKind kind) => kind switch
    {
        ModuleKind.Kernel => "kernel",
        ModuleKind.Ramdisk => "ramdisk",
        ModuleKind.DeviceTree => "device tree",
        ModuleKind.Microcode => "microcode",
        ModuleKind.SecurityPolicy => "security policy",
        ModuleKind.Configuration => "configuration",
        ModuleKind.LaunchControlModule => "launch control module",
        _ => "module",
    };

    /// <summary>
    /// Reads what a module is from its <c>compatible</c>; false, which is reported, when that does not say, with what it
    /// probably is.
    /// </summary>
    private static bool TryReadKind(NodeReader reader, out ModuleKind kind)
    {
        kind = ModuleKind.Unknown;
        bool isModule = false;
        string unknown = "";
        string contradiction = "";
        if (reader.Node.TryGetStrings("compatible"u8, out StringList strings).IsPresent)
        {
            foreach (ReadOnlySpan<byte> entry in strings)
            {
                ModuleKind named = KindOf(entry);
                bool isLocator = IndexOf(s_locators, entry) >= 0;
                isModule |= isLocator || named != ModuleKind.Unknown || entry.StartsWith("module,"u8);
                if (named == ModuleKind.Unknown)
                {
                    unknown = isLocator ? unknown : Latin1.ToString(entry);
                }
                else if (kind != ModuleKind.Unknown && kind != named)
                {
                    contradiction = KindName(named);
                }
                else
                {
                    kind = named;
                }
            }
        }

        if (contradiction.Length > 0)
        {
            reader.Report(
                ProblemRule.TwoModuleTypes, "compatible", KindName(kind) + " and " + contradiction,
                "one type of module");
            return false;
        }

        if (kind == ModuleKind.Unknown && isModule)
        {
            string suggestion = Spelling.Nearest(unknown, s_types, 3);
            kind = KindOf(suggestion);
            reader.Report(
                ProblemRule.UnknownModuleType, "compatible",
                unknown.Length == 0 ? "no type" : PlanText.Quote(unknown),
                suggestion.Length > 0
                    ? suggestion
                    : "module, and one of kernel, ramdisk, device-tree, microcode, xsm-policy, config");
            return false;
        }

        if (kind == ModuleKind.Unknown)
        {
            reader.Report(
                ProblemRule.UnknownChild, "compatible", unknown.Length == 0 ? "nothing" : PlanText.Quote(unknown),
                "a module");
        }

        return kind != ModuleKind.Unknown;
    }

    private static ModuleKind KindOf(ReadOnlySpan<byte> name)
    {
        int index = IndexOf(s_types, name);
        return index < 0 ? ModuleKind.Unknown : s_kinds[index % s_kinds.Length];
    }

    private static ModuleKind KindOf(string name)
    {
        int index = s_types.Length - 1;
        while (index >= 0 && s_types[index] != name)
        {
            index--;
        }

        return index < 0 ? ModuleKind.Unknown : s_kinds[index % s_kinds.Length];
    }

    private static int IndexOf(string[] names, ReadOnlySpan<byte> name)
    {
        for (int i = 0; i < names.Length; i++)
        {
            if (Latin1.IsText(name, names[i]))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>
    /// Finds the module that a node means; null, which is reported, when it does not say, or says what cannot be.
    /// </summary>
    private static ModuleDraft? Locate(NodeReader reader, ModuleTable modules)
    {
        string located = "";
        bool contradicts = false;
        for (int i = 0; i < s_locations.Length; i++)
        {
            if (HasProperty(reader, s_locations[i]))
            {
                contradicts |= located.Length > 0;
                located = located.Length > 0 ? located + "," + s_locations[i] : s_locations[i];
            }
        }

        if (contradicts)
        {
            reader.Report(ProblemRule.TwoLocations, located, "several places", "one of the properties");
            return null;
        }

        if (ContradictsLocator(reader, located))
        {
            return null;
        }

        switch (located)
        {
            case "mb-index":
                return ByIndex(reader, "mb-index"u8, located, modules);
            case "module-index":
                return ByIndex(reader, "module-index"u8, located, modules);
            case "module-addr":
                return ByRange(reader, "module-addr"u8, located, modules);
            case "reg":
                return ByRange(reader, "reg"u8, located, modules);
            default:
                reader.Report(
                    ProblemRule.ModuleNotLocated, "", "no property that locates the module",
                    "mb-index, module-index, module-addr or reg");
                return null;
        }
    }

    private static bool HasProperty(NodeReader reader, string name)
    {
        foreach (DeviceTreeProperty property in reader.Node.Properties)
        {
            if (Latin1.IsText(property.Name, name))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether <c>compatible</c> says that the module is located in another way than it is.</summary>
    private static bool ContradictsLocator(NodeReader reader, string located)
    {
        bool byIndex = located is "mb-index" or "module-index";
        bool byAddress = located is "module-addr" or "reg";
        string found = "";
        if (byAddress && reader.Node.IsCompatible("module,index"u8))
        {
            found = "\"module,index\"";
        }
        else if (byIndex && reader.Node.IsCompatible("module,addr"u8))
        {
            found = "\"module,addr\"";
        }

        if (found.Length > 0)
        {
            reader.Report(
                ProblemRule.LocatorMismatch, "compatible," + located, found + " and " + located,
                "both by index, or both by address");
        }

        return found.Length > 0;
    }

    private static ModuleDraft? ByIndex(NodeReader reader, ReadOnlySpan<byte> name, string property, ModuleTable modules)
        => reader.TryU32(name, out uint index) ? modules.ByIndex(reader, property, index) : null;

    private static ModuleDraft? ByRange(NodeReader reader, ReadOnlySpan<byte> name, string property, ModuleTable modules)
    {
        PropertyStatus status = reader.Node.TryGetReg(name, out RegList list);
        if (status.Kind == PropertyStatusKind.BadCellCounts)
        {
            reader.Report(
                ProblemRule.ParentCells, property,
                "#address-cells and #size-cells of the parent that cannot be used", "1 or 2 of each");
            return null;
        }

        CellCounts cells = reader.Node.ParentCells;
        int expected = (cells.Address + cells.Size) * sizeof(uint);
        if (!status.IsPresent || list.Count != 1)
        {
            reader.Report(
                ProblemRule.RangeType, property, PlanText.Bytes(status.FoundLength),
                PlanText.Bytes(expected) + " (" + NumberText.Decimal((ulong)cells.Address) + " address and "
                + NumberText.Decimal((ulong)cells.Size) + " size cells, as the parent says)");
            return null;
        }

        if (!list[0].TryGetAddress(out ulong start) || !list[0].TryGetSize(out ulong size) || size > ulong.MaxValue - start)
        {
            reader.Report(ProblemRule.RangeValue, property, "a range that exceeds 64 bits", "an address and a size");
            return null;
        }

        return modules.ByRange(reader, property, MemoryRange.FromLength(start, size));
    }
}
