namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>The words for stop reasons on the console.</summary>
internal static class StopReasonNames
{
    /// <summary>The word, such as <c>triple-fault</c>.</summary>
    public static string Name(StopReason reason) => reason switch
    {
        StopReason.None => "none",
        StopReason.PowerOff => "poweroff",
        StopReason.Reboot => "reboot",
        StopReason.Crash => "crash",
        StopReason.TripleFault => "triple-fault",
        StopReason.UnhandledExit => "unhandled-exit",
        StopReason.InvalidState => "invalid-state",
        StopReason.Halted => "halted",
        StopReason.Watchdog => "watchdog",
        StopReason.Destroyed => "destroyed",
        _ => "unknown",
    };

    /// <summary>Whether an exit of a processor's was the reason, so that the record has its registers.</summary>
    public static bool HasRegisters(StopReason reason)
        => reason is StopReason.TripleFault or StopReason.UnhandledExit or StopReason.InvalidState;

    /// <summary>Whether it counts as a failure of the domain, which the recovery domain is told of.</summary>
    public static bool IsFailure(StopReason reason) => reason is StopReason.Crash or StopReason.TripleFault
        or StopReason.UnhandledExit or StopReason.InvalidState or StopReason.Halted
        or StopReason.Watchdog;
}
