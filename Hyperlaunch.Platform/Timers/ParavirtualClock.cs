using Hyperlaunch.Machine.Time;
using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Platform.Timers;

/// <summary>
/// The clock that guests compute from the time-stamp counter: what is in the records that Linux's pvclock reads (Linux
/// Documentation/virt/kvm/x86/msr.rst; the same in Xen's vcpu_time_info). All processors of a domain get the same record, from
/// the moment the domain started, so none of their clocks is ahead of another's and none needs renewal, but for a processor that
/// sets its time-stamp counter: its record follows. Where the records lie is the affair of the guest interface that offers them.
/// </summary>
public sealed class ParavirtualClock
{
    /// <summary>The counters of all processors agree (PVCLOCK_TSC_STABLE_BIT).</summary>
    private const byte FlagStable = 1;

    private const ulong NanosecondsPerSecond = 1_000_000_000;

    private readonly IClock _clock;
    private ulong _stamp;
    private ulong _start;
    private uint _version;

    /// <summary>Makes the clock.</summary>
    /// <param name="clock">The machine's.</param>
    public ParavirtualClock(IClock clock)
    {
        _clock = clock;
        ComputeScale(clock.TimeStampKilohertz, out uint multiplier, out sbyte shift);
        Multiplier = multiplier;
        Shift = shift;
        Reset();
    }

    /// <summary>tsc_to_system_mul: nanoseconds per shifted tick, times 2^32.</summary>
    public uint Multiplier { get; }

    /// <summary>tsc_shift: how far ticks are shifted, to the left when positive, before they are multiplied.</summary>
    public sbyte Shift { get; }

    /// <summary>The machine's time-stamp counter when the domain's time was 0.</summary>
    public ulong Stamp => _stamp;

    /// <summary>When the domain's time was 0, in the machine's nanoseconds.</summary>
    public ulong Start => _start;

    /// <summary>The domain starts: its time is 0 now.</summary>
    public void Reset()
    {
        _version = 0;
        _stamp = _clock.TimeStamp;
        _start = _clock.Nanoseconds;
    }

    /// <summary>
    /// The scale of a counter: ns = (ticks shifted by <paramref name="shift"/>) * multiplier / 2^32, with all 32 bits of the
    /// multiplier in use.
    /// </summary>
    /// <param name="kilohertz">Its frequency, 1 to 2^32 - 1 kHz; others count as the nearest of these.</param>
    /// <param name="multiplier">The multiplier, rounded down, 2^31 or more.</param>
    /// <param name="shift">The shift, -12 to 20.</param>
    public static void ComputeScale(ulong kilohertz, out uint multiplier, out sbyte shift)
    {
        // A tick lasts numerator/frequency ns; the shift brings that into [1/2, 1).
        ulong frequency = kilohertz == 0 ? 1 : kilohertz > uint.MaxValue ? uint.MaxValue : kilohertz;
        ulong numerator = 1_000_000;
        int count = 0;
        while (numerator >= frequency)
        {
            frequency <<= 1;
            count++;
        }

        while (numerator << 1 < frequency)
        {
            numerator <<= 1;
            count--;
        }

        // Both are below 2^32 here: the frequency was, or is at most twice a numerator that is below 2^20; the numerator is less.
        multiplier = (uint)((numerator << 32) / (uint)frequency);
        shift = (sbyte)count;
    }

    /// <summary>Fills the record of a processor, with a version that no record had before.</summary>
    /// <param name="record">The record.</param>
    /// <param name="timeStampOffset">What is added to the machine's time-stamp counter for the processor.</param>
    /// <param name="isSame">Whether that is the same for all processors of the domain.</param>
    public void Fill(ref TimeRecord record, ulong timeStampOffset, bool isSame)
    {
        _version += 2;
        record.Version = _version;
        record.TimeStamp = _stamp + timeStampOffset;
        record.SystemTime = 0;
        record.Multiplier = Multiplier;
        record.Shift = Shift;
        record.Flags = isSame && _clock.IsStable ? FlagStable : (byte)0;
    }

    /// <summary>Fills the record of the time of day at which the domain's time was 0.</summary>
    public void Fill(ref WallClockRecord record)
    {
        ulong seconds = _start / NanosecondsPerSecond;
        _version += 2;
        record.Version = _version;
        record.Seconds = (uint)(_clock.WallClockOrigin + seconds);
        record.Nanoseconds = (uint)(_start - (seconds * NanosecondsPerSecond));
    }
}
