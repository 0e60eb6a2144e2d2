namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>
/// What a port is bound to, in one word, so that it changes at once for everybody and the two ends of a channel need no common
/// lock.
/// </summary>
internal readonly struct PortBinding
{
    private const int PortShift = 3;
    private const int DomainShift = 15;
    private const int PortMask = (1 << (DomainShift - PortShift)) - 1;
    private const int DomainMask = 0x7FFF;

    /// <summary>Reads a word.</summary>
    public PortBinding(int word)
    {
        Word = word;
    }

    /// <summary>Binds a port.</summary>
    /// <param name="kind">To what.</param>
    /// <param name="domid">The other domain, where there is one.</param>
    /// <param name="port">The other port, 0 to 4095, or the VIRQ.</param>
    public PortBinding(PortKind kind, uint domid, uint port)
    {
        Word = (int)kind | (int)(port & PortMask) << PortShift | (int)(domid & DomainMask) << DomainShift;
    }

    /// <summary>The word; 0 is a free port.</summary>
    public int Word { get; }

    /// <summary>What kind of thing it is bound to.</summary>
    public PortKind Kind => (PortKind)(Word & ((1 << PortShift) - 1));

    /// <summary>The other domain.</summary>
    public uint Domid => (uint)(Word >> DomainShift & DomainMask);

    /// <summary>The other port, or the VIRQ.</summary>
    public int Port => Word >> PortShift & PortMask;
}
