namespace Hyperlaunch.Platform.Devices;

/// <summary>Neighbouring I/O ports at which some of a device's registers lie.</summary>
public readonly struct PortWindow
{
    /// <summary>Makes a window.</summary>
    /// <param name="first">The first port.</param>
    /// <param name="count">How many ports, at least 1; the last one is at most 0xFFFF.</param>
    /// <param name="width">The widest access, in bytes, that the device takes whole: 1, 2 or 4.</param>
    /// <param name="offset">The offset in the device at which the first port leads.</param>
    public PortWindow(ushort first, int count, byte width, byte offset = 0)
    {
        First = first;
        Count = count;
        Width = width;
        Offset = offset;
    }

    /// <summary>The first port.</summary>
    public ushort First { get; }

    /// <summary>How many ports.</summary>
    public int Count { get; }

    /// <summary>The last port; beyond 0xFFFF when the window is none.</summary>
    public int Last => First + Count - 1;

    /// <summary>The widest access, in bytes, that the device takes whole.</summary>
    public byte Width { get; }

    /// <summary>The offset in the device at which <see cref="First"/> leads.</summary>
    public byte Offset { get; }
}
