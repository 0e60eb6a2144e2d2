namespace Hyperlaunch.Machine.X86;

/// <summary>
/// Compares the time-stamp counters of CPUs: one that reads less than a value that another has read before sees time go back.
/// One for each CPU.
/// </summary>
public sealed class TimeStampWarp
{
    // A microsecond, in parts of a millisecond.
    private const ulong TolerancePerMillisecond = 1_000;

    /// <summary>By how many ticks time went back at the most.</summary>
    public ulong Largest { get; private set; }

    /// <summary>Takes a reading.</summary>
    /// <param name="before">What another CPU is known to have read before.</param>
    /// <param name="timeStamp">What this one reads.</param>
    public void Note(ulong before, ulong timeStamp)
    {
        if (timeStamp < before && before - timeStamp > Largest)
        {
            Largest = before - timeStamp;
        }
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
