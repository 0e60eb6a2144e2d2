using System;

namespace Hyperlaunch.Machine.Text;

/// <summary>Numbers as messages and lists print them, whatever the culture.</summary>
public static class NumberText
{
    private const string HexDigits = "0123456789abcdef";

    /// <summary>A number in decimal digits, without leading zeros.</summary>
    public static string Decimal(ulong value)
    {
        Span<char> digits = stackalloc char[20];
        int start = digits.Length;
        do
        {
            ulong rest = value / 10;
            digits[--start] = (char)('0' + (uint)(value - rest * 10));
            value = rest;
        }
        while (value != 0);
        return new string(digits.Slice(start));
    }

    /// <summary>A number in lower-case hexadecimal digits after <c>0x</c>, without leading zeros.</summary>
    public static string Hex(ulong value)
    {
        Span<char> digits = stackalloc char[18];
        int start = digits.Length;
        do
        {
            digits[--start] = HexDigits[(int)(value & 0xF)];
            value >>= 4;
        }
        while (value != 0);
        digits[--start] = 'x';
        digits[--start] = '0';
        return new string(digits.Slice(start));
    }
}
