using System.Collections.Generic;
using System.Linq;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Modules.Boot;
using Hyperlaunch.Tool.Reporting;

namespace Hyperlaunch.Tool.Writing;

/// <summary>Writes a plan as a tree of one dialect, and remarks what that dialect has no words for.</summary>
internal sealed class PlanWriter
{
    private readonly LaunchPlan _plan;
    private readonly LaunchDialect _dialect;
    private readonly DtsText _text;

    /// <summary>Prepares to write.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="dialect">The dialect.</param>
    /// <param name="comment">What the source says of itself at its head.</param>
    public PlanWriter(LaunchPlan plan, LaunchDialect dialect, params string[] comment)
    {
        _plan = plan;
        _dialect = dialect;
        _text = new DtsText(comment);
    }

    /// <summary>What could not be expressed.</summary>
    public List<string> Remarks { get; } = [];

    private bool HasFunctions => _dialect is LaunchDialect.Year2021 or LaunchDialect.Year2022;

    private bool HasDocumentProperties => _dialect is LaunchDialect.Year2021 or LaunchDialect.Year2022 or LaunchDialect.Year2023;

    /// <summary>Writes the source.</summary>
    public string Write()
    {
        bool isBare = _dialect == LaunchDialect.Dom0less;
        _text.Open("/");
        _text.Open("chosen");
        if (!isBare)
        {
            _text.Open("hypervisor");
            _text.Strings("compatible", _dialect is LaunchDialect.Year2022 or LaunchDialect.Year2023
                ? ["hypervisor,xen", "xen,x86"]
                : ["hypervisor,xen"]);
        }

        WriteConfig(isBare);
        for (int i = 0; i < _plan.Domains.Length; i++)
        {
            WriteDomain(_plan.Domains[i], i);
        }

        for (int depth = isBare ? 2 : 3; depth > 0; depth--)
        {
            _text.Close();
        }

        return _text.ToString();
    }

    private void WriteConfig(bool isBare)
    {
        HypervisorPlan hypervisor = _plan.Hypervisor;
        bool hasArguments = hypervisor.BootArguments.Length > 0;
        if (!hasArguments && hypervisor.Microcode is null && hypervisor.SecurityPolicy is null)
        {
            return;
        }

        if (isBare)
        {
            Remark("dom0less has no node for the hypervisor's own modules and arguments; they are left out.");
            return;
        }

        _text.Open("config");
        _text.Strings("compatible", "xen,config");
        if (hasArguments && _dialect == LaunchDialect.Year2023)
        {
            _text.Strings("bootargs", hypervisor.BootArguments);
        }
        else if (hasArguments)
        {
            Remark($"The hypervisor's arguments \"{hypervisor.BootArguments}\" have no place in this dialect; give them in the "
                + "menu entry.");
        }

        WriteModule("microcode", "microcode", hypervisor.Microcode, "");
        WriteModule("policy", "xsm-policy", hypervisor.SecurityPolicy, "");
        _text.Close();
    }

    private void WriteDomain(DomainPlan domain, int order)
    {
        _text.Open(IsBackend(domain) ? $"{Label(domain.Id)}: {domain.Name}" : domain.Name);
        _text.Strings("compatible", "xen,domain");
        WriteId(domain, order);
        WriteRights(domain);
        WriteMode(domain);
        _text.Cells("cpus", $"{domain.VirtualCpus}");
        WriteMemory(domain);
        WriteDescription(domain);
        WriteExtensions(domain);
        WriteModule("kernel", "kernel", domain.Kernel, domain.CommandLineOfTree);
        WriteModule("ramdisk", "ramdisk", domain.Ramdisk, "");
        WriteModule("device-tree", "device-tree", domain.DeviceTree, "");
        WriteModule("configuration", "config", domain.Configuration, "");
        WriteDevices(domain);
        if (domain.IsLegacyDom0 && domain.Ramdisk is null && !HasFunctions)
        {
            Remark($"{domain.Name}: only a legacy dom0 takes the first module that nobody claims as its ramdisk; add a ramdisk "
                + "node.");
        }

        _text.Close();
    }

    private void WriteId(DomainPlan domain, int order)
    {
        uint id = domain.Id.Value;
        if (_dialect == LaunchDialect.Dom0less)
        {
            if (id != order + 1)
            {
                Remark($"{domain.Name}: dom0less numbers domains in node order; it becomes {order + 1} instead of {id}.");
            }

            return;
        }

        bool keepsZero = _dialect == LaunchDialect.Year2025 || (HasFunctions ? domain.IsLegacyDom0 : IsUnbounded(domain));
        if (id == 0 && !keepsZero)
        {
            Remark($"{domain.Name}: a domid of 0 stands for the next free one in this dialect; the domain loses its number 0.");
        }

        _text.Cells("domid", $"{id}");
    }

