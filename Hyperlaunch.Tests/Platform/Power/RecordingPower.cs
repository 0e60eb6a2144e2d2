using Hyperlaunch.Platform.Power;

namespace Hyperlaunch.Tests.Platform.Power;

/// <summary>Counts what a guest asked for.</summary>
internal sealed class RecordingPower : IPowerRequests
{
    public int PowerOffs { get; private set; }

    public int Restarts { get; private set; }

    public void PowerOff() => PowerOffs++;

    public void Restart() => Restarts++;
}
