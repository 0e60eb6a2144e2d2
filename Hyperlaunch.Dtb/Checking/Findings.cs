using System;

namespace Hyperlaunch.Dtb;

/// <summary>Where the checks put what they find, and what decides whether they go on.</summary>
internal ref struct Findings
{
    private readonly Span<DtbError> kept;
    private readonly bool ignoreDefects;
    private readonly bool stopAtFirst;

    private Findings(Span<DtbError> kept, bool ignoreDefects, bool stopAtFirst)
    {
        this.kept = kept;
        this.ignoreDefects = ignoreDefects;
        this.stopAtFirst = stopAtFirst;
        Count = 0;
        First = default;
    }

    /// <summary>How many findings there were, those that no longer fitted included.</summary>
    internal int Count { get; private set; }

    /// <summary>The first finding.</summary>
    internal DtbError First { get; private set; }

    /// <summary>The first finding of at least the severity that refuses the blob, and no more.</summary>
    internal static Findings OnlyFirst(DtbStrictness strictness) => new(default, strictness == DtbStrictness.Lenient, true);

    /// <summary>All findings, as many as fit.</summary>
    internal static Findings All(Span<DtbError> kept) => new(kept, false, false);

    /// <summary>Records a finding. Returns whether the check must stop.</summary>
    internal bool Add(DtbErrorKind kind, int offset)
    {
        DtbError error = new(kind, offset);
        bool unreadable = error.Severity == DtbSeverity.Unreadable;
        if (ignoreDefects && !unreadable)
        {
            return false;
        }

        if (Count == 0)
        {
            First = error;
        }

        if ((uint)Count < (uint)kept.Length)
        {
            kept[Count] = error;
        }

        Count++;
        return stopAtFirst || unreadable;
    }
}
