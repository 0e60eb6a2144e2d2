using System;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Tests.Machine.Memory;

/// <summary>A guest's memory in an array, from address 0.</summary>
internal sealed class ArrayMemory(int size) : IGuestMemory
{
    public byte[] Bytes { get; } = new byte[size];

    public bool TryRead(GuestAddress address, Span<byte> destination)
    {
        if (!Holds(address.Value, destination.Length))
        {
            return false;
        }

        Bytes.AsSpan((int)address.Value, destination.Length).CopyTo(destination);
        return true;
    }

    public bool TryWrite(GuestAddress address, ReadOnlySpan<byte> source)
    {
        if (!Holds(address.Value, source.Length))
        {
            return false;
        }

        source.CopyTo(Bytes.AsSpan((int)address.Value));
        return true;
    }

    private bool Holds(ulong address, int length)
        => address <= (ulong)Bytes.Length && (ulong)length <= (ulong)Bytes.Length - address;
}
