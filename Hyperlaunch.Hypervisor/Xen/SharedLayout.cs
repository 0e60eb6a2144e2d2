namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>
/// Where things lie in shared_info and vcpu_info (Xen public/xen.h). A kernel of 32 bits has longs of 32 bits, so fewer event
/// channels, and all that follows them elsewhere. A bit of the two arrays is in the same byte for both.
/// </summary>
internal static class SharedLayout
{
    /// <summary>Bytes of a vcpu_info; the page begins with <see cref="LegacyCpus"/> of them.</summary>
    public const int CpuSize = 64;

    /// <summary>Processors with a place in the page; those beyond have one once they register it.</summary>
    public const int LegacyCpus = 32;

    /// <summary>vcpu_info: evtchn_upcall_pending, a byte.</summary>
    public const int UpcallPending = 0;

    /// <summary>vcpu_info: time, a vcpu_time_info.</summary>
    public const int Time = 32;

    /// <summary>shared_info: evtchn_pending.</summary>
    public const int Pending = 0x800;

    /// <summary>vcpu_info: evtchn_pending_sel, a long.</summary>
    public static int Selector(bool isLong) => isLong ? 8 : 4;

    /// <summary>How many event channels there can be: a long's bits, squared.</summary>
    public static int Channels(bool isLong) => isLong ? 64 * 64 : 32 * 32;

    /// <summary>shared_info: evtchn_mask.</summary>
    public static int Mask(bool isLong) => Pending + (Channels(isLong) / 8);

    /// <summary>shared_info: wc_version, wc_sec, wc_nsec.</summary>
    public static int WallClock(bool isLong) => Pending + (Channels(isLong) / 8 * 2);

    /// <summary>shared_info: wc_sec_hi; of 32 bits the last member of arch_shared_info.</summary>
    public static int WallClockHigh(bool isLong) => WallClock(isLong) + (isLong ? 12 : 12 + (6 * sizeof(uint)));
}
