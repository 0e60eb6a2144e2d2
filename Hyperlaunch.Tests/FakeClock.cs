using Hyperlaunch.Machine.Time;

namespace Hyperlaunch.Tests;

/// <summary>A clock that a test moves.</summary>
internal sealed class FakeClock : IClock
{
    private ulong _nanoseconds;

    public ulong Nanoseconds
    {
        get => _nanoseconds += Step;
        set => _nanoseconds = value;
    }

    /// <summary>How long it takes to read it.</summary>
    public ulong Step { get; set; }

    public ulong TimeStamp => TimeStampOrigin + (Nanoseconds * 2);

    public ulong TimeStampOrigin => 1000;

    public bool IsStable { get; set; } = true;

    public ulong TimeStampKilohertz => 2_000_000;

    public ulong WallClockOrigin => 1_735_689_600;
}
