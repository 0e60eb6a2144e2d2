using System.Threading;
using Hyperlaunch.Machine.Time;

namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>
/// Runs the domains' processors that live on one CPU of the machine, for ever. Fair by virtual time: of those that can run, the
/// one that has run least goes next, for at most a slice. A processor that has slept comes back no further behind than one slice,
/// so that it is served soon and cannot save up time. This needs neither priorities nor a tuning table, treats a guest that spins
/// with interrupts off like any other, and its decisions follow from the clock alone, so they can be tested.
/// </summary>
public sealed class CpuScheduler : ICpuProgram
{
    /// <summary>The longest time, in nanoseconds, that one processor runs while others wait.</summary>
    public const ulong Slice = 5_000_000;

    /// <summary>The longest time, in nanoseconds, that the boot CPU leaves the console alone.</summary>
    public const ulong HousekeepingInterval = 10_000_000;

    /// <summary>
    /// How much further, in nanoseconds, another one must be behind before it takes the place of the one that runs.
    /// </summary>
    public const ulong Hysteresis = 1_000_000;

    /// <summary>
    /// What an entry and an exit cost that another one's waking made necessary, in nanoseconds: about that of current processors.
    /// </summary>
    internal const ulong Interruption = 2_000;

    // No deadline that could be armed: forces the next one to be.
    private const ulong Unknown = 0;

    private readonly IClock _clock;
    private readonly VirtualCpu[] _cpus;
    private IHousekeeping? _housekeeping;
    private IPhysicalCpu? _cpu;
    private int _count;
    private VirtualCpu? _current;
    private ulong _reviewAt;
    private ulong _housekeepingAt;
    private int _reviewRequested;
    private ulong _virtualTime;
    private ulong _armed = ulong.MaxValue;

    // Nanoseconds since the beginning of this turn that are not the chosen one's.
    private ulong _chargedToOthers;

    // How long the last turn was, if an interrupt ended it.
    private ulong _interruptedAfter;

    /// <summary>Makes the scheduler of a CPU.</summary>
    /// <param name="clock">The machine's time.</param>
    /// <param name="capacity">How many processors it may have to run.</param>
    public CpuScheduler(IClock clock, int capacity)
    {
        _clock = clock;
        _cpus = new VirtualCpu[capacity];
    }

    /// <summary>How many processors live here.</summary>
    public int Count => _count;

    /// <summary>Gives a processor its home here. Only before the scheduler runs.</summary>
    /// <returns>False when there is no place left.</returns>
    public bool TryAdd(VirtualCpu cpu)
    {
        if (_count == _cpus.Length)
        {
            return false;
        }

        cpu.Home = this;
        for (int i = 0; i < _count; i++)
        {
            cpu.Budget = ReferenceEquals(_cpus[i].Machine, cpu.Machine) ? _cpus[i].Budget : cpu.Budget;
        }

        _cpus[_count] = cpu;
        _count++;
        return true;
    }

    /// <summary>Says which CPU this is, on that CPU.</summary>
    /// <param name="cpu">The CPU.</param>
    /// <param name="housekeeping">What is to be done between guests on it; null for nothing.</param>
    public void Attach(IPhysicalCpu cpu, IHousekeeping? housekeeping = null)
    {
        _cpu = cpu;
        _housekeeping = housekeeping;

        // A full barrier: whoever does not see the CPU yet, and so does not kick it, has woken somebody before the first choice.
        Interlocked.Exchange(ref _reviewRequested, 1);
    }

    /// <summary>Runs on a CPU for ever.</summary>
    public void Run(IPhysicalCpu cpu)
    {
        Attach(cpu);
        while (true)
        {
            RunOnce();
        }
    }

    /// <summary>Runs on a CPU, with what is to be done between guests, until that is finished.</summary>
    public void Run(IPhysicalCpu cpu, IHousekeeping housekeeping)
    {
        Attach(cpu, housekeeping);
        while (!housekeeping.IsFinished)
        {
            RunOnce();
        }
    }

