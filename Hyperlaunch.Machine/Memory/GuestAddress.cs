using System;

namespace Hyperlaunch.Machine.Memory;

/// <summary>
/// A physical address as a guest sees it; nested page tables make a <see cref="MachineAddress"/> of it. Any number is one:
/// whether the domain has memory there is for the domain's memory to say.
/// </summary>
public readonly struct GuestAddress : IEquatable<GuestAddress>
{
    /// <summary>Makes an address of a number.</summary>
    public GuestAddress(ulong value)
    {
        Value = value;
    }

    /// <summary>The address as a number.</summary>
    public ulong Value { get; }

    /// <summary>Whether two addresses are the same.</summary>
    public static bool operator ==(GuestAddress left, GuestAddress right) => left.Value == right.Value;

    /// <summary>Whether two addresses differ.</summary>
    public static bool operator !=(GuestAddress left, GuestAddress right) => left.Value != right.Value;

    /// <summary>The address so many bytes further on; it wraps around 64 bits, as the processor's do.</summary>
    public static GuestAddress operator +(GuestAddress address, ulong offset) => new(unchecked(address.Value + offset));

    /// <summary>The address so many bytes before; it wraps around 64 bits, as the processor's do.</summary>
    public static GuestAddress operator -(GuestAddress address, ulong offset) => new(unchecked(address.Value - offset));

    /// <summary>The address so many bytes further on; false when that is beyond 64 bits.</summary>
    public bool TryAdd(ulong offset, out GuestAddress sum)
    {
        bool fits = SafeSize.TryAdd(Value, offset, out ulong value);
        sum = new GuestAddress(value);
        return fits;
    }

    /// <summary>The address rounded down to a power of two.</summary>
    public GuestAddress AlignDown(ulong alignment) => new(SafeSize.AlignDown(Value, alignment));

    /// <inheritdoc/>
    public bool Equals(GuestAddress other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is GuestAddress other && Value == other.Value;

    /// <inheritdoc/>
    public override int GetHashCode() => (int)Value ^ (int)(Value >> 32);

    /// <summary>The address in hexadecimal. Allocates the string.</summary>
    public override string ToString() => $"0x{Value:x}";
}
