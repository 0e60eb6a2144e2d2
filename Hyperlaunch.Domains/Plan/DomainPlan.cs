using System.Collections.Generic;
using Hyperlaunch.Domains.Boot;
using Hyperlaunch.Domains.Platform;

namespace Hyperlaunch.Domains.Plan;

/// <summary>One domain as it will be built, whichever dialect described it.</summary>
public sealed class DomainPlan
{
    /// <summary>The most virtual CPUs that a domain can have: as many as its ACPI tables describe.</summary>
    public const uint MaximumVirtualCpus = PlatformLayout.MaximumProcessors;

    private readonly List<PlanDefault> _defaults = new();
    private DomainId _requestedId;

    internal DomainPlan(string name, string path, LaunchDialect dialect)
    {
        Name = name;
        Path = path;
        Dialect = dialect;
    }

    /// <summary>Its number.</summary>
    public DomainId Id { get; internal set; }

    /// <summary>Its name: that of its node. No two domains of a plan have the same.</summary>
    public string Name { get; internal set; }

    /// <summary>The path of its node; <c>/</c> for the dom0 of a classic boot, which has none.</summary>
    public string Path { get; }

    /// <summary>The dialect of its node.</summary>
    public LaunchDialect Dialect { get; internal set; }

    /// <summary>Whether it can be built. False when one of the plan's problems stops it.</summary>
    public bool IsLaunchable { get; internal set; } = true;

    /// <summary>Its roles.</summary>
    public DomainRoles Roles { get; internal set; }

    /// <summary>Whether it is the dom0 of old: it keeps number 0, and takes what memory and ramdisk there is.</summary>
    public bool IsLegacyDom0 { get; internal set; }

    /// <summary>The mode that was requested. Every domain is launched hardware-assisted and without a device model.</summary>
    public DomainModes RequestedMode { get; internal set; }

    /// <summary>Its UUID, 16 bytes; empty when it has none.</summary>
    public byte[] Uuid { get; internal set; } = [];

    /// <summary>How many virtual CPUs it has, 1 to <see cref="MaximumVirtualCpus"/>.</summary>
    public uint VirtualCpus { get; internal set; } = 1;

    /// <summary>Its memory in KiB.</summary>
    public ulong MemoryKib { get; internal set; }

    /// <summary>The least memory in KiB with which it is still launched.</summary>
    public ulong MinimumMemoryKib { get; internal set; }

    /// <summary>The most memory in KiB that it may ever be given.</summary>
    public ulong MaximumMemoryKib { get; internal set; }

    /// <summary>Its kernel. Null only when the domain cannot be launched.</summary>
    public BootModule? Kernel { get; internal set; }

    /// <summary>Its initial ramdisk, or null.</summary>
    public BootModule? Ramdisk { get; internal set; }

    /// <summary>The device tree that it is handed, or null.</summary>
    public BootModule? DeviceTree { get; internal set; }

    /// <summary>The configuration that it is handed, or null.</summary>
    public BootModule? Configuration { get; internal set; }

    /// <summary>Its kernel's command line.</summary>
    public string CommandLine { get; internal set; } = "";

    /// <summary>The command line that the tree gives, whichever is used; empty when it gives none.</summary>
    public string CommandLineOfTree { get; internal set; } = "";

    /// <summary>Its security label; kept for whoever asks, without effect on the launch.</summary>
    public string SecurityId { get; internal set; } = "";

    /// <summary>How long a boot domain may take, in milliseconds; 0 for as long as it likes.</summary>
    public uint BootTimeoutMilliseconds { get; internal set; }

    /// <summary>Whether its modules are kept after the launch, so that it can be built again.</summary>
    public bool RetainModules { get; internal set; }

    /// <summary>
    /// Whether its memory lies where the machine's does, so that the machine's devices can reach it: a hardware domain that drives
    /// them asks for it.
    /// </summary>
    public bool IsDirectMapped { get; internal set; }

    /// <summary>What is done when it fails.</summary>
    public CrashAction OnCrash { get; internal set; }

    /// <summary>Whether it can be built again: its memory and its modules are kept for that. A boot domain runs once.</summary>
    public bool IsRestartable => !Has(DomainRoles.Boot) && (RetainModules || OnCrash == CrashAction.Restart);

    /// <summary>What its node did not say, and what is used instead.</summary>
    public PlanDefault[] Defaults => _defaults.ToArray();

    /// <summary>Whether it has every one of <paramref name="roles"/>.</summary>
    public bool Has(DomainRoles roles) => (Roles & roles) == roles;

    /// <summary>The number that its node asks for; meaningful when <see cref="HasRequestedId"/>.</summary>
    internal DomainId RequestedId
    {
        get => _requestedId;
        set
        {
            _requestedId = value;
            HasRequestedId = true;
        }
    }

    /// <summary>Whether its node asks for a number.</summary>
    internal bool HasRequestedId { get; private set; }

    /// <summary>Whether a 0 that it asks for is meant as such, and not as the next free number.</summary>
    internal bool KeepsIdZero { get; set; }

    /// <summary>Whether it gets whatever memory the others leave.</summary>
    public bool TakesRemainingMemory { get; internal set; }

    /// <summary>The path of its kernel's node.</summary>
    internal string KernelPath { get; set; } = "";

    /// <summary>Whether its description says which its ramdisk is, or that there is none.</summary>
    internal bool NamesRamdisk { get; set; }

    /// <summary>The property that gives it its roles, for messages.</summary>
    internal string RightsProperty { get; set; } = "";

    /// <summary>The module that it uses as <paramref name="kind"/>, or null.</summary>
    internal BootModule? ModuleOf(ModuleKind kind) => kind switch
    {
        ModuleKind.Kernel => Kernel,
        ModuleKind.Ramdisk => Ramdisk,
        ModuleKind.DeviceTree => DeviceTree,
        ModuleKind.Configuration => Configuration,
        _ => null,
    };

    /// <summary>Uses a module as <paramref name="kind"/>.</summary>
    internal void Use(ModuleKind kind, BootModule module)
    {
        switch (kind)
        {
            case ModuleKind.Kernel:
                Kernel = module;
                break;
            case ModuleKind.Ramdisk:
                Ramdisk = module;
                break;
            case ModuleKind.DeviceTree:
                DeviceTree = module;
                break;
            case ModuleKind.Configuration:
                Configuration = module;
                break;
        }
    }

    internal void AddDefault(string property, string value) => _defaults.Add(new PlanDefault(property, value));
}
