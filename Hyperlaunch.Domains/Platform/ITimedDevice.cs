namespace Hyperlaunch.Domains.Platform;

/// <summary>A virtual device for which time passes.</summary>
public interface ITimedDevice
{
    /// <summary>When it next has something to do, in the clock's nanoseconds; <see cref="ulong.MaxValue"/> for never.</summary>
    ulong Deadline { get; }

    /// <summary>Lets time pass up to <paramref name="now"/> (nanoseconds): everything that fell due happens.</summary>
    void Advance(ulong now);
}
