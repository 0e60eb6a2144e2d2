namespace Hyperlaunch.Dtb;

/// <summary>Where the checks put what they find, and what decides whether they go on.</summary>
internal unsafe struct Findings
{
    private readonly DtbError* kept;
    private readonly int capacity;
    private readonly bool stopAtFirst;

    private Findings(DtbError* kept, int capacity, bool ignoreDefects, bool stopAtFirst)
    {
        this.kept = kept;
        this.capacity = capacity;
        IgnoresDefects = ignoreDefects;
        this.stopAtFirst = stopAtFirst;
        Count = 0;
        First = default;
    }

    /// <summary>Whether defects are not looked for.</summary>
    internal bool IgnoresDefects { get; }

    /// <summary>How many findings there were, those that no longer fitted included.</summary>
    internal int Count { get; private set; }

    /// <summary>The first finding.</summary>
    internal DtbError First { get; private set; }

    /// <summary>The first finding of at least the severity that refuses the blob, and no more.</summary>
    internal static Findings OnlyFirst(DtbStrictness strictness) => new(null, 0, strictness == DtbStrictness.Lenient, true);

    /// <summary>All findings, as many as there is room for at <paramref name="kept"/>.</summary>
    internal static Findings All(DtbError* kept, int capacity) => new(kept, capacity, false, false);

    /// <summary>Records a finding. Returns whether the check must stop.</summary>
    internal bool Add(DtbErrorKind kind, int offset)
    {
        DtbError error = new(kind, offset);
        bool unreadable = error.Severity == DtbSeverity.Unreadable;
        if (IgnoresDefects && !unreadable)
        {
            return false;
        }

        if (Count == 0)
        {
            First = error;
        }

        // Sound: the caller of All has room for as many as it said.
        if (Count < capacity)
        {
            kept[Count] = error;
        }

        Count++;
        return stopAtFirst || unreadable;
    }
}
