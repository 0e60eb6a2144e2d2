using System.Threading;
using Hyperlaunch.Kernel.Instructions;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Kernel.Faults;

/// <summary>
/// Interrupts that cannot be masked. They come at any instruction, so nothing here allocates, waits or takes a lock: what came is
/// noted, and told by the boot CPU between guests.
/// </summary>
internal static class NmiHandler
{
    // A bit for each NmiSource: come and not told; told once.
    private static int s_noted;
    private static int s_told;

    /// <summary>Takes an interrupt.</summary>
    /// <returns>False when the machine has lost data: there is nothing to go on with.</returns>
    public static bool TryTake()
    {
        if (MachineCheckReport.IsAnyUncorrected)
        {
            return false;
        }

        byte status = Ports.Read8(NmiStatus.Port);
        NmiSource source = NmiStatus.SourceOf(status);
        if (source != NmiSource.Unknown)
        {
            Ports.Write8(NmiStatus.Port, NmiStatus.Silence(status, source));
        }

        Interlocked.Or(ref s_noted, 1 << (int)source);
        return true;
    }

    /// <summary>
    /// A sentence about a kind of interrupt that has come for the first time; null when there is none. On the boot CPU.
    /// </summary>
    public static string? TakeNotice()
    {
        int news = Volatile.Read(ref s_noted) & ~s_told;
        for (int source = 0; news != 0 && source <= (int)(NmiSource.ChannelCheck | NmiSource.SystemError); source++)
        {
            if ((news & (1 << source)) != 0)
            {
                s_told |= 1 << source;
                return Describe((NmiSource)source);
            }
        }

        return null;
    }

    private static string Describe(NmiSource source) => source switch
    {
        NmiSource.Unknown => "A non-maskable interrupt came, and nobody says why: a button, a watchdog, a management controller?"
            + " Others like it are not told.",
        NmiSource.ChannelCheck => "The machine reported a channel check (IOCHK): an expansion card failed. Others are not told.",
        NmiSource.SystemError => "The machine reported a system error (SERR): a PCI device failed. Others are not told.",
        _ => "The machine reported a system error and a channel check (SERR, IOCHK): a device failed. Others are not told.",
    };
}
