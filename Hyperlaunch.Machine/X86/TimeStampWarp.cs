namespace Hyperlaunch.Machine.X86;

/// <summary>
/// Compares the time-stamp counters of CPUs that read them one after the other: a reading below the one before it, which another
/// CPU took, is time that goes back. Whoever notes holds a lock, or has the turn.
/// </summary>
public sealed class TimeStampWarp
{
    // A microsecond, in parts of a millisecond.
    private const ulong TolerancePerMillisecond = 1_000;

    private ulong _last;

    /// <summary>By how many ticks time went back at the most.</summary>
    public ulong Largest { get; private set; }

    /// <summary>Takes a reading.</summary>
    public void Note(ulong timeStamp)
    {
        if (timeStamp < _last && _last - timeStamp > Largest)
        {
            Largest = _last - timeStamp;
        }

        _last = timeStamp;
    }

    /// <summary>
    /// Says what follows: counters that agree are one clock. A CPU whose counter is off by up to a microsecond can be used, but
    /// no guest may take the counters for one clock; one that is further off would make time jump for whoever compares with it.
    /// </summary>
    /// <param name="kilohertz">The counter's frequency.</param>
    public TimeStampAgreement Judge(ulong kilohertz)
        => Largest == 0 ? TimeStampAgreement.Same
            : Largest <= kilohertz / TolerancePerMillisecond ? TimeStampAgreement.Close
            : TimeStampAgreement.Apart;
}
