using System;
using System.Diagnostics.CodeAnalysis;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Hypervisor.Passthrough;
using Hyperlaunch.Hypervisor.Xen;
using Hyperlaunch.Hypervisor.Xen.Store;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Modules.Images;
using Hyperlaunch.Platform.Acpi;
using Hyperlaunch.Platform.Serial;

namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>
/// Makes domains of their plans: memory, platform, processors, and the image in them. What a domain needs is taken when it is
/// first built and used again when it is built anew.
/// </summary>
internal sealed class DomainFactory
{
    private readonly IMachine _machine;
    private readonly IVirtualization _virtualization;
    private readonly PageAllocator _allocator;
    private readonly IModuleBytes _modules;
    private readonly LaunchPlan _plan;
    private readonly CpuidPolicy _cpuid;
    private readonly XenHost _xen;
    private readonly bool _hasInterfaceMemory;

    /// <summary>Makes a factory.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="virtualization">Its virtualization extension.</param>
    /// <param name="allocator">Its memory.</param>
    /// <param name="modules">The bytes of the boot modules.</param>
    /// <param name="plan">What is launched.</param>
    public DomainFactory(
        IMachine machine, IVirtualization virtualization, PageAllocator allocator, IModuleBytes modules, LaunchPlan plan)
    {
        _machine = machine;
        _virtualization = virtualization;
        _allocator = allocator;
        _modules = modules;
        _plan = plan;
        _cpuid = new CpuidPolicy(machine.Processor, machine.Clock.IsStable);
        ulong bytes = InterfaceMemory.BytesFor(plan);
        MemoryRange region = default;
        _hasInterfaceMemory = bytes == 0 || allocator.TryAllocatePages(bytes / PageSizes.Page, out region);
        if (!region.IsEmpty)
        {
            machine.GrowHeap(region);
        }

        _xen = new XenHost(_hasInterfaceMemory ? XenDemand.Domains(plan) : 0);
        Nodes = new XenNodes(_xen.Store, plan);
    }

    /// <summary>Where the domains tell each other what they have.</summary>
    public XenStore Store => _xen.Store;

    /// <summary>What the store holds of the domains.</summary>
    public XenNodes Nodes { get; }

    /// <summary>Builds a domain for the first time, paused.</summary>
    /// <param name="plan">What it is planned as.</param>
    /// <param name="domain">The domain; null where this returns false.</param>
    /// <param name="problem">Where this returns false: what is wrong, in a sentence. No memory has been kept.</param>
    public bool TryCreate(DomainPlan plan, [NotNullWhen(true)] out Domain? domain, out string problem)
    {
        domain = null;
        if (plan.Interface == GuestInterfaceKind.Xen && !_hasInterfaceMemory)
        {
            problem = "The hypervisor has no memory left for Xen's interface.";
            return false;
        }

        GuestMemory memory = new(_machine.Memory, _allocator, _virtualization.NestedPages);
        HardwareAccess? hardware = HasHardware(plan) ? new HardwareAccess(_machine.Hardware!, _allocator) : null;
        ulong deviceTables = hardware?.TablesNeeded ?? 0;
        if (!memory.TryAllocate(plan.MemoryKib << 10, hardware is not null, deviceTables, out ConstructionProblem shortage))
        {
            problem = shortage.Describe();
            return false;
        }

        IVirtualProcessor[] processors = new IVirtualProcessor[plan.VirtualCpus];
        for (int i = 0; i < processors.Length; i++)
        {
            IVirtualProcessor? processor = _virtualization.CreateProcessor(memory.Tables!.Root);
            if (processor is null)
            {
                memory.Destroy();
                problem = "The hypervisor has no memory left for the state of virtual CPU " + (uint)i + ".";
                return false;
            }

            processors[i] = processor;
        }

        Domain made = Assemble(plan, memory, processors, hardware);
        if (!TryBuild(made, out problem))
        {
            made.Machine.Release();
            memory.Destroy();
            return false;
        }

        domain = made;
        return true;
    }

