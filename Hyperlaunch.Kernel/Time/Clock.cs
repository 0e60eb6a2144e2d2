using System;
using Hyperlaunch.Kernel.Instructions;
using Hyperlaunch.Kernel.Interrupts;
using Hyperlaunch.Machine.Time;

namespace Hyperlaunch.Kernel.Time;

/// <summary>The machine's time, from the time-stamp counter of whichever CPU asks.</summary>
internal sealed class Clock : IClock
{
    private const ulong NanosecondsPerMillisecond = 1_000_000;
    private const int FractionBits = 32;

    // Fixed-point numbers with 32 bits of fraction.
    private readonly ulong _nanosecondsPerTick;
    private readonly ulong _ticksPerNanosecond;
    private readonly ulong _timerTicksPerNanosecond;

    /// <summary>Makes the clock.</summary>
    /// <param name="rates">The frequencies of the time-stamp counter and of the local APIC's timer.</param>
    /// <param name="origin">The time-stamp counter when the hypervisor was entered.</param>
    /// <param name="isInvariant">Whether the counter runs at one rate in all power states.</param>
    /// <param name="wallClock">Seconds since 1970 now; 0 when the machine does not know.</param>
    public Clock(in TimerRates rates, ulong origin, bool isInvariant, ulong wallClock)
    {
        TimeStampOrigin = origin;
        IsStable = isInvariant;
        TimeStampKilohertz = rates.TimeStampKilohertz;
        _nanosecondsPerTick = (NanosecondsPerMillisecond << FractionBits) / rates.TimeStampKilohertz;
        _ticksPerNanosecond = (rates.TimeStampKilohertz << FractionBits) / NanosecondsPerMillisecond;
        _timerTicksPerNanosecond = (rates.ApicTimerKilohertz << FractionBits) / NanosecondsPerMillisecond;
        const ulong NanosecondsPerSecond = 1_000_000_000;
        ulong elapsed = Nanoseconds / NanosecondsPerSecond;
        WallClockOrigin = wallClock > elapsed ? wallClock - elapsed : 0;
    }

    /// <inheritdoc/>
    public ulong Nanoseconds
    {
        get
        {
            // The counters of two CPUs may differ by a little; time before the origin would be a huge number.
            ulong now = TimeStamp;
            return now > TimeStampOrigin ? Scale(now - TimeStampOrigin, _nanosecondsPerTick) : 0;
        }
    }

    /// <inheritdoc/>
    public ulong TimeStamp => Processor.ReadTimeStamp();

    /// <inheritdoc/>
    public ulong TimeStampOrigin { get; }

    /// <inheritdoc/>
    public bool IsStable { get; private set; }

    /// <inheritdoc/>
    public ulong TimeStampKilohertz { get; }

    /// <inheritdoc/>
    public ulong WallClockOrigin { get; }

    /// <summary>Some CPU's counter differs: it is one clock no longer.</summary>
    public void Distrust() => IsStable = false;

    /// <summary>The time-stamp counter's value at a time in nanoseconds, or soon if that is past.</summary>
    public ulong TimeStampAt(ulong nanoseconds) => TimeStamp + Scale(Until(nanoseconds), _ticksPerNanosecond) + 1;

    /// <summary>
    /// How many ticks of the local APIC's timer a time in nanoseconds is away: 1 for one in the past, at most what it can count.
    /// </summary>
    public uint TimerTicksUntil(ulong nanoseconds)
    {
        ulong ticks = Scale(Until(nanoseconds), _timerTicksPerNanosecond) + 1;
        return ticks < HostLocalApic.TimerMaximum ? (uint)ticks : HostLocalApic.TimerMaximum;
    }

    // Both conversions start from now: over weeks the two rounded factors drift apart.
    private ulong Until(ulong nanoseconds)
    {
        ulong now = Nanoseconds;
        return nanoseconds > now ? nanoseconds - now : 0;
    }

    // The product has 128 bits; what does not fit is centuries away.
    private static ulong Scale(ulong value, ulong factor)
    {
        ulong high = Math.BigMul(value, factor, out ulong low);
        return high >> FractionBits != 0 ? ulong.MaxValue >> 1 : (high << (64 - FractionBits)) | (low >> FractionBits);
    }
}
