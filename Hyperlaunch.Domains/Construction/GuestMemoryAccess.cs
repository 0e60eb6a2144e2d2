using System;
using System.Buffers.Binary;

namespace Hyperlaunch.Domains.Construction;

/// <summary>Numbers in a domain's memory, little-endian.</summary>
public static class GuestMemoryAccess
{
    /// <summary>Reads a byte; false when the address is no memory of the domain.</summary>
    public static bool TryReadU8(this IGuestMemory memory, ulong address, out byte value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(byte)];
        bool isRead = memory.TryRead(address, bytes);
        value = isRead ? bytes[0] : (byte)0;
        return isRead;
    }

    /// <summary>Reads 16 bits; false when some of them are no memory of the domain.</summary>
    public static bool TryReadU16(this IGuestMemory memory, ulong address, out ushort value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        bool isRead = memory.TryRead(address, bytes);
        value = isRead ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : (ushort)0;
        return isRead;
    }

    /// <summary>Reads 32 bits; false when some of them are no memory of the domain.</summary>
    public static bool TryReadU32(this IGuestMemory memory, ulong address, out uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        bool isRead = memory.TryRead(address, bytes);
        value = isRead ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : 0;
        return isRead;
    }

    /// <summary>Reads 64 bits; false when some of them are no memory of the domain.</summary>
    public static bool TryReadU64(this IGuestMemory memory, ulong address, out ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        bool isRead = memory.TryRead(address, bytes);
        value = isRead ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : 0;
        return isRead;
    }

    /// <summary>Writes a byte; false when the address is no memory of the domain.</summary>
    public static bool TryWriteU8(this IGuestMemory memory, ulong address, byte value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(byte)];
        bytes[0] = value;
        return memory.TryWrite(address, bytes);
    }

    /// <summary>Writes 16 bits; false when some of them are no memory of the domain.</summary>
    public static bool TryWriteU16(this IGuestMemory memory, ulong address, ushort value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        return memory.TryWrite(address, bytes);
    }

    /// <summary>Writes 32 bits; false when some of them are no memory of the domain.</summary>
    public static bool TryWriteU32(this IGuestMemory memory, ulong address, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return memory.TryWrite(address, bytes);
    }

    /// <summary>Writes 64 bits; false when some of them are no memory of the domain.</summary>
    public static bool TryWriteU64(this IGuestMemory memory, ulong address, ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return memory.TryWrite(address, bytes);
    }
}
