namespace Hyperlaunch.Hypervisor.Passthrough;

/// <summary>Neighbouring I/O ports.</summary>
public readonly struct PortRange
{
    /// <summary>Makes a range.</summary>
    /// <param name="first">The first port.</param>
    /// <param name="last">The last port.</param>
    public PortRange(ushort first, ushort last)
    {
        First = first;
        Last = last;
    }

    /// <summary>The first port.</summary>
    public ushort First { get; }

    /// <summary>The last port.</summary>
    public ushort Last { get; }
}
