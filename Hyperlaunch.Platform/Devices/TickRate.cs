namespace Hyperlaunch.Platform.Devices;

/// <summary>
/// A clock's rate as an exact fraction, ticks per nanoseconds: conversions neither drift nor overflow on the way.
/// </summary>
internal readonly struct TickRate
{
    private readonly uint _ticks;
    private readonly uint _nanoseconds;

    private TickRate(uint ticks, uint nanoseconds)
    {
        _ticks = ticks;
        _nanoseconds = nanoseconds;
    }

    /// <summary>The rate of a clock of so many Hz. A clock of 0 Hz counts as one of 1 Hz.</summary>
    public static TickRate FromHertz(uint hertz) => new(hertz == 0 ? 1 : hertz, 1_000_000_000);

    /// <summary>The rate of a clock of so many kHz, below 2^32. A clock of 0 kHz counts as one of 1 kHz.</summary>
    public static TickRate FromKilohertz(ulong kilohertz) =>
        new(kilohertz == 0 ? 1 : kilohertz > uint.MaxValue ? uint.MaxValue : (uint)kilohertz, 1_000_000);

    /// <summary>How many ticks have passed after so many nanoseconds, rounded down.</summary>
    /// <returns>The ticks modulo 2^64, which a clock of up to 1 GHz never reaches.</returns>
    public ulong ToTicks(ulong nanoseconds)
    {
        ulong periods = nanoseconds / _nanoseconds;
        ulong rest = nanoseconds - (periods * _nanoseconds);
        return (periods * _ticks) + (rest * _ticks / _nanoseconds);
    }

    /// <summary>The first nanosecond at which so many ticks have passed.</summary>
    /// <returns>Nanoseconds; <see cref="ulong.MaxValue"/> when they do not fit.</returns>
    public ulong ToNanoseconds(ulong ticks)
    {
        ulong periods = ticks / _ticks;
        ulong rest = ticks - (periods * _ticks);
        ulong part = ((rest * _nanoseconds) + _ticks - 1) / _ticks;
        return periods > (ulong.MaxValue - part) / _nanoseconds ? ulong.MaxValue : (periods * _nanoseconds) + part;
    }
}
