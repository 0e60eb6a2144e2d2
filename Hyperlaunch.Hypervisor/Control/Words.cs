using System;

namespace Hyperlaunch.Hypervisor.Control;

/// <summary>The words of a line, separated by blanks.</summary>
internal ref struct Words
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Begins at a line's start.</summary>
    public Words(ReadOnlySpan<byte> line) => _rest = Trim(line);

    /// <summary>Reads a number in decimal: nothing but digits, at most nine.</summary>
    public static bool TryNumber(ReadOnlySpan<byte> text, out uint number)
    {
        number = 0;
        bool isNumber = text.Length is > 0 and < 10;
        for (int i = 0; isNumber && i < text.Length; i++)
        {
            isNumber = text[i] >= (byte)'0' && text[i] <= (byte)'9';
            number = (number * 10) + (uint)(text[i] - (byte)'0');
        }

        return isNumber;
    }

    /// <summary>Takes the next word; empty when there is none.</summary>
    public ReadOnlySpan<byte> Next()
    {
        int end = _rest.IndexOf((byte)' ');
        ReadOnlySpan<byte> word = end < 0 ? _rest : _rest.Slice(0, end);
        _rest = Trim(_rest.Slice(word.Length));
        return word;
    }

    /// <summary>What follows, blanks and all.</summary>
    public readonly ReadOnlySpan<byte> Rest() => _rest;

    /// <summary>Takes the last word when it is <paramref name="word"/>.</summary>
    public bool TakeLast(ReadOnlySpan<byte> word)
    {
        int start = _rest.Length - word.Length;
        bool isThere = start >= 0 && _rest.Slice(start).SequenceEqual(word) && (start == 0 || _rest[start - 1] == (byte)' ');
        if (isThere)
        {
            _rest = Trim(_rest.Slice(0, start));
        }

        return isThere;
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text)
    {
        int start = 0;
        int end = text.Length;
        while (start < end && text[start] == (byte)' ')
        {
            start++;
        }

        while (end > start && text[end - 1] == (byte)' ')
        {
            end--;
        }

        return text.Slice(start, end - start);
    }
}
