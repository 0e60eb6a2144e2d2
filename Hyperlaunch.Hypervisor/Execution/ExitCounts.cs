namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>How often a domain's processors stopped, by reason.</summary>
public sealed class ExitCounts
{
    private readonly ulong[] _counts = new ulong[ReasonCount];

    /// <summary>How many reasons there are.</summary>
    public static int ReasonCount => (int)ExitReason.Unknown + 1;

    /// <summary>The word for a reason on the console.</summary>
    public static string Name(ExitReason reason) => reason switch
    {
        ExitReason.InvalidState => "invalid-state",
        ExitReason.ExternalInterrupt => "interrupt",
        ExitReason.NonMaskableInterrupt => "nmi",
        ExitReason.Exception => "exception",
        ExitReason.InterruptWindow => "interrupt-window",
        ExitReason.NmiWindow => "nmi-window",
        ExitReason.TimeSlice => "time-slice",
        ExitReason.TripleFault => "triple-fault",
        ExitReason.Cpuid => "cpuid",
        ExitReason.CacheInvalidate => "cache",
        ExitReason.Halt => "halt",
        ExitReason.Pause => "pause",
        ExitReason.MonitorWait => "monitor",
        ExitReason.SetExtendedControl => "xsetbv",
        ExitReason.ReadMsr => "rdmsr",
        ExitReason.WriteMsr => "wrmsr",
        ExitReason.PortAccess => "port",
        ExitReason.ControlRegister => "control-register",
        ExitReason.DebugRegister => "debug-register",
        ExitReason.NestedPageFault => "nested-fault",
        ExitReason.NestedMisconfiguration => "nested-misconfiguration",
        ExitReason.Hypercall => "hypercall",
        ExitReason.VirtualizationInstruction => "virtualization",
        ExitReason.ReadTimeStamp => "rdtsc",
        ExitReason.ReadPerformanceCounter => "rdpmc",
        ExitReason.TaskSwitch => "task-switch",
        ExitReason.Reinjected => "reinjected",
        ExitReason.BusLock => "bus-lock",
        ExitReason.NoEventWindow => "no-event-window",
        _ => "unknown",
    };

    /// <summary>How often a reason was met.</summary>
    public ulong this[int reason] => _counts[reason];

    /// <summary>How often any reason was met.</summary>
    public ulong Total
    {
        get
        {
            ulong total = 0;
            for (int i = 0; i < _counts.Length; i++)
            {
                total += _counts[i];
            }

            return total;
        }
    }

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
