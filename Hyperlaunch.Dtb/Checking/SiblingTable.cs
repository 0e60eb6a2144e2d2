using System;

namespace Hyperlaunch.Dtb;

/// <summary>
/// The names of the siblings on the way from the root to where a walk stands: a hash table that is also a stack, since
/// the walk leaves a node's children in the reverse of the order in which it met them. Its memory is the caller's and
/// of fixed size; that it may be full is the caller's to handle.
/// </summary>
internal ref struct SiblingTable
{
    /// <summary>How many names there is room for.</summary>
    internal const int Capacity = 1024;

    /// <summary>How many chains there are: a power of two.</summary>
    internal const int Buckets = 1024;

    private readonly Span<Entry> entries;

    /// <summary>The newest entry of each chain, plus one; 0 where the chain is empty.</summary>
    private readonly Span<ushort> newest;

    internal SiblingTable(Span<Entry> entries, Span<ushort> newest)
    {
        this.entries = entries;
        this.newest = newest;
        Count = 0;
    }

    /// <summary>How many names are in the table.</summary>
    internal int Count { get; private set; }

    internal readonly bool IsFull => Count == Capacity;

    /// <summary>The token of the first candidate for an equal sibling: same hash, and not below <paramref name="start"/>.
    /// Returns the entry's number, or -1; pass that to <see cref="NextCandidate"/> if the names differ after all.</summary>
    internal readonly int FirstCandidate(uint hash, int start) => Follow(newest[(int)(hash & (Buckets - 1))] - 1, hash, start);

    /// <summary>The next candidate after <paramref name="entry"/>, or -1.</summary>
    internal readonly int NextCandidate(int entry, uint hash, int start) => Follow(entries[entry].Older - 1, hash, start);

    /// <summary>The token of an entry.</summary>
    internal readonly int TokenOf(int entry) => entries[entry].Token;

    /// <summary>Adds a name. The table must not be full.</summary>
    internal void Push(uint hash, int token)
    {
        ref ushort chain = ref newest[(int)(hash & (Buckets - 1))];
        entries[Count] = new Entry { Hash = hash, Token = token, Older = chain };
        Count++;
        chain = (ushort)Count;
    }

    /// <summary>Removes the newest names until <paramref name="count"/> are left.</summary>
    internal void PopTo(int count)
    {
        while (Count > count)
        {
            Count--;
            newest[(int)(entries[Count].Hash & (Buckets - 1))] = entries[Count].Older;
        }
    }

    /// <summary>Older entries of a chain have lower numbers, so the chain can be left at the first one below the start.</summary>
    private readonly int Follow(int entry, uint hash, int start)
    {
        while (entry >= start)
        {
            if (entries[entry].Hash == hash)
            {
                return entry;
            }

            entry = entries[entry].Older - 1;
        }

        return -1;
    }

    /// <summary>A name in the table.</summary>
    internal struct Entry
    {
        internal uint Hash;
        internal int Token;

        /// <summary>The entry before this one in its chain, plus one; 0 at the end.</summary>
        internal ushort Older;
    }
}
