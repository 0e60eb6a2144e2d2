using System;

namespace Hyperlaunch.Machine.Memory;

/// <summary>
/// A physical address of the machine: what page tables and devices hold. It is no pointer: <see cref="IPhysicalMemory"/> makes
/// one of it.
/// </summary>
public readonly struct MachineAddress : IEquatable<MachineAddress>
{
    /// <summary>Makes an address of a number.</summary>
    public MachineAddress(ulong value)
    {
        Value = value;
    }

    /// <summary>The address as a number.</summary>
    public ulong Value { get; }

    /// <summary>Whether two addresses are the same.</summary>
    public static bool operator ==(MachineAddress left, MachineAddress right) => left.Value == right.Value;

    /// <summary>Whether two addresses differ.</summary>
    public static bool operator !=(MachineAddress left, MachineAddress right) => left.Value != right.Value;

    /// <summary>The address so many bytes further on; it wraps around 64 bits, as the processor's do.</summary>
    public static MachineAddress operator +(MachineAddress address, ulong offset) => new(unchecked(address.Value + offset));

    /// <summary>The address so many bytes before; it wraps around 64 bits, as the processor's do.</summary>
    public static MachineAddress operator -(MachineAddress address, ulong offset) => new(unchecked(address.Value - offset));

    /// <summary>The address so many bytes further on; false when that is beyond 64 bits.</summary>
    public bool TryAdd(ulong offset, out MachineAddress sum)
    {
        bool fits = SafeSize.TryAdd(Value, offset, out ulong value);
        sum = new MachineAddress(value);
        return fits;
    }

    /// <summary>The address rounded down to a power of two.</summary>
    public MachineAddress AlignDown(ulong alignment) => new(SafeSize.AlignDown(Value, alignment));

    /// <inheritdoc/>
    public bool Equals(MachineAddress other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is MachineAddress other && Value == other.Value;

    /// <inheritdoc/>
    public override int GetHashCode() => (int)Value ^ (int)(Value >> 32);

    /// <summary>The address in hexadecimal. Allocates the string.</summary>
    public override string ToString() => $"0x{Value:x}";
}
