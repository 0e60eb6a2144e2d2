namespace Hyperlaunch.Platform.Interrupts;

/// <summary>A set of interrupt vectors: one of the local APIC's 256-bit registers IRR, ISR and TMR.</summary>
internal sealed class VectorSet
{
    /// <summary>What <see cref="Highest"/> answers for an empty set.</summary>
    public const int None = -1;

    private readonly ulong[] _words = new ulong[4];

    /// <summary>The vector with the highest priority, or <see cref="None"/>.</summary>
    public int Highest
    {
        get
        {
            for (int i = 3; i >= 0; i--)
            {
                if (_words[i] != 0)
                {
                    return (i * 64) + HighestBit(_words[i]);
                }
            }

            return None;
        }
    }

    /// <summary>Whether a vector is in the set.</summary>
    public bool Contains(int vector) => (_words[vector >> 6] & (1UL << (vector & 63))) != 0;

    /// <summary>Adds a vector.</summary>
    /// <returns>False when it was there.</returns>
    public bool Add(int vector)
    {
        ulong bit = 1UL << (vector & 63);
        bool added = (_words[vector >> 6] & bit) == 0;
        _words[vector >> 6] |= bit;
        return added;
    }

    /// <summary>Removes a vector.</summary>
    public void Remove(int vector) => _words[vector >> 6] &= ~(1UL << (vector & 63));

    /// <summary>Empties the set.</summary>
    public void Clear()
    {
        for (int i = 0; i < _words.Length; i++)
        {
            _words[i] = 0;
        }
    }

    /// <summary>One of the eight 32-bit registers that show the set, the lowest vectors first.</summary>
    public uint Register(int index) => (uint)(_words[index >> 1] >> ((index & 1) * 32));

    private static int HighestBit(ulong word)
    {
        int bit = 0;
        for (int step = 32; step > 0; step >>= 1)
        {
            if (word >> step != 0)
            {
                word >>= step;
                bit += step;
            }
        }

        return bit;
    }
}
