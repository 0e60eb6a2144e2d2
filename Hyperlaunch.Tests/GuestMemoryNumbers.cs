using System;
using System.Buffers.Binary;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Tests;

/// <summary>A domain's memory as tests like it: addresses are numbers, and so are the contents, little-endian.</summary>
internal static class GuestMemoryNumbers
{
    public static bool TryRead(this IGuestMemory memory, ulong address, Span<byte> destination)
        => memory.TryRead(new GuestAddress(address), destination);

    public static bool TryWrite(this IGuestMemory memory, ulong address, ReadOnlySpan<byte> source)
        => memory.TryWrite(new GuestAddress(address), source);

    public static bool TryPopulate(this GuestMemory memory, ulong address, bool isFetch = false)
        => memory.TryPopulate(new GuestAddress(address), isFetch);

    public static bool TryGetSpan(this GuestMemory memory, ulong address, int length, out Span<byte> bytes)
        => memory.TryGetSpan(new GuestAddress(address), length, out bytes);

    public static bool TryReadU8(this IGuestMemory memory, ulong address, out byte value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(byte)];
        bool isRead = memory.TryRead(address, bytes);
        value = isRead ? bytes[0] : (byte)0;
        return isRead;
    }

    public static bool TryReadU16(this IGuestMemory memory, ulong address, out ushort value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        bool isRead = memory.TryRead(address, bytes);
        value = isRead ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : (ushort)0;
        return isRead;
    }

    public static bool TryReadU32(this IGuestMemory memory, ulong address, out uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        bool isRead = memory.TryRead(address, bytes);
        value = isRead ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : 0;
        return isRead;
    }

    public static bool TryReadU64(this IGuestMemory memory, ulong address, out ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        bool isRead = memory.TryRead(address, bytes);
        value = isRead ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : 0;
        return isRead;
    }

    public static bool TryWriteU8(this IGuestMemory memory, ulong address, byte value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(byte)];
        bytes[0] = value;
        return memory.TryWrite(address, bytes);
    }

    public static bool TryWriteU16(this IGuestMemory memory, ulong address, ushort value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        return memory.TryWrite(address, bytes);
    }

    public static bool TryWriteU32(this IGuestMemory memory, ulong address, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return memory.TryWrite(address, bytes);
    }

    public static bool TryWriteU64(this IGuestMemory memory, ulong address, ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return memory.TryWrite(address, bytes);
    }
}
