using System;
using Hyperlaunch.Domains.Construction;

namespace Hyperlaunch.Tests.Execution;

/// <summary>A guest's memory in an array, from address 0.</summary>
internal sealed class ArrayMemory(int size) : IGuestMemory
{
    public byte[] Bytes { get; } = new byte[size];

    public bool TryRead(ulong address, Span<byte> destination)
    {
        if (!Holds(address, destination.Length))
        {
            return false;
        }

        Bytes.AsSpan((int)address, destination.Length).CopyTo(destination);
        return true;
    }

    public bool TryWrite(ulong address, ReadOnlySpan<byte> source)
    {
        if (!Holds(address, source.Length))
        {
            return false;
        }

        source.CopyTo(Bytes.AsSpan((int)address));
        return true;
    }

    private bool Holds(ulong address, int length)
        => address <= (ulong)Bytes.Length && (ulong)length <= (ulong)Bytes.Length - address;
}