    /// <summary>
    /// Builds a domain anew, in the memory and with the processors that it has: its modules are still there, and none of its
    /// processors is in use. Its state stays what it is.
    /// </summary>
    /// <param name="domain">The domain.</param>
    /// <param name="problem">Where this returns false: what is wrong, in a sentence.</param>
    public bool TryRebuild(Domain domain, out string problem)
    {
        domain.Machine.Memory.Reset();
        if (TryBuild(domain, out problem))
        {
            return true;
        }

        domain.Machine.Release();
        return false;
    }

    private Domain Assemble(DomainPlan plan, GuestMemory memory, IVirtualProcessor[] processors, HardwareAccess? hardware)
    {
        int domid = (int)plan.Id.Value;
        DomainConsole console = new(_plan.Hypervisor.Options.PrefixByName ? "(" + plan.Name + ") " : "(d" + plan.Id.Value + ") ");
        ControlChannel? channel = RolePolicy.HasControlChannel(plan.Roles) ? new ControlChannel() : null;
        IGuestInterface[] interfaces = MakeInterfaces(plan, processors.Length, console.Ring);
        VirtualMachine machine = new(domid, memory, console, channel, processors, _machine.Clock, _cpuid, interfaces);
        if (hardware is not null)
        {
            machine.Platform.Attach(hardware);
        }

        return new Domain(plan, machine, hardware, console, channel);
    }

    // Their order is that of their CPUID leaves.
    private IGuestInterface[] MakeInterfaces(DomainPlan plan, int processors, ISerialSink console) => plan.Interface switch
    {
        GuestInterfaceKind.None => [],
        GuestInterfaceKind.Xen =>
        [
            new KvmClock(_machine.Clock, processors),
            new XenInterface(
                _xen, _machine.Clock, _machine.Processor, processors, XenDemand.ForeignPages(_plan, plan), console,
                RolePolicy.HasStore(plan.Roles)),
        ],
        _ => [new KvmClock(_machine.Clock, processors)],
    };

    // The one place that gives a domain the machine's devices.
    private bool HasHardware(DomainPlan plan)
        => RolePolicy.MayHaveHardware(plan.Roles, plan.IsDirectMapped) && _machine.Hardware is not null;

    private bool TryBuild(Domain domain, out string problem)
    {
        DomainPlan plan = domain.Plan;
        VirtualMachine machine = domain.Machine;
        machine.Reset(domain.VirtualCpus);
        ReadOnlySpan<byte> bytes = plan.Kernel is null ? default : _modules.Get(plan.Kernel);
        ReadOnlySpan<byte> ramdisk = plan.Ramdisk is null ? default : _modules.Get(plan.Ramdisk);
        if (!KernelImage.TryParse(bytes, out KernelImage kernel, out ImageProblem unfit))
        {
            problem = unfit.Describe();
            return false;
        }

        BootMaterial material = BootDomainMaterial.Of(plan.Roles, plan.Configuration, _plan.Modules, _modules);
        StartFlags flags = RolePolicy.StartFlagsOf(plan.Roles, plan.IsLegacyDom0);
        DomainImage image = new(
            kernel, ramdisk, domain.CommandLine, machine.CpuCount, flags, material, machine.Platform.Description,
            plan.Interface == GuestInterfaceKind.Xen ? WallClockSource.Interface : WallClockSource.Device);
        if (!DomainImageBuilder.TryBuild(in image, machine.Memory, out DomainEntry entry, out ConstructionProblem unbuilt))
        {
            problem = unbuilt.Describe();
            return false;
        }

        if (domain.Hardware is not null && !domain.Hardware.TryStart(machine))
        {
            problem = "Some of the domain's memory cannot be reached, so no device can be let write into it.";
            return false;
        }

        if (plan.Interface == GuestInterfaceKind.Xen)
        {
            Nodes.Write(plan, machine.CpuCount);
        }

        machine.Start(in entry);
        problem = "";
        return true;
    }
}
