namespace Hyperlaunch.Platform.Serial;

/// <summary>The far end of a serial port's line that begins anew when the guest opens or closes the port.</summary>
public interface IReopenedSink : ISerialSink
{
    /// <summary>
    /// Whether what it has for the guest was meant for the time before the guest emptied its receiver: nothing of it may follow.
    /// Asked for each byte that arrives.
    /// </summary>
    bool IsStale { get; }

    /// <summary>The guest emptied its receiver, as a driver does that opens or closes the port.</summary>
    void OnReceiverEmptied();
}
