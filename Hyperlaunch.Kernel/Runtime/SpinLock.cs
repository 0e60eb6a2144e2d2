using System.Threading;
using Hyperlaunch.Kernel.Instructions;

namespace Hyperlaunch.Kernel.Runtime;

/// <summary>
/// A lock of one word, 0 when free: for the pieces below CoreLib, which CoreLib's own locks stand on. Interrupts never enter C#,
/// so a holder is never preempted.
/// </summary>
internal static class SpinLock
{
    /// <summary>Waits until the lock is free and takes it.</summary>
    public static void Enter(ref int word)
    {
        while (Interlocked.Exchange(ref word, 1) != 0)
        {
            while (Volatile.Read(ref word) != 0)
            {
                Processor.Pause();
            }
        }
    }

    /// <summary>Gives the lock back.</summary>
    public static void Exit(ref int word) => Volatile.Write(ref word, 0);
}
