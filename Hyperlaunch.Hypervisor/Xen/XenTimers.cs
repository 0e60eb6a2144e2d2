using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>
/// The times that a domain waits for: each processor's single-shot and periodic timer and the end of its poll, and the domain's
/// two watchdogs. All are in the machine's nanoseconds; the domain's gate is held.
/// </summary>
internal sealed class XenTimers : TimedDevice
{
    /// <summary>How many watchdogs a domain has.</summary>
    public const int Watchdogs = 2;

    private readonly ITimerEvents _events;
    private readonly ulong[] _oneShot;
    private readonly ulong[] _next;
    private readonly ulong[] _period;
    private readonly ulong[] _poll;
    private readonly ulong[] _watchdogs = new ulong[Watchdogs];

    /// <summary>Makes the timers of a domain; none runs.</summary>
    /// <param name="events">Is told when one runs out.</param>
    /// <param name="processors">The most processors that the domain can have.</param>
    public XenTimers(ITimerEvents events, int processors)
    {
        _events = events;
        _oneShot = new ulong[processors];
        _next = new ulong[processors];
        _period = new ulong[processors];
        _poll = new ulong[processors];
        Reset();
    }

    /// <inheritdoc/>
    public override void Reset()
    {
        for (int i = 0; i < _oneShot.Length; i++)
        {
            _oneShot[i] = ulong.MaxValue;
            _next[i] = ulong.MaxValue;
            _period[i] = 0;
            _poll[i] = ulong.MaxValue;
        }

        for (int i = 0; i < Watchdogs; i++)
        {
            _watchdogs[i] = ulong.MaxValue;
        }

        Deadline = ulong.MaxValue;
    }

    /// <inheritdoc/>
    public override void Advance(ulong now)
    {
        if (now < Deadline)
        {
            return;
        }

        for (int i = 0; i < _oneShot.Length; i++)
        {
            if (now >= _oneShot[i])
            {
                _oneShot[i] = ulong.MaxValue;
                _events.OnTimer(i);
            }

            if (now >= _next[i])
            {
                // One event for all that are due: a guest that was not let run for long is not flooded.
                ulong next = _next[i] + _period[i];
                _next[i] = next > now ? next : now + _period[i];
                _events.OnTimer(i);
            }

            if (now >= _poll[i])
            {
                _poll[i] = ulong.MaxValue;
                _events.OnPollEnd(i);
            }
        }

        for (int i = 0; i < Watchdogs; i++)
        {
            if (now >= _watchdogs[i])
            {
                _watchdogs[i] = ulong.MaxValue;
                _events.OnWatchdog();
            }
        }

        FindDeadline();
    }

    /// <summary>Sets a processor's single-shot timer; <see cref="ulong.MaxValue"/> stops it.</summary>
    public void SetOneShot(int processor, ulong time)
    {
        _oneShot[processor] = time;
        FindDeadline();
    }

    /// <summary>Sets a processor's periodic timer, which runs out first after one period; 0 stops it.</summary>
    public void SetPeriod(int processor, ulong now, ulong period)
    {
        _period[processor] = period;
        _next[processor] = period == 0 ? ulong.MaxValue : now + period;
        FindDeadline();
    }

    /// <summary>
    /// Sets the time at which a processor's poll ends without an event; <see cref="ulong.MaxValue"/> for never.
    /// </summary>
    public void SetPollEnd(int processor, ulong time)
    {
        _poll[processor] = time;
        FindDeadline();
    }

    /// <summary>Whether a watchdog is set.</summary>
    public bool IsWatching(int watchdog) => _watchdogs[watchdog] != ulong.MaxValue;

    /// <summary>Sets a watchdog; <see cref="ulong.MaxValue"/> stops it.</summary>
    public void SetWatchdog(int watchdog, ulong time)
    {
        _watchdogs[watchdog] = time;
        FindDeadline();
    }

    private void FindDeadline()
    {
        ulong earliest = ulong.MaxValue;
        for (int i = 0; i < _oneShot.Length; i++)
        {
            earliest = _oneShot[i] < earliest ? _oneShot[i] : earliest;
            earliest = _next[i] < earliest ? _next[i] : earliest;
            earliest = _poll[i] < earliest ? _poll[i] : earliest;
        }

        for (int i = 0; i < Watchdogs; i++)
        {
            earliest = _watchdogs[i] < earliest ? _watchdogs[i] : earliest;
        }

        Deadline = earliest;
    }
}
