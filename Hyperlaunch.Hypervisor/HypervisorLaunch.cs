using System;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Hypervisor.Launch;
using Hyperlaunch.Machine.Digests;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Hypervisor;

/// <summary>
/// The launch from boot information to domains that can run. The kernel makes one, calls <see cref="Launch"/> once, and runs the
/// boot CPU's scheduler with the life that it returns.
/// </summary>
public sealed class HypervisorLaunch
{
    private readonly IMachine _machine;
    private readonly BootInfo _boot;
    private readonly LaunchMemory _memory;
    private readonly ConsoleMultiplexer _console;
    private readonly LogHistory _history;
    private readonly ModuleStore _modules;

    /// <summary>Makes the hypervisor of a machine.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="boot">What its boot loader said.</param>
    /// <param name="memory">Its memory.</param>
    public HypervisorLaunch(IMachine machine, BootInfo boot, LaunchMemory memory)
    {
        _machine = machine;
        _boot = boot;
        _memory = memory;
        _console = new ConsoleMultiplexer(machine.Console, machine.Clock, LaunchPlan.MaximumDomains);
        _history = new LogHistory(_console);
        _modules = new ModuleStore(machine.Memory, memory.Allocator);
        Log = new EventLog(machine.Clock, _history);
    }

    /// <summary>The hypervisor's own lines.</summary>
    public EventLog Log { get; }

    /// <summary>Launches what the boot loader brought, as far as the preparation, or to the end without one.</summary>
    /// <returns>What the boot CPU has to run.</returns>
    public MachineLife Launch()
    {
        LaunchReport.Boot(Log, _boot, _machine.CpuCount, UsableBytes(), _memory.Host.Start);
        for (int i = 0; i < _boot.Problems.Length; i++)
        {
            Log.Say(_boot.Problems[i].Describe());
        }

        LaunchReport.Notices(Log, _machine);

        PlanInput input = new(_boot, _modules, _memory.Reserved.Ranges.ToArray(), (uint)_machine.CpuCount);
        LaunchPlan plan = LaunchPlanReader.Read(input);
        _memory.Allocator.Limit(plan.Hypervisor.Options.MemoryLimit);
        ReportModules(plan);
        LaunchReport.Plan(Log, plan);
        for (int i = 0; i < plan.Problems.Length; i++)
        {
            LaunchReport.Problem(Log, plan.Problems[i]);
        }

        StartedCpus cpus = new(_machine, plan, Log);
        DomainFactory? factory = null;
        if (_machine.TryEnableVirtualization(out IVirtualization? virtualization, out string problem))
        {
            LaunchReport.Virtualization(Log, virtualization!);
            if (plan.Hypervisor.Options.Log == LogLevel.Debug)
            {
                LaunchReport.CapabilityWords(Log, virtualization!);
            }

            cpus.StartOthers(virtualization!);
            LaunchReport.Notices(Log, _machine);
            factory = new DomainFactory(_machine, virtualization!, _memory.Allocator, _modules, plan);
        }
        else
        {
            Log.Say(problem);
        }

        DomainSet domains = new(_machine, plan, _modules, factory, new CpuPlacement(cpus.All), Log, _console);
        return new MachineLife(domains, cpus.BootCpu, _console, _history);
    }

    private ulong UsableBytes()
    {
        ulong bytes = 0;
        for (int i = 0; i < _boot.MemoryMap.Length; i++)
        {
            bytes += _boot.MemoryMap[i].Kind == MemoryKind.Usable ? _boot.MemoryMap[i].Range.Length : 0;
        }

        return bytes;
    }

    private void ReportModules(LaunchPlan plan)
    {
        Span<byte> digest = stackalloc byte[Sha256.DigestSize];
        for (int i = 0; i < plan.Modules.Length; i++)
        {
            ModuleUse module = plan.Modules[i];
            if (!module.IsListed)
            {
                continue;
            }

            if (plan.Hypervisor.Options.Measure)
            {
                Sha256.Hash(_modules.Get(module.Module), digest);
                LaunchReport.Module(Log, module, digest);
            }
            else
            {
                LaunchReport.Module(Log, module, default);
            }
        }
    }
}
