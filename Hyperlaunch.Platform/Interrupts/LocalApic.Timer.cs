using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Platform.Interrupts;

/// <content>The timer: one-shot and periodic by its own count, or once at a value of the time-stamp counter.</content>
public sealed partial class LocalApic
{
    // Local vector of the timer, bits 18:17; 0 is one-shot (Intel SDM volume 3, section 11.5.4)
    private const uint TimerModeMask = 3u << 17;
    private const uint TimerPeriodic = 1u << 17;
    private const uint TimerDeadline = 2u << 17;

    private const uint DivideMask = 0xB;

    private readonly TickRate _timeStampRate;
    private uint _initialCount;
    private uint _divide;
    private ulong _countStart;
    private ulong _timeStampDeadline;
    private ulong _timeStampOffset;
    private ulong _nextExpiry;

    /// <summary>
    /// Added to the machine's time-stamp counter for this processor. A deadline that is set keeps its value of the counter.
    /// </summary>
    public ulong TimeStampOffset
    {
        get => _timeStampOffset;
        set
        {
            _timeStampOffset = value;
            if (_timeStampDeadline != 0)
            {
                WriteTimeStampDeadline(_timeStampDeadline);
            }
        }
    }

    /// <summary>When the timer next expires, in the clock's nanoseconds; <see cref="ulong.MaxValue"/> for never.</summary>
    public ulong Deadline => (_local[LocalTimer] & LocalMasked) != 0 ? ulong.MaxValue : _nextExpiry;

    /// <summary>
    /// When the timer next has something to say to a processor that runs: not while its interrupt waits already.
    /// </summary>
    internal ulong RunDeadline
    {
        get
        {
            int vector = (int)(_local[LocalTimer] & LocalVectorMask);
            return _nextExpiry == ulong.MaxValue || !IsEnabled || !IsSoftwareEnabled || vector < FirstLegalVector
                || _requested.Contains(vector) ? ulong.MaxValue : Deadline;
        }
    }

    /// <summary>
    /// When the timer next has something to say to a processor that sleeps, whose priority is as it was last looked at: not while
    /// that holds its interrupt back.
    /// </summary>
    internal ulong SleepDeadline
    {
        get
        {
            ulong deadline = RunDeadline;
            return deadline != ulong.MaxValue
                && (_local[LocalTimer] & PriorityClassMask) > (uint)(ProcessorPriority & PriorityClassMask)
                ? deadline : ulong.MaxValue;
        }
    }

    private uint TimerMode => _local[LocalTimer] & TimerModeMask;

    /// <summary>The divider as a power of two: encodings 0 to 7 are 2, 4, ... 128, 1.</summary>
    private int DivideShift => (int)(((((_divide & 8) >> 1) | (_divide & 3)) + 1) & 7);

    /// <summary>The nanoseconds that the initial count lasts: the timer's clock has one tick each.</summary>
    private ulong Period => (ulong)_initialCount << DivideShift;

    /// <summary>Lets time pass up to <paramref name="now"/> (nanoseconds): a timer that fell due interrupts.</summary>
    public void Advance(ulong now)
    {
        if (now < _nextExpiry)
        {
            return;
        }

        ulong period = Period;
        if (TimerMode == TimerPeriodic && period != 0)
        {
            // What is shorter than the shortest interval is coalesced, and so is what was missed.
            ulong passed = now - _countStart;
            ulong rest = period < PlatformLayout.MinimumTimerInterval ? PlatformLayout.MinimumTimerInterval : 0;
            _nextExpiry = _countStart + ((((passed + rest) / period) + 1) * period);
        }
        else
        {
            _nextExpiry = ulong.MaxValue;
            _timeStampDeadline = 0;
        }

        if ((_local[LocalTimer] & LocalMasked) == 0)
        {
            Receive((byte)(_local[LocalTimer] & LocalVectorMask), isLevel: false);
        }
    }

    private void ResetTimer()
    {
        _divide = 0;
        StopTimer();
    }

    private void StopTimer()
    {
        _initialCount = 0;
        _countStart = 0;
        _timeStampDeadline = 0;
        _nextExpiry = ulong.MaxValue;
    }

    private uint ReadCurrentCount()
    {
        if (_initialCount == 0)
        {
            return 0;
        }

        ulong passed = (_clock.Nanoseconds - _countStart) >> DivideShift;
        if (TimerMode == TimerPeriodic)
        {
            return _initialCount - (uint)(passed % _initialCount);
        }

        return passed >= _initialCount ? 0 : _initialCount - (uint)passed;
    }

    private void WriteInitialCount(uint value)
    {
        if (TimerMode == TimerDeadline)
        {
            return;
        }

        _initialCount = value;
        _countStart = _clock.Nanoseconds;
        _nextExpiry = value == 0 ? ulong.MaxValue : _countStart + Period;
    }

    /// <summary>The count goes on from where it is at the new rate.</summary>
    private void WriteDivide(uint value)
    {
        ulong now = _clock.Nanoseconds;
        Advance(now);
        uint current = ReadCurrentCount();
        _divide = value & DivideMask;
        if (current != 0)
        {
            _countStart = now - ((ulong)(_initialCount - current) << DivideShift);
            _nextExpiry = _countStart + Period;
        }
    }

    /// <summary>A change to or from deadline mode disarms the timer; otherwise the count goes on.</summary>
    private void WriteTimerVector(uint value)
    {
        ulong now = _clock.Nanoseconds;
        Advance(now);
        uint before = TimerMode;
        uint current = ReadCurrentCount();
        _local[LocalTimer] = value;
        if (TimerMode == before)
        {
            return;
        }

        if (before == TimerDeadline || TimerMode == TimerDeadline)
        {
            StopTimer();
        }
        else if (current != 0)
        {
            _countStart = now - ((ulong)(_initialCount - current) << DivideShift);
            _nextExpiry = _countStart + Period;
        }
    }

    private ulong ReadTimeStampDeadline()
    {
        Advance(_clock.Nanoseconds);
        return _timeStampDeadline;
    }

    private void WriteTimeStampDeadline(ulong value)
    {
        if (TimerMode != TimerDeadline)
        {
            return;
        }

        _timeStampDeadline = value;
        _nextExpiry = ulong.MaxValue;
        if (value == 0)
        {
            return;
        }

        // The counter is read before the clock, so that rounding makes the timer late and never early.
        ulong stamp = _clock.TimeStamp + TimeStampOffset;
        ulong now = _clock.Nanoseconds;
        ulong wait = value <= stamp ? 0 : _timeStampRate.ToNanoseconds(value - stamp);
        _nextExpiry = wait > ulong.MaxValue - now ? ulong.MaxValue : now + wait;
    }
}
