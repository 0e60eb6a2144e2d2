using System.Text;
using Hyperlaunch.Machine.Text;

namespace Hyperlaunch.Domains.Plan;

/// <summary>Amounts and strings as the plan's messages print them, and sizes as people write them.</summary>
internal static class PlanText
{
    /// <summary>How much of a string from a tree a message shows.</summary>
    private const int LongestQuote = 48;

    /// <summary>An amount of memory, given in KiB, in the largest unit that divides it.</summary>
    internal static string Kib(ulong kib)
    {
        const ulong Mib = 1 << 10;
        const ulong Gib = 1 << 20;
        if (kib != 0 && (kib & (Gib - 1)) == 0)
        {
            return NumberText.Decimal(kib >> 20) + " GiB";
        }

        return kib != 0 && (kib & (Mib - 1)) == 0 ? NumberText.Decimal(kib >> 10) + " MiB" : NumberText.Decimal(kib) + " KiB";
    }

    internal static string Bytes(int count) => NumberText.Decimal((ulong)count) + (count == 1 ? " byte" : " bytes");

    /// <summary>A string in quotes, shortened, with a dot for what cannot be printed.</summary>
    internal static string Quote(string value)
    {
        StringBuilder text = new();
        text.Append('"');
        int shown = value.Length > LongestQuote ? LongestQuote : value.Length;
        for (int i = 0; i < shown; i++)
        {
            char character = value[i];
            text.Append(character is >= ' ' and <= '~' and not '"' ? character : '.');
        }

        return text.Append(shown < value.Length ? "...\"" : "\"").ToString();
    }

    /// <summary>
    /// Reads a number with an optional unit, <c>K</c>, <c>M</c> or <c>G</c> in either case.
    /// </summary>
    /// <param name="text">The text, all of which must be read.</param>
    /// <param name="plainShift">The power of two of the unit that a number without one has: 10 for KiB, 0 for bytes.</param>
    /// <param name="bytes">The amount in bytes.</param>
    /// <returns>False when it is no such text, or exceeds 64 bits.</returns>
    internal static bool TryReadSize(string text, int plainShift, out ulong bytes)
    {
        bytes = 0;
        int digits = text.Length;
        int shift = plainShift;
        if (digits > 0)
        {
            switch (text[digits - 1])
            {
                case 'K' or 'k':
                    shift = 10;
                    digits--;
                    break;
                case 'M' or 'm':
                    shift = 20;
                    digits--;
                    break;
                case 'G' or 'g':
                    shift = 30;
                    digits--;
                    break;
            }
        }

        if (!TryReadDecimal(text, digits, out ulong value) || value > (ulong.MaxValue >> shift))
        {
            return false;
        }

        bytes = value << shift;
        return true;
    }

    /// <summary>Reads the first <paramref name="length"/> characters as a decimal number of 64 bits.</summary>
    internal static bool TryReadDecimal(string text, int length, out ulong value)
    {
        value = 0;
        if (length == 0)
        {
            return false;
        }

        for (int i = 0; i < length; i++)
        {
            char character = text[i];
            if (character is < '0' or > '9')
            {
                return false;
            }

            uint digit = (uint)(character - '0');
            if (value > (ulong.MaxValue - digit) / 10)
            {
                return false;
            }

            value = value * 10 + digit;
        }

        return true;
    }
}