    private void WriteRights(DomainPlan domain)
    {
        switch (_dialect)
        {
            case LaunchDialect.Year2021 or LaunchDialect.Year2022:
                uint permissions = Bit(domain, DomainRoles.Control, 1) | Bit(domain, DomainRoles.Hardware, 2);
                uint functions = Bit(domain, DomainRoles.Boot, 1) | Bit(domain, DomainRoles.Recovery, 2)
                    | Bit(domain, DomainRoles.Console, 4)
                    | Bit(domain, DomainRoles.Xenstore, 1 << 30) | (domain.IsLegacyDom0 ? 1u << 31 : 0);
                _text.Cells("permissions", $"{permissions}", DomainRoleNames.List(
                    domain.Roles & (DomainRoles.Control | DomainRoles.Hardware)));
                _text.Cells("functions", $"0x{functions:X8}", DomainRoleNames.List(
                    domain.Roles & ~(DomainRoles.Control | DomainRoles.Hardware))
                    + (domain.IsLegacyDom0 ? ", legacy dom0" : ""));
                break;
            case LaunchDialect.Year2023:
                uint role = IsUnbounded(domain) ? 1 : Bit(domain, DomainRoles.Control, 2) | Bit(domain, DomainRoles.Hardware, 4);
                _text.Cells("role", $"{role | Bit(domain, DomainRoles.Xenstore, 8)}");
                _text.Cells("capability", $"{(IsUnbounded(domain) ? 0 : Bit(domain, DomainRoles.Console, 1))}");
                RemarkRoles(domain, DomainRoles.Boot | DomainRoles.Recovery);
                break;
            default:
                uint capabilities = Bit(domain, DomainRoles.Control, 1) | Bit(domain, DomainRoles.Hardware, 2);
                _text.Cells("capabilities", $"{capabilities | Bit(domain, DomainRoles.Xenstore, 4)}");
                RemarkRoles(domain, DomainRoles.Boot | DomainRoles.Recovery | DomainRoles.Console);
                break;
        }
    }

    private void RemarkRoles(DomainPlan domain, DomainRoles without)
    {
        if ((domain.Roles & without) != 0)
        {
            Remark($"{domain.Name}: this dialect has no word for the roles {DomainRoleNames.List(domain.Roles & without)}; the "
                + "domain loses them.");
        }

        if (domain.IsLegacyDom0)
        {
            Remark($"{domain.Name}: this dialect has no legacy dom0; its memory is no longer fitted to the machine.");
        }
    }

    private void WriteMode(DomainPlan domain)
    {
        if (_dialect == LaunchDialect.Dom0less)
        {
            if (domain.RequestedMode != DomainModes.None)
            {
                Remark($"{domain.Name}: dom0less has no mode; every domain is launched as PVH here.");
            }

            return;
        }

        DomainModes mode = domain.RequestedMode;
        if (_dialect == LaunchDialect.Year2021 && (mode & DomainModes.StartOnBoot) != 0)
        {
            Remark($"{domain.Name}: the 2021 dialect has no bit to start on boot; every domain is started all the same.");
            mode &= ~DomainModes.StartOnBoot;
        }

        _text.Cells("mode", $"{(uint)mode}", PlanWords.OfMode(mode));
    }

    private void WriteMemory(DomainPlan domain)
    {
        string amount = PlanWords.OfKib(domain.MemoryKib);
        bool hasMinimum = domain.MinimumMemoryKib != domain.MemoryKib;
        bool hasMaximum = domain.MaximumMemoryKib != domain.MemoryKib;
        switch (_dialect)
        {
            case LaunchDialect.Year2022 or LaunchDialect.Year2023:
                List<string> texts = [$"{domain.MemoryKib}K"];
                texts.AddRange(hasMinimum ? [$"min:{domain.MinimumMemoryKib}K"] : []);
                texts.AddRange(hasMaximum ? [$"max:{domain.MaximumMemoryKib}K"] : []);
                _text.Strings("memory", [.. texts]);
                return;
            case LaunchDialect.Year2021 when hasMaximum:
                _text.Cells("memory", $"0x{domain.MemoryKib >> 32:x} 0x{domain.MemoryKib & uint.MaxValue:x} "
                    + $"0x{domain.MaximumMemoryKib >> 32:x} 0x{domain.MaximumMemoryKib & uint.MaxValue:x}", amount);
                break;
            default:
                _text.Number64("memory", domain.MemoryKib, amount);
                break;
        }

        if (_dialect == LaunchDialect.Year2025)
        {
            if (hasMinimum)
            {
                _text.Number64("mem-min", domain.MinimumMemoryKib);
            }

            if (hasMaximum)
            {
                _text.Number64("mem-max", domain.MaximumMemoryKib);
            }
        }
        else if (hasMinimum || (hasMaximum && _dialect == LaunchDialect.Dom0less))
        {
            Remark($"{domain.Name}: this dialect has no {(hasMinimum ? "minimum" : "maximum")} of memory; the domain has its "
                + "amount only.");
        }
    }

