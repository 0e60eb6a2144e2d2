using Hyperlaunch.Kernel.Runtime;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Kernel.Memory;

/// <summary>Whole pages for what the processor itself reads and writes. Their address is their physical address.</summary>
internal static unsafe class HostPages
{
    /// <summary>Bytes of a page.</summary>
    public const int Size = (int)PageSizes.Page;

    /// <summary>Allocates zeroed pages, one after another; null when memory is lacking. They are never given back.</summary>
    public static byte* Allocate(int count)
    {
        byte* start = Heap.Allocate(((ulong)count * Size) + Size - 1);
        return start is null ? null : (byte*)(((ulong)start + Size - 1) & ~(ulong)(Size - 1));
    }
}
