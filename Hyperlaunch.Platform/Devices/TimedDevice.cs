namespace Hyperlaunch.Platform.Devices;

/// <summary>
/// A virtual device for which time passes. A class and not an interface: its deadline is asked for at every exit of a guest.
/// </summary>
public abstract class TimedDevice : VirtualDevice
{
    /// <summary>When it next has something to do, in the clock's nanoseconds; <see cref="ulong.MaxValue"/> for never.</summary>
    public ulong Deadline { get; protected set; } = ulong.MaxValue;

    /// <summary>
    /// Lets time pass up to <paramref name="now"/> (nanoseconds): everything that fell due happens. Called often while there is a
    /// deadline, also before it; not at all while there is none.
    /// </summary>
    public abstract void Advance(ulong now);
}
