using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>Reports what protects the CPUs: one line for those that follow each other and are protected alike.</summary>
internal sealed class SpeculationGroups
{
    private readonly EventLog _log;
    private readonly bool _usesThreads;
    private SpeculationPolicy _policy;
    private int _first;
    private int _last;

    /// <summary>Begins with the boot CPU.</summary>
    public SpeculationGroups(EventLog log, SpeculationPolicy policy, bool usesThreads)
    {
        _log = log;
        _usesThreads = usesThreads;
        _policy = policy;
    }

    /// <summary>Adds a CPU that was started.</summary>
    public void Add(int cpu, SpeculationPolicy policy)
    {
        if (cpu != _last + 1 || !policy.Equals(_policy))
        {
            End();
            _first = cpu;
            _policy = policy;
        }

        _last = cpu;
    }

    /// <summary>Reports the last group.</summary>
    public void End() => LaunchReport.Speculation(_log, _first, _last, _policy, _usesThreads);
}
