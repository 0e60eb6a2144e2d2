using System.Collections.Generic;
using Hyperlaunch.Platform.Serial;

namespace Hyperlaunch.Tests.Platform.Serial;

/// <summary>Keeps what a serial port sent.</summary>
internal sealed class RecordingSink : IReopenedSink
{
    public List<byte> Sent { get; } = [];

    public bool IsReady { get; set; } = true;

    public bool IsStale { get; set; }

    public int Emptied { get; private set; }

    public void OnReceiverEmptied() => Emptied++;

    public void Put(byte value) => Sent.Add(value);
}
