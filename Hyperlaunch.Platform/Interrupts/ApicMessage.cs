namespace Hyperlaunch.Platform.Interrupts;

/// <summary>A message on the bus between local APICs and I/O APIC.</summary>
internal struct ApicMessage
{
    /// <summary>The destination: an APIC ID, or a logical destination.</summary>
    public uint Destination;

    /// <summary>The destination is logical.</summary>
    public bool IsLogical;

    /// <summary>The destination has 32 bits (sent in x2APIC mode) and not 8.</summary>
    public bool IsWide;

    /// <summary>How it is delivered.</summary>
    public ApicDeliveryMode Mode;

    /// <summary>The vector.</summary>
    public byte Vector;

    /// <summary>Level-triggered: the end of the interrupt is told to the I/O APIC.</summary>
    public bool IsLevel;
}
