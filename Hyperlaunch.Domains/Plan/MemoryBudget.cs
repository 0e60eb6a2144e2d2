namespace Hyperlaunch.Domains.Plan;

/// <summary>What memory the machine has for domains, and what they take. All in KiB.</summary>
public readonly struct MemoryBudget
{
    internal MemoryBudget(bool isKnown, ulong available, ulong needed)
    {
        IsKnown = isKnown;
        AvailableKib = available;
        NeededKib = needed;
    }

    /// <summary>Whether the machine's memory is known; without it nothing can be said about the fit.</summary>
    public bool IsKnown { get; }

    /// <summary>What is left for domains of the machine's memory.</summary>
    public ulong AvailableKib { get; }

    /// <summary>What the domains were to take together, with what the hypervisor spends on each.</summary>
    public ulong NeededKib { get; }

    /// <summary>Whether all of them fit.</summary>
    public bool Fits => IsKnown && NeededKib <= AvailableKib;

    /// <summary>By how much they do not fit; 0 when they do, or when that is not known.</summary>
    public ulong ShortfallKib => IsKnown && NeededKib > AvailableKib ? NeededKib - AvailableKib : 0;
}
