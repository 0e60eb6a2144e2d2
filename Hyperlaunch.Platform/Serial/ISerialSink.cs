namespace Hyperlaunch.Platform.Serial;

/// <summary>The far end of a serial port's line.</summary>
public interface ISerialSink
{
    /// <summary>Takes a byte that the guest sent. The line is infinitely fast: it is always taken.</summary>
    void Put(byte value);

    /// <summary>
    /// Whether it takes a burst of 16 bytes now. A guest that does not wait for that loses what there is no room for.
    /// </summary>
    bool IsReady { get; }
}
