using System;

namespace Hyperlaunch.Domains.Construction;

/// <summary>Numbers in a domain's memory, little-endian as the machine's own are.</summary>
public static class GuestMemoryAccess
{
    /// <summary>Reads 64 bits; false when some of them are no memory of the domain.</summary>
    public static unsafe bool TryReadU64(this IGuestMemory memory, ulong address, out ulong value)
    {
        ulong read = 0;
        bool isRead = memory.TryRead(address, new Span<byte>(&read, sizeof(ulong)));
        value = read;
        return isRead;
    }

    /// <summary>Writes 64 bits; false when some of them are no memory of the domain.</summary>
    public static unsafe bool TryWriteU64(this IGuestMemory memory, ulong address, ulong value)
        => memory.TryWrite(address, new ReadOnlySpan<byte>(&value, sizeof(ulong)));
}
