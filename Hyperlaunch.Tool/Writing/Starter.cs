using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using Hyperlaunch.Domains.Plan;

namespace Hyperlaunch.Tool.Writing;

/// <summary>A starter configuration: the tree of one of the ten named configurations, and the menu entry that boots it.</summary>
internal sealed class Starter
{
    private readonly NamedConfiguration _named;

    /// <summary>Prepares one.</summary>
    public Starter(NamedConfiguration named) => _named = named;

    /// <summary>The kernel's file.</summary>
    public required string Kernel { get; init; }

    /// <summary>The initial ramdisk's file; null for none.</summary>
    public string? Ramdisk { get; init; }

    /// <summary>Each domain's memory in KiB.</summary>
    public ulong MemoryKib { get; init; }

    /// <summary>Each domain's virtual CPUs.</summary>
    public uint Cpus { get; init; } = 1;

    /// <summary>How many ordinary domains there are.</summary>
    public int Others { get; init; }

    /// <summary>The kernels' command line.</summary>
    public string CommandLine { get; init; } = "console=ttyS0";

    /// <summary>The name that the two files have in common.</summary>
    public string FileName
    {
        get
        {
            StringBuilder name = new();
            foreach (char character in _named.Name.ToLowerInvariant().Where(character => character != ':'))
            {
                name.Append(character == ' ' ? '-' : character);
            }

            return name.ToString();
        }
    }

    /// <summary>The tree, in the 2021 dialect: the only one with a word for every role.</summary>
    public string Tree()
    {
        DtsText text = new(
            $"The configuration \"{_named.Name}\", one of the ten that Hyperlaunch names.",
            "",
            $"Modules, in the order of {FileName}.cfg: 0 this tree, 1 the kernel{(Ramdisk is null ? "" : ", 2 the ramdisk")} of "
                + "every domain.",
            "Each domain has its own command line here, because the boot loader's string would be the same for all. The word "
                + "hl.role= tells",
            "the sample guest what it is to do there; with a guest of your own, leave it out.");
        text.Open("/");
        text.Open("chosen");
        text.Open("hypervisor");
        text.Strings("compatible", "hypervisor,xen");
        foreach (DomainRoles roles in _named.Holders)
        {
            Domain(text, NameOf(roles), roles);
        }

        for (int i = 1; i <= Others; i++)
        {
            Domain(text, $"guest{i}", DomainRoles.None);
        }

        text.Close();
        text.Close();
        text.Close();
        return text.ToString();
    }

    /// <summary>The GRUB menu entry.</summary>
    /// <param name="folder">The folder of the modules in the boot loader's eyes.</param>
    public string Menu(string folder = "/boot")
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture,
            $"# {_named.Name}. Add to grub.cfg, with the files in {folder}; the tree compiled: dtc -o {FileName}.dtb "
            + $"{FileName}.dts\n");
        text.Append(CultureInfo.InvariantCulture, $"menuentry 'Hyperlaunch, {_named.Name}' {{\n");
        text.Append(CultureInfo.InvariantCulture, $"  multiboot2 {folder}/hyperlaunch.elf\n");
        text.Append(CultureInfo.InvariantCulture, $"  module2 {folder}/{FileName}.dtb\n");
        text.Append(CultureInfo.InvariantCulture, $"  module2 {folder}/{Path.GetFileName(Kernel)}\n");
        if (Ramdisk is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"  module2 {folder}/{Path.GetFileName(Ramdisk)}\n");
        }

        return text.Append("}\n").ToString();
    }

    private void Domain(DtsText text, string name, DomainRoles roles)
    {
        const DomainRoles Permitted = DomainRoles.Control | DomainRoles.Hardware;
        bool isLegacy = (roles & Permitted) == Permitted;
        text.Open(name);
        text.Strings("compatible", "xen,domain");
        if (isLegacy)
        {
            text.Cells("domid", "0");
        }

        uint permissions = (uint)(roles & Permitted);
        if (permissions != 0)
        {
            text.Cells("permissions", $"{permissions}", DomainRoleNames.List(roles & Permitted));
        }

        uint functions = (Has(roles, DomainRoles.Boot) ? 1u : 0) | (Has(roles, DomainRoles.Recovery) ? 2u : 0)
            | (Has(roles, DomainRoles.Console) ? 4u : 0) | (Has(roles, DomainRoles.Xenstore) ? 1u << 30 : 0)
                | (isLegacy ? 1u << 31 : 0);
        if (functions != 0)
        {
            text.Cells("functions", $"0x{functions:X8}", DomainRoleNames.List(roles & ~Permitted)
                + (isLegacy ? ", legacy dom0" : ""));
        }

        text.Cells("mode", "4", "64 bit; PVH, as every domain");
        text.Cells("cpus", $"{Cpus}");
        text.Number64("memory", MemoryKib, "KiB");
        if (Has(roles, DomainRoles.Boot))
        {
            text.Cells("hyperlaunch,boot-timeout-ms", "60000", "it has failed when it has not finished by then");
        }
        else if (roles != DomainRoles.Recovery)
        {
            text.Flag("hyperlaunch,retain-modules", "so that it can be built again");
        }

        if (Has(roles, DomainRoles.Hardware))
        {
            text.Flag("hyperlaunch,direct-map", "the machine's devices are its own, and find its memory");
        }

        text.Open("kernel");
        text.Strings("compatible", "module,kernel", "multiboot,module");
        text.Cells("mb-index", "1");
        text.Strings("bootargs", CommandLine + GuestRole(roles));
        text.Close();
        if (Ramdisk is not null)
        {
            text.Open("ramdisk");
            text.Strings("compatible", "module,ramdisk", "multiboot,module");
            text.Cells("mb-index", "2");
            text.Close();
        }

        text.Close();
    }

    private static string NameOf(DomainRoles roles) => roles switch
    {
        DomainRoles.Boot => "boot",
        DomainRoles.Control => "control",
        DomainRoles.Hardware => "hardware",
        DomainRoles.Console => "console",
        DomainRoles.Xenstore => "xenstore",
        DomainRoles.Recovery => "recovery",
        _ when Has(roles, DomainRoles.Control) && Has(roles, DomainRoles.Hardware) => "dom0",
        _ when Has(roles, DomainRoles.Control) => "control",
        _ => "hardware",
    };

    /// <summary>The word for the sample guest where its roles give it something to do.</summary>
    private static string GuestRole(DomainRoles roles)
    {
        if (Has(roles, DomainRoles.Control))
        {
            return " hl.role=control";
        }

        return roles is DomainRoles.Boot or DomainRoles.Recovery ? " hl.role=" + DomainRoleNames.Name(roles) : "";
    }

    private static bool Has(DomainRoles roles, DomainRoles role) => (roles & role) != 0;

    /// <summary>The configurations by name, for messages.</summary>
    public static IEnumerable<string> Names => NamedConfiguration.All.Select(named => named.Name);
}
