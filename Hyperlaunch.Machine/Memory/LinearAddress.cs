using System;

namespace Hyperlaunch.Machine.Memory;

/// <summary>
/// An address that the guest's own page tables translate to a <see cref="GuestAddress"/>: what its instructions use, after
/// segmentation.
/// </summary>
public readonly struct LinearAddress : IEquatable<LinearAddress>
{
    /// <summary>Makes an address of a number.</summary>
    public LinearAddress(ulong value)
    {
        Value = value;
    }

    /// <summary>The address as a number.</summary>
    public ulong Value { get; }

    /// <summary>Whether two addresses are the same.</summary>
    public static bool operator ==(LinearAddress left, LinearAddress right) => left.Value == right.Value;

    /// <summary>Whether two addresses differ.</summary>
    public static bool operator !=(LinearAddress left, LinearAddress right) => left.Value != right.Value;

    /// <summary>The address so many bytes further on; it wraps around 64 bits, as the processor's do.</summary>
    public static LinearAddress operator +(LinearAddress address, ulong offset) => new(unchecked(address.Value + offset));

    /// <summary>The address so many bytes before; it wraps around 64 bits, as the processor's do.</summary>
    public static LinearAddress operator -(LinearAddress address, ulong offset) => new(unchecked(address.Value - offset));

    /// <summary>The address so many bytes further on; false when that is beyond 64 bits.</summary>
    public bool TryAdd(ulong offset, out LinearAddress sum)
    {
        bool fits = SafeSize.TryAdd(Value, offset, out ulong value);
        sum = new LinearAddress(value);
        return fits;
    }

    /// <summary>The address rounded down to a power of two.</summary>
    public LinearAddress AlignDown(ulong alignment) => new(SafeSize.AlignDown(Value, alignment));

    /// <inheritdoc/>
    public bool Equals(LinearAddress other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is LinearAddress other && Value == other.Value;

    /// <inheritdoc/>
    public override int GetHashCode() => (int)Value ^ (int)(Value >> 32);

    /// <summary>The address in hexadecimal. Allocates the string.</summary>
    public override string ToString() => $"0x{Value:x}";
}
