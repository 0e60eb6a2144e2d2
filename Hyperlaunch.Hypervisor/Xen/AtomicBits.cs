using System.Threading;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>Bits in memory that others change at the same time.</summary>
internal static class AtomicBits
{
    /// <summary>Sets some bits.</summary>
    /// <returns>What the word was before.</returns>
    public static int Set(ref int word, int bits)
    {
        int old = Volatile.Read(ref word);
        while (true)
        {
            int seen = Interlocked.CompareExchange(ref word, old | bits, old);
            if (seen == old)
            {
                return old;
            }

            old = seen;
        }
    }

    /// <summary>Clears some bits.</summary>
    /// <returns>What the word was before.</returns>
    public static int Clear(ref int word, int bits)
    {
        int old = Volatile.Read(ref word);
        while (true)
        {
            int seen = Interlocked.CompareExchange(ref word, old & ~bits, old);
            if (seen == old)
            {
                return old;
            }

            old = seen;
        }
    }

    /// <summary>
    /// Sets a bit of an array of bits in a guest's memory. Sound when the caller has mapped the array, which is aligned to 4
    /// bytes.
    /// </summary>
    /// <returns>Whether it was clear.</returns>
    public static unsafe bool TrySet(byte* bits, int index)
    {
        int bit = 1 << (index & 31);
        return (Set(ref *(int*)(bits + (index >> 5 << 2)), bit) & bit) == 0;
    }

    /// <summary>Clears a bit of an array of bits in a guest's memory, as <see cref="TrySet"/> sets one.</summary>
    public static unsafe void Clear(byte* bits, int index) => Clear(ref *(int*)(bits + (index >> 5 << 2)), 1 << (index & 31));

    /// <summary>Whether a bit of an array of bits in a guest's memory is set.</summary>
    public static unsafe bool IsSet(byte* bits, int index)
        => (Volatile.Read(ref *(int*)(bits + (index >> 5 << 2))) & (1 << (index & 31))) != 0;
}
