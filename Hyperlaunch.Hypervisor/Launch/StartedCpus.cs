using System.Collections.Generic;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Execution;

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

    /// <summary>Starts each other CPU that there is work for. Virtualization has been enabled.</summary>
    public void StartOthers()
    {
        uint limit = _plan.Hypervisor.Options.ProcessorLimit;
        int cpus = limit != 0 && limit < (uint)_machine.CpuCount ? (int)limit : _machine.CpuCount;
        cpus = _processors < cpus ? _processors : cpus;
        List<CpuScheduler> started = new() { BootCpu };
        for (int i = 1; i < cpus; i++)
        {
            CpuScheduler scheduler = new(_machine.Clock, _processors);
            if (_machine.TryStartCpu(i, scheduler))
            {
                started.Add(scheduler);
            }
            else
            {
                LaunchReport.CpuFailed(_log, i);
            }
        }

        All = started.ToArray();
    }
}
