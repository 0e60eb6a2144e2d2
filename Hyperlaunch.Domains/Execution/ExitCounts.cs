namespace Hyperlaunch.Domains.Execution;

/// <summary>How often a domain's processors stopped, by reason.</summary>
public sealed class ExitCounts
{
    private readonly ulong[] _counts = new ulong[(int)ExitReason.Unknown + 1];

    /// <summary>The words for the reasons on the console, in the order of <see cref="ExitReason"/>.</summary>
    private static readonly string[] Names =
    {
        "invalid-state", "interrupt", "nmi", "exception", "interrupt-window", "nmi-window", "time-slice", "triple-fault", "cpuid",
        "cache", "halt", "pause", "monitor", "xsetbv", "rdmsr", "wrmsr", "port", "control-register", "debug-register",
        "nested-fault", "nested-misconfiguration", "hypercall", "virtualization", "rdtsc", "rdpmc", "task-switch", "unknown",
    };

    /// <summary>How many reasons there are.</summary>
    public static int ReasonCount => Names.Length;

    /// <summary>The word for a reason.</summary>
    public static string Name(int reason) => (uint)reason < (uint)Names.Length ? Names[reason] : "unknown";

    /// <summary>How often a reason was met.</summary>
    public ulong this[int reason] => _counts[reason];

    /// <summary>Counts one exit.</summary>
    public void Count(ExitReason reason) => _counts[(int)reason]++;

    /// <summary>Adds another processor's counts.</summary>
    public void Add(ExitCounts other)
    {
        for (int i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }
    }

    /// <summary>Starts anew.</summary>
    public void Clear()
    {
        for (int i = 0; i < _counts.Length; i++)
        {
            _counts[i] = 0;
        }
    }
}
