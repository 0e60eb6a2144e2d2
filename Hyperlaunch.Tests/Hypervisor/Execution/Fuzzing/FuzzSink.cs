using Hyperlaunch.Platform.Serial;

namespace Hyperlaunch.Tests.Hypervisor.Execution.Fuzzing;

/// <summary>The other end of a serial port, which is not always ready and sometimes opened anew.</summary>
internal sealed class FuzzSink(FuzzRandom random) : IReopenedSink
{
    private bool _isStale;

    public ulong Digest { get; private set; }

    public bool IsReady => !random.OneIn(8);

    public bool IsStale => _isStale |= random.OneIn(64);

    public void Start() => (Digest, _isStale) = (0, false);

    public void Put(byte value) => Digest = FuzzRandom.Mix(Digest + value);

    public void OnReceiverEmptied() => _isStale = false;
}
