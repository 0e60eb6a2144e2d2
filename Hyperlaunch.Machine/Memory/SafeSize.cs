namespace Hyperlaunch.Machine.Memory;

/// <summary>
/// Arithmetic on sizes, offsets and addresses that came from outside: unsigned, 64 bits wide, and never wrapping. The library has
/// no other place where an untrusted number is added to another one.
/// </summary>
public static class SafeSize
{
    /// <summary>Adds; false when the sum does not fit 64 bits.</summary>
    public static bool TryAdd(ulong left, ulong right, out ulong sum)
    {
        sum = unchecked(left + right);
        return sum >= left;
    }

    /// <summary>Adds; the largest number when the sum does not fit.</summary>
    public static ulong Add(ulong left, ulong right) => TryAdd(left, right, out ulong sum) ? sum : ulong.MaxValue;

    /// <summary>Subtracts; 0 when the result would be negative.</summary>
    public static ulong Subtract(ulong left, ulong right) => left > right ? left - right : 0;

    /// <summary>
    /// Whether <paramref name="length"/> bytes from <paramref name="offset"/> lie inside <paramref name="total"/> bytes.
    /// </summary>
    public static bool Fits(ulong offset, ulong length, ulong total) => offset <= total && length <= total - offset;

    /// <summary>Rounds down to a power of two.</summary>
    public static ulong AlignDown(ulong value, ulong alignment) => value & ~(alignment - 1);

    /// <summary>Rounds up to a power of two; the highest multiple when the result does not fit 64 bits.</summary>
    public static ulong AlignUp(ulong value, ulong alignment) => AlignDown(Add(value, alignment - 1), alignment);

    /// <summary>Whether the value is a power of two.</summary>
    public static bool IsPowerOfTwo(ulong value) => value != 0 && (value & (value - 1)) == 0;
}
