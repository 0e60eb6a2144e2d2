using System;
using System.Runtime.InteropServices;

namespace Hyperlaunch.Tests.Dtb;

/// <summary>Memory with an unmapped page on either side, so that reading one byte too far is a crash and not a habit.</summary>
internal sealed unsafe partial class GuardedMemory : IDisposable
{
    private const int ReadWrite = 3;
    private const int Nothing = 0;
    private const int PrivateAnonymous = 0x22;

    private readonly byte* start;
    private readonly nuint mapped;
    private readonly int capacity;

    public GuardedMemory(int capacity)
    {
        int page = Environment.SystemPageSize;
        this.capacity = (capacity + page - 1) / page * page;
        mapped = (nuint)(this.capacity + (2 * page));
        byte* all = (byte*)Map(null, mapped, Nothing, PrivateAnonymous, -1, 0);
        if (all == (byte*)-1 || Protect(all + page, (nuint)this.capacity, ReadWrite) != 0)
        {
            throw new InvalidOperationException("mmap or mprotect failed.");
        }

        start = all + page;
    }

    /// <summary>A copy that ends where the mapped memory ends.</summary>
    public Span<byte> PlaceAtEnd(ReadOnlySpan<byte> bytes)
    {
        Span<byte> placed = AtEnd(bytes.Length);
        bytes.CopyTo(placed);
        return placed;
    }

    /// <summary>The last bytes of the memory.</summary>
    public Span<byte> AtEnd(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, capacity);
        // Sound: the length has just been compared with the capacity, and the mapping lives as long as this object.
        return new Span<byte>(start + capacity - length, length);
    }

    public void Dispose()
    {
        _ = Unmap(start - Environment.SystemPageSize, mapped);
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);
}
