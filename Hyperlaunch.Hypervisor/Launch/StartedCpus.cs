using System.Collections.Generic;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>
/// The schedulers of the machine's CPUs: the boot CPU's from the beginning, the others' once there is work for them.
/// </summary>
internal sealed class StartedCpus
{
    private readonly IMachine _machine;
    private readonly LaunchPlan _plan;
    private readonly EventLog _log;
    private readonly int _processors;

    /// <summary>Makes the boot CPU's scheduler.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="plan">What is launched.</param>
    /// <param name="log">Takes the event of a CPU that does not start.</param>
    public StartedCpus(IMachine machine, LaunchPlan plan, EventLog log)
    {
        _machine = machine;
        _plan = plan;
        _log = log;
        uint processors = 0;
        for (int i = 0; i < plan.CreationOrder.Length; i++)
        {
            processors += plan.CreationOrder[i].VirtualCpus;
        }

        _processors = (int)processors;
        BootCpu = new CpuScheduler(machine.Clock, _processors);
        All = [BootCpu];
    }

    /// <summary>The boot CPU's scheduler.</summary>
    public CpuScheduler BootCpu { get; }

    /// <summary>Those of the CPUs that have been started.</summary>
    public CpuScheduler[] All { get; private set; }

    /// <summary>
    /// Starts each other CPU that there is work for, and says what protects those that run from guests' speculation.
    /// </summary>
    /// <param name="virtualization">It has been enabled on the boot CPU.</param>
    public void StartOthers(IVirtualization virtualization)
    {
        uint limit = _plan.Hypervisor.Options.ProcessorLimit;
        int cpus = limit != 0 && limit < (uint)_machine.CpuCount ? (int)limit : _machine.CpuCount;
        cpus = _processors < cpus ? _processors : cpus;
        bool usesThreads = _plan.Hypervisor.Options.UsesThreads;
        int used = 1;
        int siblings = 0;
        SpeculationGroups groups = new(_log, virtualization.Speculation, usesThreads);
        List<CpuScheduler> started = new() { BootCpu };
        for (int i = 1; i < _machine.CpuCount && used < cpus; i++)
        {
            if (!usesThreads && IsSibling(i))
            {
                siblings++;
                continue;
            }

            used++;
            CpuScheduler scheduler = new(_machine.Clock, _processors);
            if (_machine.TryStartCpu(i, scheduler))
            {
                started.Add(scheduler);
                groups.Add(i, virtualization.Speculation);
            }
            else
            {
                LaunchReport.CpuFailed(_log, i);
            }
        }

        groups.End();
        if (siblings != 0)
        {
            LaunchReport.SiblingsUnused(_log, siblings);
        }

        All = started.ToArray();
    }

    // Of a core's threads the first is used.
    private bool IsSibling(int cpu)
    {
        int threadBits = ThreadTopology.ThreadBits(_machine.Processor);
        bool isSibling = false;
        for (int i = 0; i < cpu; i++)
        {
            isSibling |= ThreadTopology.AreSiblings(_machine.ApicIdOf(i), _machine.ApicIdOf(cpu), threadBits);
        }

        return isSibling;
    }
}
