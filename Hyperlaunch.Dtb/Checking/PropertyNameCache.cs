using System;

namespace Hyperlaunch.Dtb;

/// <summary>
/// The hashes of legal property names by their offsets in the strings block: a tree uses few names very often, so most
/// names need not be read again.
/// </summary>
internal readonly ref struct PropertyNameCache
{
    /// <summary>How many names are remembered at most: a power of two.</summary>
    internal const int Capacity = 512;

    private readonly Span<Entry> entries;

    internal PropertyNameCache(Span<Entry> entries)
    {
        this.entries = entries;
    }

    /// <summary>Finds the hash of the name at an offset in the strings block.</summary>
    internal bool TryGet(uint nameOffset, out uint hash)
    {
        Entry entry = entries[(int)(nameOffset & (Capacity - 1))];
        hash = entry.Hash;
        // One more than the offset, so that an entry of zeros holds no name.
        return entry.Key == nameOffset + 1;
    }

    /// <summary>Remembers the hash of a name that has been found legal.</summary>
    internal void Add(uint nameOffset, uint hash) =>
        entries[(int)(nameOffset & (Capacity - 1))] = new Entry { Key = nameOffset + 1, Hash = hash };

    internal struct Entry
    {
        internal uint Key;
        internal uint Hash;
    }
}
