using System.Threading;
using Hyperlaunch.Kernel.Instructions;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Kernel.Cpus;

/// <summary>
/// Two CPUs read their time-stamp counters in turn: a CPU that has seen the other's reading must not read less.
/// </summary>
internal sealed class TimeStampComparison
{
    private const int Rounds = 200;
    private const int Sides = 2;

    private readonly TimeStampWarp _warp = new();
    private int _turn;

    /// <summary>By how many ticks time went back at the most.</summary>
    public ulong Largest => _warp.Largest;

    /// <summary>Takes part; each CPU calls it once, at about the same time.</summary>
    /// <param name="side">0 for one CPU, 1 for the other.</param>
    /// <param name="kilohertz">The counters' frequency.</param>
    /// <param name="patience">How many ticks of its own counter a CPU waits for the other at the most.</param>
    /// <returns>Whether they agree; they are apart when the other does not come.</returns>
    public TimeStampAgreement Run(int side, ulong kilohertz, ulong patience)
    {
        ulong start = Processor.ReadTimeStamp();
        for (int i = 0; i < Rounds; i++)
        {
            if (!TryWaitFor((i * Sides) + side, start, patience))
            {
                return TimeStampAgreement.Apart;
            }

            // The reading is neither earlier than the other's nor later than its own being seen.
            Processor.Fence();
            _warp.Note(Processor.ReadTimeStamp());
            Volatile.Write(ref _turn, (i * Sides) + side + 1);
        }

        return TryWaitFor(Rounds * Sides, start, patience) ? _warp.Judge(kilohertz) : TimeStampAgreement.Apart;
    }

    // The other CPU's turn is the one before; the last is followed by nobody's.
    private bool TryWaitFor(int turn, ulong start, ulong patience)
    {
        while (Volatile.Read(ref _turn) != turn)
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
