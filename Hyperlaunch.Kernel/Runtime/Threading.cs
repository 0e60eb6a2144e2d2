using System.Runtime;
using Hyperlaunch.Kernel.Instructions;

namespace Hyperlaunch.Kernel.Runtime;

/// <summary>
/// What CoreLib's locks stand on. A processor is a thread that never ends; whoever must wait spins. The monitor of
/// <c>SystemNative_LowLevelMonitor</c> is three words: the lock, wake-ups granted, and waiters.
/// </summary>
internal static unsafe class Threading
{
    private const int LockWord = 0;
    private const int SignalWord = 1;
    private const ulong MonitorSize = 2 * sizeof(int);

    [RuntimeExport("SystemNative_LowLevelMonitor_Create")]
    private static int* CreateMonitor() => (int*)Heap.Allocate(MonitorSize);

    [RuntimeExport("SystemNative_LowLevelMonitor_Destroy")]
    private static void DestroyMonitor(int* monitor)
    {
    }

    [RuntimeExport("SystemNative_LowLevelMonitor_Acquire")]
    private static void AcquireMonitor(int* monitor) => SpinLock.Enter(ref monitor[LockWord]);

    [RuntimeExport("SystemNative_LowLevelMonitor_Release")]
    private static void ReleaseMonitor(int* monitor) => SpinLock.Exit(ref monitor[LockWord]);

    [RuntimeExport("SystemNative_LowLevelMonitor_Signal_Release")]
    private static void SignalAndReleaseMonitor(int* monitor)
    {
        monitor[SignalWord]++;
        SpinLock.Exit(ref monitor[LockWord]);
    }

    [RuntimeExport("SystemNative_LowLevelMonitor_Wait")]
    private static void WaitForMonitor(int* monitor)
    {
        while (monitor[SignalWord] == 0)
        {
            SpinLock.Exit(ref monitor[LockWord]);
            Processor.Pause();
            SpinLock.Enter(ref monitor[LockWord]);
        }

        monitor[SignalWord]--;
    }

    // A timed wait is a wait: the kernel's own code waits with a clock of its own.
    [RuntimeExport("SystemNative_LowLevelMonitor_TimedWait")]
    private static int TimedWaitForMonitor(int* monitor, int milliseconds)
    {
        WaitForMonitor(monitor);
        return 1;
    }

    [RuntimeExport("RhSpinWait")]
    private static void SpinWait(int iterations)
    {
        for (int i = 0; i < iterations; i++)
        {
            Processor.Pause();
        }
    }
}
