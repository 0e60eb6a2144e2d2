using System.Collections.Generic;
using Hyperlaunch.Modules.Boot;
using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Domains.Plan;

/// <summary>One domain as it will be built, whichever dialect described it. Immutable.</summary>
public sealed class DomainPlan
{
    /// <summary>The most virtual CPUs that a domain can have: as many as its ACPI tables describe.</summary>
    public const uint MaximumVirtualCpus = PlatformLayout.MaximumProcessors;

    internal DomainPlan(DomainDraft draft)
    {
        Id = draft.Id;
        Name = draft.Name;
        Path = draft.Path;
        Dialect = draft.Dialect;
        IsLaunchable = draft.IsLaunchable;
        Roles = draft.Roles;
        IsLegacyDom0 = draft.IsLegacyDom0;
        RequestedMode = draft.RequestedMode;
        Uuid = draft.Uuid;
        VirtualCpus = draft.VirtualCpus;
        MemoryKib = draft.MemoryKib;
        MinimumMemoryKib = draft.MinimumMemoryKib;
        MaximumMemoryKib = draft.MaximumMemoryKib;
        TakesRemainingMemory = draft.TakesRemainingMemory;
        Kernel = draft.Kernel?.Module;
        Ramdisk = draft.Ramdisk?.Module;
        DeviceTree = draft.DeviceTree?.Module;
        Configuration = draft.Configuration?.Module;
        CommandLine = draft.CommandLine;
        CommandLineOfTree = draft.CommandLineOfTree;
        SecurityId = draft.SecurityId;
        BootTimeoutMilliseconds = draft.BootTimeoutMilliseconds;
        RetainModules = draft.RetainModules;
        IsDirectMapped = draft.IsDirectMapped;
        OnCrash = draft.OnCrash;
        Interface = draft.Interface;
        OnBackendLoss = draft.OnBackendLoss;
        Disks = DisksOf(draft);
        Networks = NetworksOf(draft);
        Defaults = draft.Defaults.ToArray();
    }

    /// <summary>Its number.</summary>
    public DomainId Id { get; }

    /// <summary>Its name: that of its node. No two domains of a plan have the same.</summary>
    public string Name { get; }

    /// <summary>The path of its node; <c>/</c> for the dom0 of a classic boot, which has none.</summary>
    public string Path { get; }

    /// <summary>The dialect of its node.</summary>
    public LaunchDialect Dialect { get; }

    /// <summary>Whether it can be built. False when one of the plan's problems stops it.</summary>
    public bool IsLaunchable { get; }

    /// <summary>Its roles.</summary>
    public DomainRoles Roles { get; }

    /// <summary>Whether it is the dom0 of old: it keeps number 0, and takes what memory and ramdisk there is.</summary>
    public bool IsLegacyDom0 { get; }

    /// <summary>The mode that was requested. Every domain is launched hardware-assisted and without a device model.</summary>
    public DomainModes RequestedMode { get; }

    /// <summary>Its UUID, 16 bytes; empty when it has none.</summary>
    public byte[] Uuid { get; }

    /// <summary>How many virtual CPUs it has, 1 to <see cref="MaximumVirtualCpus"/>.</summary>
    public uint VirtualCpus { get; }

    /// <summary>Its memory in KiB.</summary>
    public ulong MemoryKib { get; }

    /// <summary>The least memory in KiB with which it is still launched.</summary>
    public ulong MinimumMemoryKib { get; }

    /// <summary>The most memory in KiB that it may ever be given.</summary>
    public ulong MaximumMemoryKib { get; }

    /// <summary>Whether it gets whatever memory the others leave.</summary>
    public bool TakesRemainingMemory { get; }

    /// <summary>Its kernel. Null only when the domain cannot be launched.</summary>
    public BootModule? Kernel { get; }

    /// <summary>Its initial ramdisk, or null.</summary>
    public BootModule? Ramdisk { get; }

    /// <summary>The device tree that it is handed, or null.</summary>
    public BootModule? DeviceTree { get; }

    /// <summary>The configuration that it is handed, or null.</summary>
    public BootModule? Configuration { get; }

    /// <summary>Its kernel's command line.</summary>
    public string CommandLine { get; }

    /// <summary>The command line that the tree gives, whichever is used; empty when it gives none.</summary>
    public string CommandLineOfTree { get; }

    /// <summary>Its security label; kept for whoever asks, without effect on the launch.</summary>
    public string SecurityId { get; }

    /// <summary>How long a boot domain may take, in milliseconds; 0 for as long as it likes.</summary>
    public uint BootTimeoutMilliseconds { get; }

    /// <summary>Whether its modules are kept after the launch, so that it can be built again.</summary>
    public bool RetainModules { get; }

    /// <summary>
    /// Whether its memory lies where the machine's does, so that the machine's devices can reach it: a hardware domain that
    /// drives them asks for it.
    /// </summary>
    public bool IsDirectMapped { get; }

    /// <summary>What is done when it fails.</summary>
    public CrashAction OnCrash { get; }

    /// <summary>What it is offered beyond a PC.</summary>
    public GuestInterfaceKind Interface { get; }

    /// <summary>What becomes of it when a domain ends that gives it a disk or a network.</summary>
    public BackendLossAction OnBackendLoss { get; }

    /// <summary>The disks that other domains give it.</summary>
    public DiskPlan[] Disks { get; }

    /// <summary>The network interfaces that other domains give it.</summary>
    public NetworkPlan[] Networks { get; }

    /// <summary>Whether it can be built again: its memory and its modules are kept for that. A boot domain runs once.</summary>
    public bool IsRestartable => RolePolicy.MayBeRestarted(Roles) && (RetainModules || OnCrash == CrashAction.Restart);

    /// <summary>What its node did not say, and what is used instead.</summary>
    public PlanDefault[] Defaults { get; }

    /// <summary>Whether it has every one of <paramref name="roles"/>.</summary>
    public bool Has(DomainRoles roles) => (Roles & roles) == roles;

    /// <summary>Whether another domain gives it a disk or a network.</summary>
    public bool DependsOn(DomainId backend)
    {
        bool depends = false;
        for (int i = 0; i < Disks.Length; i++)
        {
            depends |= Disks[i].Backend.Value == backend.Value;
        }

        for (int i = 0; i < Networks.Length; i++)
        {
            depends |= Networks[i].Backend.Value == backend.Value;
        }

        return depends;
    }

    private static DiskPlan[] DisksOf(DomainDraft draft)
    {
        List<DiskPlan> disks = new();
        for (int i = 0; i < draft.Devices.Count; i++)
        {
            if (draft.Devices[i].IsDisk && draft.Devices[i].Backend is not null)
            {
                disks.Add(new DiskPlan(draft.Devices[i]));
            }
        }

        return disks.ToArray();
    }

    private static NetworkPlan[] NetworksOf(DomainDraft draft)
    {
        List<NetworkPlan> networks = new();
        for (int i = 0; i < draft.Devices.Count; i++)
        {
            if (!draft.Devices[i].IsDisk && draft.Devices[i].Backend is not null)
            {
                networks.Add(new NetworkPlan(draft.Devices[i], (uint)networks.Count));
            }
        }

        return networks.ToArray();
    }
}