    /// <summary>
    /// One turn: one entry into a guest, or a halt until something happens. Before another guest can be chosen there is
    /// housekeeping; a guest that only exits and goes on does not wait for it until it is due.
    /// </summary>
    public void RunOnce()
    {
        ulong now = _clock.Nanoseconds;
        _chargedToOthers = 0;
        bool stays = Volatile.Read(ref _reviewRequested) == 0 && now < _reviewAt && now < _housekeepingAt
            && _current is not null && _current.Prepare(now) && Volatile.Read(ref _reviewRequested) == 0;
        if (!stays)
        {
            _housekeepingAt = _housekeeping is null ? ulong.MaxValue : _housekeeping.Poll(now);
            Review(now);
        }

        ulong deadline = _reviewAt < _housekeepingAt ? _reviewAt : _housekeepingAt;
        VirtualCpu? current = _current;
        if (current is null)
        {
            Arm(deadline);
            if (Volatile.Read(ref _reviewRequested) == 0)
            {
                _cpu!.Idle();
            }

            _armed = Unknown;
            return;
        }

        // The preparation itself may have woken somebody here, for whom no other CPU sends an interrupt any more.
        deadline = Volatile.Read(ref _reviewRequested) == 0 ? deadline : now;

        // Not every processor's extension tells when a non-maskable interrupt can be taken: it is tried again soon.
        ulong due = current.IsNmiPending ? now + Slice : ulong.MaxValue;
        deadline = due < deadline ? due : deadline;
        current.Machine.LookAfterDevices(current);
        due = current.RunDeadline;
        Arm(due < deadline ? due : deadline);
        ExitReason reason = current.Step(_cpu!);
        ulong ran = _clock.Nanoseconds - now - _chargedToOthers;
        current.VirtualRuntime += ran;
        current.RunNanoseconds += ran;
        _interruptedAfter = 0;
        if (reason is ExitReason.ExternalInterrupt or ExitReason.NonMaskableInterrupt or ExitReason.TimeSlice
            or ExitReason.Reinjected or ExitReason.NoEventWindow)
        {
            // The interrupts that waited were acknowledged: the timer may have fired, and another CPU may have woken somebody.
            _armed = Unknown;
            _reviewAt = 0;
            _interruptedAfter = ran;
        }
    }

    /// <summary>Something became runnable here: the choice is made anew before the next entry. Called on any CPU.</summary>
    internal void Wake()
    {
        // A full barrier: what made somebody runnable is to be seen before this, and the CPU is looked at after it. While the
        // word stands, whoever wrote it sends the interrupt, or the CPU itself looks at the word.
        if (Interlocked.Exchange(ref _reviewRequested, 1) == 0)
        {
            _cpu?.Kick();
        }
    }

    /// <summary>
    /// As <see cref="Wake"/>, for a signal of its own domain: while another domain runs here, so often in a slice; then the
    /// slice's end is soon enough. The caller holds the machine's gate; called on any CPU.
    /// </summary>
    internal void WakeFor(VirtualCpu cpu)
    {
        VirtualCpu? running = Volatile.Read(ref _current);
        bool isAnothers = running is not null && !ReferenceEquals(running.Machine, cpu.Machine);
        if (!isAnothers || cpu.Budget.TryTake(_clock.Nanoseconds))
        {
            Wake();
        }
    }

