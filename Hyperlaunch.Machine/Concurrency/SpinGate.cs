using System.Threading;

namespace Hyperlaunch.Machine.Concurrency;

/// <summary>
/// Mutual exclusion between CPUs for a few instructions, in the order in which they come: no domain's CPUs can keep the boot CPU
/// out. No recursion. Interrupts are off wherever it is taken, and it is never held while a guest runs. The order in which two
/// may be held is documented in <c>docs/execution.md</c>.
/// </summary>
public sealed class SpinGate
{
    // The next ticket, and the one whose turn it is. A CPU draws a ticket and waits for its turn; both wrap around.
    private int _next;
    private int _turn;

    /// <summary>Waits until it is free and takes it.</summary>
    public void Enter()
    {
        int ticket = Interlocked.Increment(ref _next) - 1;
        while (Volatile.Read(ref _turn) != ticket)
        {
            // PAUSE: the other hyperthread, which may hold the gate, gets the core; and leaving the loop costs no pipeline flush
            // (Intel SDM volume 2, PAUSE).
            Thread.SpinWait(1);
        }
    }

    /// <summary>Gives it back.</summary>
    public void Exit() => Volatile.Write(ref _turn, _turn + 1);
}