    private void WriteDescription(DomainPlan domain)
    {
        if (HasDocumentProperties)
        {
            if (domain.Uuid.Length > 0)
            {
                _text.Bytes("domain-uuid", domain.Uuid);
            }

            if (domain.SecurityId.Length > 0)
            {
                _text.Strings("security-id", domain.SecurityId);
            }
        }
        else if (domain.Uuid.Length > 0 || domain.SecurityId.Length > 0)
        {
            Remark($"{domain.Name}: this dialect has neither UUID nor security label; they are left out.");
        }
    }

    private void WriteExtensions(DomainPlan domain)
    {
        if (domain.BootTimeoutMilliseconds > 0 && HasFunctions)
        {
            _text.Cells("hyperlaunch,boot-timeout-ms", $"{domain.BootTimeoutMilliseconds}");
        }

        if (domain.RetainModules)
        {
            _text.Flag("hyperlaunch,retain-modules");
        }

        if (domain.IsDirectMapped)
        {
            _text.Flag("hyperlaunch,direct-map");
        }

        if (domain.OnCrash != CrashAction.Recover)
        {
            _text.Strings("hyperlaunch,on-crash", PlanWords.Of(domain.OnCrash));
        }

        if (domain.Interface != GuestInterfaceKind.Kvm)
        {
            _text.Strings("hyperlaunch,interface", PlanWords.Of(domain.Interface));
        }

        if (domain.OnBackendLoss != BackendLossAction.Wait)
        {
            _text.Strings("hyperlaunch,on-backend-loss", PlanWords.Of(domain.OnBackendLoss));
        }
    }

    private bool IsBackend(DomainPlan domain) => _plan.Domains.Any(other => other.DependsOn(domain.Id));

    private static string Label(DomainId domain) => $"domain{domain.Value}";

    private void WriteDevices(DomainPlan domain)
    {
        for (int i = 0; i < domain.Disks.Length; i++)
        {
            DiskPlan disk = domain.Disks[i];
            _text.Open($"disk-{i}");
            _text.Strings("compatible", "hyperlaunch,disk");
            _text.Cells("hyperlaunch,backend", "&" + Label(disk.Backend), disk.BackendName);
            _text.Strings("hyperlaunch,source", disk.Source);
            _text.Strings("hyperlaunch,target", disk.Target);
            if (disk.IsReadOnly)
            {
                _text.Flag("read-only");
            }

            _text.Close();
        }

        foreach (NetworkPlan network in domain.Networks)
        {
            _text.Open($"network-{network.Handle}");
            _text.Strings("compatible", "hyperlaunch,network");
            _text.Cells("hyperlaunch,backend", "&" + Label(network.Backend), network.BackendName);
            _text.Bytes("local-mac-address", PlanWords.OfBytes(network.Address));
            if (network.Bridge.Length > 0)
            {
                _text.Strings("hyperlaunch,bridge", network.Bridge);
            }

            _text.Close();
        }
    }

    private void WriteModule(string node, string type, BootModule? module, string arguments)
    {
        if (module is null)
        {
            return;
        }

        // What the tree itself located by address lies behind the modules of the boot loader, and has no place in their order.
        bool byAddress = !_plan.UseOf(module).IsListed;
        _text.Open(node);
        _text.Strings("compatible", Compatible(type, byAddress));
        if (byAddress)
        {
            string property = _dialect is LaunchDialect.Year2025 or LaunchDialect.Dom0less ? "reg" : "module-addr";
            _text.Cells(property,
                $"0x{module.Range.Start >> 32:x} 0x{module.Range.Start & uint.MaxValue:x} 0x{module.Range.Length:x}");
        }
        else
        {
            _text.Cells(_dialect == LaunchDialect.Year2021 ? "mb-index" : "module-index", $"{module.Index}");
            if (_dialect == LaunchDialect.Dom0less)
            {
                Remark($"module {module.Index}: dom0less locates modules by address, which is not known; module-index is used, "
                    + "as in 2025.");
            }
        }

        if (arguments.Length > 0)
        {
            _text.Strings("bootargs", arguments);
        }

        _text.Close();
    }

    private string[] Compatible(string type, bool byAddress) => _dialect switch
    {
        LaunchDialect.Year2021 => byAddress ? [$"module,{type}"] : [$"module,{type}", "multiboot,module"],
        LaunchDialect.Year2022 or LaunchDialect.Year2023 => [$"module,{type}", byAddress ? "module,addr" : "module,index"],
        _ => type is "kernel" or "ramdisk" or "device-tree"
            ? [$"multiboot,{type}", "multiboot,module"]
            : [$"module,{type}", "multiboot,module"],
    };

    private static bool IsUnbounded(DomainPlan domain)
        => domain.Has(DomainRoles.Control | DomainRoles.Hardware | DomainRoles.Console);

    private static uint Bit(DomainPlan domain, DomainRoles role, uint bit) => domain.Has(role) ? bit : 0;

    private void Remark(string remark)
    {
        if (!Remarks.Contains(remark))
        {
            Remarks.Add(remark);
        }
    }
}
