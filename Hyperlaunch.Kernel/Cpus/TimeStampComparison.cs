using System.Threading;
using Hyperlaunch.Kernel.Instructions;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Kernel.Cpus;

/// <summary>
/// Two CPUs read their time-stamp counters for a while: a CPU that has seen the other's reading must not read less. They wait for
/// each other only at the begin and at the end, so that it takes no longer where something keeps one of them.
/// </summary>
internal sealed class TimeStampComparison
{
    private const int Sides = 2;

    // As many parts of a millisecond.
    private const ulong PartsOfMillisecond = 5;

    private readonly TimeStampWarp[] _warps = [new(), new()];
    private long _latest;
    private int _come;
    private int _done;

    /// <summary>By how many ticks time went back at the most.</summary>
    public ulong Largest => Worst.Largest;

    private TimeStampWarp Worst => _warps[0].Largest > _warps[1].Largest ? _warps[0] : _warps[1];

    /// <summary>Takes part; each CPU calls it once, at about the same time.</summary>
    /// <param name="side">0 for one CPU, 1 for the other.</param>
    /// <param name="kilohertz">The counters' frequency.</param>
    /// <param name="patience">How many ticks of its own counter a CPU waits for the other at the most.</param>
    /// <returns>Whether they agree; they are apart when the other does not come.</returns>
    public TimeStampAgreement Run(int side, ulong kilohertz, ulong patience)
    {
        if (!TryMeet(ref _come, patience))
        {
            return TimeStampAgreement.Apart;
        }

        ulong start = Processor.ReadTimeStamp();
        ulong now = start;
        while (now - start < kilohertz / PartsOfMillisecond)
        {
            // What is read is later than the other's reading that was seen; it becomes the latest unless the other was quicker.
            long seen = Volatile.Read(ref _latest);
            Processor.Fence();
            now = Processor.ReadTimeStamp();
            _warps[side].Note((ulong)seen, now);
            Interlocked.CompareExchange(ref _latest, (long)now, seen);
        }

        return TryMeet(ref _done, patience) ? Worst.Judge(kilohertz) : TimeStampAgreement.Apart;
    }

    private static bool TryMeet(ref int count, ulong patience)
    {
        Interlocked.Increment(ref count);
        ulong start = Processor.ReadTimeStamp();
        while (Volatile.Read(ref count) != Sides)
        {
            if (Processor.ReadTimeStamp() - start > patience)
            {
                return false;
            }

            Processor.Pause();
        }

        return true;
    }
}
