using System.Threading;

namespace Hyperlaunch.Kernel.Runtime;

/// <summary>
/// Where objects come from: regions of memory that fill from the bottom and are never collected. Several processors may call,
/// and CoreLib is not yet initialized at the first call: no static field may have an initializer.
/// </summary>
internal static unsafe class Heap
{
    private const ulong Alignment = 8;

    private static ulong s_next;
    private static ulong s_end;
    private static ulong s_spareStart;
    private static ulong s_spareEnd;
    private static ulong s_secondStart;
    private static ulong s_secondEnd;
    private static ulong s_allocations;
    private static ulong s_allocatedBytes;
    private static int s_lock;

    /// <summary>Objects and unmanaged blocks allocated since boot.</summary>
    public static ulong AllocationCount => Volatile.Read(ref s_allocations);

    /// <summary>Bytes of them, object headers and alignment included.</summary>
    public static ulong AllocatedBytes => Volatile.Read(ref s_allocatedBytes);

    /// <summary>Bytes left in the current region and in those that wait.</summary>
    public static ulong FreeBytes => s_end - s_next + (s_spareEnd - s_spareStart) + (s_secondEnd - s_secondStart);

    /// <summary>Takes the image's own region; the first call of all.</summary>
    public static void Initialize(ImageLayout* image)
    {
        s_next = image->HeapStart;
        s_end = image->HeapEnd;
    }

    /// <summary>
    /// Adds a region, which is used when those before it are too full. Two regions can wait: adding another gives the second
    /// one up.
    /// </summary>
    /// <param name="address">Physical address, identity-mapped and writable.</param>
    /// <param name="length">Bytes.</param>
    public static void AddRegion(ulong address, ulong length)
    {
        SpinLock.Enter(ref s_lock);
        if (s_spareEnd == 0)
        {
            s_spareStart = AlignUp(address);
            s_spareEnd = address + length;
        }
        else
        {
            s_secondStart = AlignUp(address);
            s_secondEnd = address + length;
        }

        SpinLock.Exit(ref s_lock);
    }

    /// <summary>Allocates zeroed memory aligned to 8 bytes; null when every region is full.</summary>
    /// <param name="size">Bytes.</param>
    public static byte* Allocate(ulong size)
    {
        size = AlignUp(size);
        SpinLock.Enter(ref s_lock);
        while (size > s_end - s_next && s_spareEnd != 0)
        {
            s_next = s_spareStart;
            s_end = s_spareEnd;
            s_spareStart = s_secondStart;
            s_spareEnd = s_secondEnd;
            s_secondStart = 0;
            s_secondEnd = 0;
        }

        byte* block = null;
        if (size <= s_end - s_next)
        {
            block = (byte*)s_next;
            s_next += size;
            s_allocations++;
            s_allocatedBytes += size;
        }

        SpinLock.Exit(ref s_lock);
        if (block != null)
        {
            // Sound: the block lies in a region that belongs to the heap, and to this caller alone.
            Memory.Fill(block, 0, size);
        }

        return block;
    }

    private static ulong AlignUp(ulong value) => (value + Alignment - 1) & ~(Alignment - 1);
}
