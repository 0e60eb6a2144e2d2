using System;
using System.Collections.Generic;
using System.Linq;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Tool.Reporting;

/// <summary>A plan in words.</summary>
internal static class Explanation
{
    /// <summary>Writes it.</summary>
    public static void Write(TextOutput output, LaunchPlan plan)
    {
        NamedConfiguration named = NamedConfiguration.Closest(plan.Domains, out int distance);
        Line(output, "dialect", LaunchDialectNames.Name(plan.Dialect));
        Line(output, "configuration", distance == 0 ? named.Name : $"none of the ten; closest is {named.Name}");
        Line(output, "launches", plan.CanLaunch ? $"{plan.CreationOrder.Length} of {plan.Domains.Length} domains" : "nothing");
        WriteMemory(output, plan);
        WriteHypervisor(output, plan.Hypervisor);
        foreach (DomainPlan domain in plan.Domains)
        {
            output.WriteLine();
            WriteDomain(output, plan, domain);
        }

        if (plan.CanLaunch)
        {
            output.WriteLine();
            WriteOrder(output, plan);
        }

        output.WriteLine();
        WriteModules(output, plan);
    }

    private static void WriteMemory(TextOutput output, LaunchPlan plan)
    {
        if (!plan.Memory.IsKnown)
        {
            Line(output, "memory",
                $"{PlanWords.OfKib(plan.Memory.NeededKib)} needed; say how much the machine has with --memory");
        }
        else
        {
            Line(output, "memory",
                $"{PlanWords.OfKib(plan.Memory.AvailableKib)} for domains, {PlanWords.OfKib(plan.Memory.NeededKib)} needed"
                + (plan.Memory.Fits ? "" : $", {PlanWords.OfKib(plan.Memory.ShortfallKib)} too little"));
        }
    }

    private static void WriteHypervisor(TextOutput output, HypervisorPlan hypervisor)
    {
        if (hypervisor.BootArguments.Length > 0)
        {
            Line(output, "hypervisor", $"\"{hypervisor.BootArguments}\" from the tree");
        }

        if (hypervisor.Microcode is not null)
        {
            Line(output, "microcode", $"module {hypervisor.Microcode.Index}, kept but not loaded");
        }

        if (hypervisor.SecurityPolicy is not null)
        {
            Line(output, "policy", $"module {hypervisor.SecurityPolicy.Index}");
        }
    }

    private static void WriteDomain(TextOutput output, LaunchPlan plan, DomainPlan domain)
    {
        output.Write($"domain {domain.Id.Value} ");
        output.Write(domain.Name, Tint.Strong);
        output.WriteLine(domain.IsLaunchable ? "" : "  (not launched; see hyperlaunch lint)", Tint.Error);
        Line(output, "  node", domain.Path
            + (domain.Dialect == plan.Dialect ? "" : $", in the {LaunchDialectNames.Name(domain.Dialect)} dialect"));
        Line(output, "  roles", DomainRoleNames.List(domain.Roles) + (domain.IsLegacyDom0 ? "; the legacy dom0" : ""));
        Line(output, "  mode", PlanWords.OfMode(domain.RequestedMode));
        Line(output, "  cpus", $"{domain.VirtualCpus}");
        Line(output, "  memory", domain.TakesRemainingMemory && !plan.Memory.IsKnown ? "all that is left" : MemoryText(domain));
        foreach (string range in Layout(domain))
        {
            output.WriteLine("                 " + range);
        }

        Module(output, "  kernel", plan, domain.Kernel);
        Module(output, "  ramdisk", plan, domain.Ramdisk);
        Module(output, "  device tree", plan, domain.DeviceTree);
        Module(output, "  config", plan, domain.Configuration);
        Optional(output, "  command line", domain.CommandLine);
        Optional(output, "  uuid", PlanWords.OfUuid(domain.Uuid));
        Optional(output, "  security id", domain.SecurityId);
        Optional(output, "  time limit", domain.BootTimeoutMilliseconds == 0 ? "" : $"{domain.BootTimeoutMilliseconds} ms");
        Line(output, "  interface", PlanWords.Of(domain.Interface));
        Line(output, "  on crash", PlanWords.Of(domain.OnCrash));
        foreach (DiskPlan disk in domain.Disks)
        {
            string rights = disk.IsReadOnly ? " (read-only)" : "";
            Line(output, "  disk", $"{disk.Target}{rights}: {disk.Source} of {disk.BackendName}");
        }

        foreach (NetworkPlan network in domain.Networks)
        {
            Line(output, "  network", $"{PlanWords.OfAddress(network.Address)}: to {network.BackendName}"
                + (network.Bridge.Length > 0 ? $", bridge {network.Bridge}" : ""));
        }

        Optional(output, "  backend lost", domain.Disks.Length + domain.Networks.Length > 0
            ? PlanWords.Of(domain.OnBackendLoss)
            : "");
        Optional(output, "  devices", domain.IsDirectMapped ? "the machine's, and memory where the machine has it" : "");
        Optional(output, "  modules", domain.RetainModules ? "kept after the launch" : "");
        Optional(output, "  defaults", string.Join("; ", domain.Defaults.Select(entry => $"{entry.Property}: {entry.Value}")));
    }

