namespace Hyperlaunch.Machine.Memory;

/// <summary>A range of physical addresses, in bytes. Holding one proves that its end does not wrap around 64 bits.</summary>
public readonly struct MemoryRange
{
    private MemoryRange(ulong start, ulong length)
    {
        Start = start;
        Length = length;
    }

    /// <summary>The first address.</summary>
    public ulong Start { get; }

    /// <summary>The length in bytes; 0 is an empty range.</summary>
    public ulong Length { get; }

    /// <summary>The address after the last one.</summary>
    public ulong End => Start + Length;

    /// <summary>Whether the range holds no address.</summary>
    public bool IsEmpty => Length == 0;

    /// <summary>Makes a range of a start and a length; one that would wrap is cut at the last address.</summary>
    public static MemoryRange FromLength(ulong start, ulong length)
        => new(start, length > ulong.MaxValue - start ? ulong.MaxValue - start : length);

    /// <summary>Makes a range of a start and an end (exclusive); an end below the start makes an empty range.</summary>
    public static MemoryRange FromEnd(ulong start, ulong end) => new(start, end > start ? end - start : 0);

    /// <summary>Whether <paramref name="other"/> lies wholly inside this range.</summary>
    public bool Contains(MemoryRange other) => other.Start >= Start && other.End <= End;

    /// <summary>Whether the two ranges share an address; an empty range shares none.</summary>
    public bool Overlaps(MemoryRange other)
        => !IsEmpty && !other.IsEmpty && Start < other.End && other.Start < End;
}
