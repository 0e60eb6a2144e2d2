using System;
using System.Buffers.Binary;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Tests.Domains.Construction;

/// <summary>Smaller numbers in a domain's memory than the hypervisor deals with.</summary>
internal static class GuestMemoryNumbers
{
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
}
