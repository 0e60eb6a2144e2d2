namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>What happens when one of a domain's <see cref="XenTimers"/> runs out. The domain's gate is held.</summary>
internal interface ITimerEvents
{
    /// <summary>A processor's single-shot or periodic timer.</summary>
    void OnTimer(int processor);

    /// <summary>A processor has polled as long as it wanted.</summary>
    void OnPollEnd(int processor);

    /// <summary>A watchdog of the domain.</summary>
    void OnWatchdog();
}
