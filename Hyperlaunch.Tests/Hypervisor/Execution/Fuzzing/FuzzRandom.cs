using System;

namespace Hyperlaunch.Tests.Hypervisor.Execution.Fuzzing;

/// <summary>Numbers of a case: the same seed and number, the same sequence (SplitMix64).</summary>
internal sealed class FuzzRandom
{
    private const ulong Step = 0x9E37_79B9_7F4A_7C15;

    private ulong _state;

    public void Start(ulong seed, long number) => _state = Mix(seed) ^ Mix((ulong)number * Step);

    public ulong Next()
    {
        _state += Step;
        return Mix(_state);
    }

    public uint Next32() => (uint)(Next() >> 32);

    /// <summary>A number from 0 to below a count.</summary>
    public int Below(int count) => (int)((ulong)Next32() * (uint)count >> 32);

    /// <summary>The same, as registers have it.</summary>
    public ulong Under(int count) => (uint)Below(count);

    /// <summary>True once in so many times.</summary>
    public bool OneIn(int count) => Below(count) == 0;

    public T Of<T>(ReadOnlySpan<T> choices) => choices[Below(choices.Length)];

    /// <summary>A number at an edge or anywhere: small, a power of two or beside one, all ones, or any.</summary>
    public ulong Number() => Below(8) switch
    {
        0 => 0,
        1 => Under(16),
        2 => 1UL << Below(64),
        3 => (1UL << Below(64)) - 1,
        4 => ulong.MaxValue << Below(64),
        5 => Next32(),
        6 => Under(0x10000),
        _ => Next(),
    };

    public static ulong Mix(ulong value)
    {
        value = (value ^ value >> 30) * 0xBF58_476D_1CE4_E5B9;
        value = (value ^ value >> 27) * 0x94D0_49BB_1331_11EB;
        return value ^ value >> 31;
    }
}
