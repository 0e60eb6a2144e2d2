using System;
using Hyperlaunch.Domains.Boot;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Domains.Execution;
using Hyperlaunch.Domains.Images;
using Hyperlaunch.Domains.Passthrough;
using Hyperlaunch.Domains.Plan;

namespace Hyperlaunch.Domains.Launch;

/// <summary>
/// Makes domains of their plans: memory, platform, processors, and the image in them. What a domain needs is taken when it is first
/// built and used again when it is built anew.
/// </summary>
public sealed class DomainFactory
{
    private readonly IMachine _machine;
    private readonly IVirtualization _virtualization;
    private readonly PageAllocator _allocator;
    private readonly IModuleBytes _modules;
    private readonly BootModule[] _moduleList;
    private readonly CpuidPolicy _cpuid;

    /// <summary>Makes a factory.</summary>
    public DomainFactory(IMachine machine, IVirtualization virtualization, PageAllocator allocator, IModuleBytes modules, BootModule[] moduleList)
    {
        _machine = machine;
        _virtualization = virtualization;
        _allocator = allocator;
        _modules = modules;
        _moduleList = moduleList;
        _cpuid = new CpuidPolicy(machine.Processor);
    }

    /// <summary>Builds a domain for the first time, paused.</summary>
    /// <param name="domain">The domain.</param>
    /// <param name="entry">Where its first processor starts, and how.</param>
    /// <param name="problem">Where this returns false: what is wrong, in a sentence. Nothing has been kept.</param>
    public bool TryCreate(Domain domain, out DomainEntry entry, out string problem)
    {
        entry = default;
        DomainPlan plan = domain.Plan;
        GuestMemory memory = new(_machine.Memory, _allocator, _virtualization.NestedPages);
        if (!memory.TryAllocate(plan.MemoryKib << 10, HasHardware(plan), out ConstructionProblem shortage))
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

        IGuestInterface[] interfaces = [new KvmClock(_machine.Clock, processors.Length)];
        domain.Machine = new(memory, domain, domain.Channel, processors, _machine.Clock, _cpuid, interfaces)
        {
            Domid = (int)domain.Id,
        };
        if (HasHardware(plan))
        {
            domain.Hardware = new HardwareAccess(_machine.Hardware!, _allocator);
            domain.Machine.Platform.Attach(domain.Hardware);
        }

        if (!TryBuild(domain, out entry, out problem))
        {
            memory.Destroy();
            domain.Machine = null;
            domain.Hardware = null;
            return false;
        }

        domain.State = DomainState.Paused;
        return true;
    }

    /// <summary>
    /// Builds a domain anew, in the memory and with the processors that it has: its modules are still there, and none of its
    /// processors is in use. Its state stays what it is.
    /// </summary>
    /// <param name="domain">The domain.</param>
    /// <param name="entry">Where its first processor starts, and how.</param>
    /// <param name="problem">Where this returns false: what is wrong, in a sentence.</param>
    public bool TryRebuild(Domain domain, out DomainEntry entry, out string problem)
    {
        domain.Machine!.Memory.Reset();
        return TryBuild(domain, out entry, out problem);
    }

    // The one place that gives a domain the machine's devices. Without direct-mapped memory it could not use them: what a device
    // reads and writes would be another's memory.
    private bool HasHardware(DomainPlan plan)
        => plan.Has(DomainRoles.Hardware) && plan.IsDirectMapped && _machine.Hardware is not null;

    private bool TryBuild(Domain domain, out DomainEntry entry, out string problem)
    {
        DomainPlan plan = domain.Plan;
        VirtualMachine machine = domain.Machine!;
        entry = default;
        machine.Reset(domain.VirtualCpus);
        ReadOnlySpan<byte> bytes = plan.Kernel is null ? default : _modules.Get(plan.Kernel);
        ReadOnlySpan<byte> ramdisk = plan.Ramdisk is null ? default : _modules.Get(plan.Ramdisk);
        if (!KernelImage.TryParse(bytes, out KernelImage kernel, out ImageProblem unfit))
        {
            problem = unfit.Describe();
            return false;
        }

        BootMaterial material = BootDomainMaterial.Of(plan, _moduleList, _modules);
        DomainImage image = new(
            kernel, ramdisk, domain.CommandLine, machine.CpuCount, FlagsOf(plan), material, machine.Platform.Description);
        if (!DomainImageBuilder.TryBuild(in image, machine.Memory, out entry, out ConstructionProblem unbuilt))
        {
            problem = unbuilt.Describe();
            return false;
        }

        domain.Hardware?.Start(machine);
        machine.Start(in entry);
        problem = "";
        return true;
    }

    private static StartFlags FlagsOf(DomainPlan plan)
    {
        StartFlags flags = plan.Has(DomainRoles.Control) ? StartFlags.Privileged : StartFlags.None;
        return plan.IsLegacyDom0 ? flags | StartFlags.InitialDomain : flags;
    }
}
