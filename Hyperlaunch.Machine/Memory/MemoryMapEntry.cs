namespace Hyperlaunch.Machine.Memory;

/// <summary>One entry of a memory map: the machine's, or that a domain is given.</summary>
public readonly struct MemoryMapEntry
{
    /// <summary>Makes an entry.</summary>
    public MemoryMapEntry(MemoryRange range, MemoryKind kind)
    {
        Range = range;
        Kind = kind;
    }

    /// <summary>The addresses.</summary>
    public MemoryRange Range { get; }

    /// <summary>What they are.</summary>
    public MemoryKind Kind { get; }
}