    // Chooses who runs until _reviewAt: the end of the slice, or when one that sleeps falls due. Who woke up, or went to sleep,
    // pays for the choice.
    private void Review(ulong begin)
    {
        // A full barrier: a wake-up that this takes back was for something that is looked at below.
        Interlocked.Exchange(ref _reviewRequested, 0);
        ulong now = _clock.Nanoseconds;
        VirtualCpu? interrupted = _current;
        VirtualCpu? next = null;
        int runnable = 0;
        uint disturbers = 0;
        for (int i = 0; i < _count; i++)
        {
            VirtualCpu candidate = _cpus[i];
            candidate.Disturbs = false;
            if (!candidate.Machine.IsRunning)
            {
                continue;
            }

            bool wasRunnable = candidate.State == VirtualCpuState.Runnable;
            bool wasDue = !wasRunnable && candidate.SleepDeadline <= now;
            bool isRunnable = candidate.Prepare(now);
            candidate.Disturbs = candidate.TakeDisturbance() || wasDue || isRunnable != wasRunnable
                || (!isRunnable && ReferenceEquals(candidate, _current));
            disturbers += candidate.Disturbs ? 1u : 0u;
            if (wasDue && _current is not null && !ReferenceEquals(_current.Machine, candidate.Machine))
            {
                candidate.Budget.TryTake(now);
            }

            if (isRunnable)
            {
                runnable++;
                ulong floor = _virtualTime > Slice ? _virtualTime - Slice : 0;
                candidate.VirtualRuntime = candidate.VirtualRuntime < floor ? floor : candidate.VirtualRuntime;
                if (next is null || RanLess(candidate, next))
                {
                    next = candidate;
                }
            }
        }

        Volatile.Write(ref _current, next);
        if (next is not null)
        {
            _virtualTime = next.VirtualRuntime > _virtualTime ? next.VirtualRuntime : _virtualTime;
        }

        _reviewAt = NextReview(next, runnable, now);

        if (disturbers != 0)
        {
            Charge(_clock.Nanoseconds - begin, Refund(interrupted), disturbers);
        }
    }

    private ulong NextReview(VirtualCpu? next, int runnable, ulong now)
    {
        ulong earliest = runnable > 1 ? now + Slice : ulong.MaxValue;
        for (int i = 0; i < _count; i++)
        {
            VirtualCpu other = _cpus[i];
            if (!other.Machine.IsRunning || ReferenceEquals(other, next))
            {
                continue;
            }

            // Whose wake-ups are used up is looked at again when they count anew: it may have missed some.
            bool isAnothers = next is not null && !ReferenceEquals(next.Machine, other.Machine);
            ulong spent = isAnothers ? other.Budget.SpentUntil(now) : 0;
            ulong due = spent != 0 ? spent
                : other.State != VirtualCpuState.Runnable ? other.SleepDeadline
                : other.HeldUntil > now ? other.HeldUntil
                : ulong.MaxValue;
            earliest = due < earliest ? due : earliest;
        }

        return earliest;
    }

    // One whose turn others ended gets back what its entry and that exit cost.
    private ulong Refund(VirtualCpu? interrupted)
    {
        if (interrupted is null || interrupted.Disturbs || _interruptedAfter == 0)
        {
            return 0;
        }

        ulong refund = _interruptedAfter < Interruption ? _interruptedAfter : Interruption;
        refund = interrupted.VirtualRuntime < refund ? interrupted.VirtualRuntime : refund;
        interrupted.VirtualRuntime -= refund;
        _interruptedAfter = 0;
        return refund;
    }

    private void Charge(ulong cost, ulong refund, uint disturbers)
    {
        _chargedToOthers = cost;
        cost += refund;
        for (int i = 0; i < _count; i++)
        {
            _cpus[i].VirtualRuntime += _cpus[i].Disturbs ? cost / disturbers : 0;
        }
    }

    private bool RanLess(VirtualCpu candidate, VirtualCpu chosen)
    {
        ulong handicap = ReferenceEquals(chosen, _current) ? Hysteresis : 0;
        ulong bonus = ReferenceEquals(candidate, _current) ? Hysteresis : 0;
        return candidate.VirtualRuntime + handicap < chosen.VirtualRuntime + bonus;
    }

    private void Arm(ulong deadline)
    {
        if (deadline != _armed)
        {
            _armed = deadline;
            _cpu!.ArmTimer(deadline);
        }
    }
}