    private static string MemoryText(DomainPlan domain)
        => PlanWords.OfKib(domain.MemoryKib)
            + (domain.MinimumMemoryKib != domain.MemoryKib ? $", at least {PlanWords.OfKib(domain.MinimumMemoryKib)}" : "")
            + (domain.MaximumMemoryKib != domain.MemoryKib ? $", at most {PlanWords.OfKib(domain.MaximumMemoryKib)}" : "");

    /// <summary>The memory map that the domain will see.</summary>
    private static IEnumerable<string> Layout(DomainPlan domain)
    {
        if (domain.IsDirectMapped || domain.MemoryKib < (MemoryLayout.MinimumSize >> 10)
            || domain.MemoryKib > (MemoryLayout.MaximumSize >> 10))
        {
            return [];
        }

        MemoryMapEntry[] map = new MemoryMapEntry[MemoryLayout.MaximumEntries];
        int count = new MemoryLayout(domain.MemoryKib << 10).WriteMap(map);
        return map.Take(count).Select(entry =>
            $"0x{entry.Range.Start:x9}-0x{entry.Range.End:x9} {(entry.Kind == MemoryKind.Usable ? "memory" : "firmware")}");
    }

    private static void WriteOrder(TextOutput output, LaunchPlan plan)
    {
        Line(output, "creation", string.Join(", ", plan.CreationOrder.Select(domain => domain.Name)));
        Line(output, "console", plan.ConsoleDomain?.Name ?? "nobody, once the launch is final");
        if (plan.BootDomain is not null)
        {
            Line(output, "boot", $"{plan.BootDomain.Name} runs first and alone, and is then destroyed");
        }

        if (plan.RecoveryDomain is not null)
        {
            Line(output, "recovery", $"{plan.RecoveryDomain.Name} stays paused until another domain fails");
        }
    }

    private static void WriteModules(TextOutput output, LaunchPlan plan)
    {
        output.WriteLine("modules", Tint.Strong);
        foreach (ModuleUse use in plan.Modules)
        {
            BootModule module = use.Module;
            string[] owners = [.. plan.Domains
                .Where(domain => domain.Kernel == module || domain.Ramdisk == module || domain.DeviceTree == module
                    || domain.Configuration == module)
                .Select(domain => domain.Name)];
            string owner = use.Kind is ModuleKind.LaunchControlModule or ModuleKind.Microcode or ModuleKind.SecurityPolicy
                ? "the hypervisor"
                : owners.Length == 0 ? "nobody" : string.Join(", ", owners);
            string size = module.Range.IsEmpty ? "" : $", {module.Range.Length} bytes";
            string headroom = use.Headroom > 0 ? $" and {use.Headroom} of headroom" : "";
            output.WriteLine($"  {module.Index,3}  {PlanWords.Of(use.Kind)} of {owner}{size}{headroom}");
        }
    }

    private static void Module(TextOutput output, string name, LaunchPlan plan, BootModule? module)
    {
        if (module is not null)
        {
            int owners = plan.UseOf(module).Owners;
            Line(output, name, $"module {module.Index}{(owners > 1 ? $", shared by {owners}" : "")}");
        }
    }

    private static void Optional(TextOutput output, string name, string value)
    {
        if (value.Length > 0)
        {
            Line(output, name, value);
        }
    }

    private static void Line(TextOutput output, string name, string value)
    {
        output.Write(name.PadRight(Math.Max(17, name.Length + 1)), Tint.Strong);
        output.WriteLine(value);
    }
}
