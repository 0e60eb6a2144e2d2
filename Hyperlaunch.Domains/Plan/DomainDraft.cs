using System.Collections.Generic;
using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// One domain while its description is read and checked: what <see cref="DomainPlan"/> will say, and what only the reading
/// needs.
/// </summary>
internal sealed class DomainDraft
{
    private DomainId _requestedId;

    internal DomainDraft(string name, string path, LaunchDialect dialect)
    {
        Name = name;
        Path = path;
        Dialect = dialect;
    }

    internal DomainId Id { get; set; }

    internal string Name { get; set; }

    internal string Path { get; }

    internal LaunchDialect Dialect { get; }

    internal bool IsLaunchable { get; set; } = true;

    internal DomainRoles Roles { get; set; }

    internal bool IsLegacyDom0 { get; set; }

    internal DomainModes RequestedMode { get; set; }

    internal byte[] Uuid { get; set; } = [];

    internal uint VirtualCpus { get; set; } = 1;

    internal ulong MemoryKib { get; set; }

    internal ulong MinimumMemoryKib { get; set; }

    internal ulong MaximumMemoryKib { get; set; }

    internal bool TakesRemainingMemory { get; set; }

    internal ModuleDraft? Kernel { get; private set; }

    internal ModuleDraft? Ramdisk { get; private set; }

    internal ModuleDraft? DeviceTree { get; private set; }

    internal ModuleDraft? Configuration { get; private set; }

    internal string CommandLine { get; set; } = "";

    internal string CommandLineOfTree { get; set; } = "";

    internal string SecurityId { get; set; } = "";

    internal uint BootTimeoutMilliseconds { get; set; }

    internal bool RetainModules { get; set; }

    internal bool IsDirectMapped { get; set; }

    internal CrashAction OnCrash { get; set; }

    internal GuestInterfaceKind Interface { get; set; }

    /// <summary>Whether its node says which interface it has.</summary>
    internal bool NamesInterface { get; set; }

    /// <summary>What other domains give it.</summary>
    internal List<DeviceDraft> Devices { get; } = new();

    internal BackendLossAction OnBackendLoss { get; set; }

    /// <summary>By which other nodes refer to its node; 0 for none.</summary>
    internal uint Handle { get; set; }

    internal List<PlanDefault> Defaults { get; } = new();

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

    /// <summary>The path of its kernel's node.</summary>
    internal string KernelPath { get; set; } = "";

    /// <summary>Whether its description says which its ramdisk is, or that there is none.</summary>
    internal bool NamesRamdisk { get; set; }

    /// <summary>The property that gives it its roles, for messages.</summary>
    internal string RightsProperty { get; set; } = "";

    /// <summary>The module that it uses as <paramref name="kind"/>, or null.</summary>
    internal ModuleDraft? ModuleOf(ModuleKind kind) => kind switch
    {
        ModuleKind.Kernel => Kernel,
        ModuleKind.Ramdisk => Ramdisk,
        ModuleKind.DeviceTree => DeviceTree,
        ModuleKind.Configuration => Configuration,
        _ => null,
    };

    /// <summary>Uses a module as <paramref name="kind"/>.</summary>
    internal void Use(ModuleKind kind, ModuleDraft module)
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

    internal void AddDefault(string property, string value) => Defaults.Add(new PlanDefault(property, value));
}
