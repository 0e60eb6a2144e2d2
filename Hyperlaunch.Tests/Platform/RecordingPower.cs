using Hyperlaunch.Domains.Platform;

namespace Hyperlaunch.Tests.Platform;

/// <summary>Counts what a guest asked for.</summary>
internal sealed class RecordingPower : IPowerRequests
{
    public int PowerOffs { get; private set; }

    public int Restarts { get; private set; }

    public void PowerOff() => PowerOffs++;

    public void Restart() => Restarts++;
}
