using System;

namespace Hyperlaunch.Dtb;

/// <summary>The strings of a property, for <c>foreach</c>: Devicetree Specification v0.4, 2.2.4, <c>stringlist</c>.</summary>
public ref struct StringList
{
    private ReadOnlySpan<byte> rest;

    /// <summary>Every string in <paramref name="value"/> ends with a NUL.</summary>
    internal StringList(ReadOnlySpan<byte> value)
    {
        rest = value;
        Current = default;
    }

    /// <summary>The string that <see cref="MoveNext"/> reached last, without its NUL.</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    /// <summary>This enumerator, from where it stands.</summary>
    /// <returns>A copy.</returns>
    public readonly StringList GetEnumerator() => this;

    /// <summary>Goes to the next string.</summary>
    /// <returns>Whether there is one.</returns>
    public bool MoveNext()
    {
        if (rest.IsEmpty)
        {
            return false;
        }

        int end = rest.IndexOf((byte)0);
        Current = rest.Slice(0, end);
        rest = rest.Slice(end + 1);
        return true;
    }

    /// <summary>Whether a string is among those that are still to come.</summary>
    /// <param name="text">The string, without a NUL; it must match whole.</param>
    /// <returns>Whether it is there.</returns>
    public readonly bool Contains(scoped ReadOnlySpan<byte> text)
    {
        foreach (ReadOnlySpan<byte> candidate in this)
        {
            if (candidate.SequenceEqual(text))
            {
                return true;
            }
        }

        return false;
    }
}
