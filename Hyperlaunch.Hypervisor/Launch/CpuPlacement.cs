using System;
using Hyperlaunch.Hypervisor.Execution;

namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>
/// The schedulers of the machine's CPUs, and where each processor of a domain lives: alone on a CPU while there are CPUs left,
/// then where the fewest live. Of equal ones the highest number is taken, so that the boot CPU, which also serves the console,
/// comes last.
/// </summary>
internal sealed class CpuPlacement
{
    private readonly CpuScheduler[] _schedulers;

    public CpuPlacement(CpuScheduler[] schedulers)
    {
        _schedulers = schedulers;
    }

    /// <summary>Gives every processor of a machine its home.</summary>
    public void Place(VirtualMachine machine)
    {
        for (int i = 0; i < machine.CpuCount; i++)
        {
            CpuScheduler least = _schedulers[0];
            for (int cpu = 1; cpu < _schedulers.Length; cpu++)
            {
                least = _schedulers[cpu].Count <= least.Count ? _schedulers[cpu] : least;
            }

            if (!least.TryAdd(machine.Cpu(i)))
            {
                throw new InvalidOperationException("A CPU's scheduler has no place left for a domain's processor.");
            }
        }
    }
}
