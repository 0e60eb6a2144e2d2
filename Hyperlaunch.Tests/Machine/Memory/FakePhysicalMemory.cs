using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Tests.Machine.Memory;

/// <summary>
/// A machine's memory in pieces, each at its own physical address. Pages that nobody writes cost nothing, so it can be large.
/// </summary>
internal sealed unsafe class FakePhysicalMemory : IPhysicalMemory, IDisposable
{
    private readonly List<Piece> _pieces = [];

    public int Mappings { get; private set; }

    public byte* Map(ulong address, ulong length)
    {
        Mappings++;
        foreach (Piece piece in _pieces)
        {
            if (address >= piece.Start && address - piece.Start <= piece.Length
                && length <= piece.Length - (address - piece.Start))
            {
                return (byte*)piece.Bytes + (address - piece.Start);
            }
        }

        return null;
    }

    public FakePhysicalMemory With(ulong start, ulong length)
    {
        _pieces.Add(new Piece(start, length, (nint)NativeMemory.AllocZeroed((nuint)length)));
        return this;
    }

    public Span<byte> At(ulong address, int length)
    {
        byte* bytes = Map(address, (ulong)length);
        return bytes == null ? throw new ArgumentOutOfRangeException(nameof(address)) : new Span<byte>(bytes, length);
    }

    public void Put(ulong address, ReadOnlySpan<byte> bytes) => bytes.CopyTo(At(address, bytes.Length));

    public void Put32(ulong address, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(At(address, 4), value);

    public void Put64(ulong address, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(At(address, 8), value);

    public void Dispose()
    {
        foreach (Piece piece in _pieces)
        {
            NativeMemory.Free((void*)piece.Bytes);
        }

        _pieces.Clear();
    }

    private readonly record struct Piece(ulong Start, ulong Length, nint Bytes);
}
