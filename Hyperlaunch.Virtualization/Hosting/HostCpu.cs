using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Virtualization.Hosting;

/// <summary>One CPU of the machine as a virtualization extension sees it. A kernel only keeps it, for each CPU its own.</summary>
public abstract class HostCpu
{
    private protected HostCpu(SpeculationPolicy speculation) => Speculation = speculation;

    /// <summary>What protects this CPU from guests' speculation.</summary>
    internal SpeculationPolicy Speculation { get; }

    /// <summary>Which guest processor's state is in this CPU: a <c>ResidentState</c>, or null.</summary>
    internal object? Resident { get; set; }
}
