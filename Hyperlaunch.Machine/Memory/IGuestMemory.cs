using System;

namespace Hyperlaunch.Machine.Memory;

/// <summary>A domain's physical memory, by guest physical address. Memory that nobody has touched yet reads as zeros.</summary>
public interface IGuestMemory
{
    /// <summary>Reads bytes.</summary>
    /// <returns>False, and nothing read, when some of the range is not the domain's memory.</returns>
    bool TryRead(GuestAddress address, Span<byte> destination);

    /// <summary>Writes bytes.</summary>
    /// <returns>False, and nothing written, when some of the range is not the domain's memory.</returns>
    bool TryWrite(GuestAddress address, ReadOnlySpan<byte> source);
}
