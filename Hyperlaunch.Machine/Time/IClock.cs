namespace Hyperlaunch.Machine.Time;

/// <summary>The machine's monotonic time, the same on every CPU.</summary>
public interface IClock
{
    /// <summary>Nanoseconds since the hypervisor was entered; never goes back.</summary>
    ulong Nanoseconds { get; }

    /// <summary>The machine's time-stamp counter as it is now.</summary>
    ulong TimeStamp { get; }

    /// <summary>The time-stamp counter's value when <see cref="Nanoseconds"/> was 0.</summary>
    ulong TimeStampOrigin { get; }

    /// <summary>
    /// Whether the time-stamp counter is one clock: it runs at one rate in all power states, and the same on all CPUs that are
    /// used.
    /// </summary>
    bool IsStable { get; }

    /// <summary>The time-stamp counter's frequency in kHz.</summary>
    ulong TimeStampKilohertz { get; }

    /// <summary>
    /// Seconds since 1970-01-01T00:00:00Z when <see cref="Nanoseconds"/> was 0; 0 when the machine does not know.
    /// </summary>
    ulong WallClockOrigin { get; }
}
