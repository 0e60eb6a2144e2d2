using System.Threading;

namespace Hyperlaunch.Machine.Concurrency;

/// <summary>
/// Mutual exclusion between CPUs for a few instructions: no fairness, no recursion. Interrupts are off wherever it is taken, and
/// it is never held while a guest runs. The order in which two may be held is documented in <c>docs/execution.md</c>.
/// </summary>
public sealed class SpinGate
{
    private int _taken;

    /// <summary>Waits until it is free and takes it.</summary>
    public void Enter()
    {
        while (Interlocked.CompareExchange(ref _taken, 1, 0) != 0)
        {
            while (Volatile.Read(ref _taken) != 0)
            {
            }
        }
    }

    /// <summary>Gives it back.</summary>
    public void Exit() => Volatile.Write(ref _taken, 0);
}
