using System;

namespace Hyperlaunch.Virtualization.Vmx;

/// <summary>A set of <see cref="VmcsSlot"/>, one bit each.</summary>
internal static class SlotSet
{
    // A number whose 64 pieces of six bits all differ (de Bruijn): multiplied by one bit, it shows that bit's own piece at its
    // top.
    private const ulong Sequence = 0x03F7_9D71_B4CB_0A89;
    private const int PieceShift = 58;

    // The bit whose piece is the index. In the image: an array would be made by the first run, after which nothing may allocate.
    private static ReadOnlySpan<byte> Slots =>
    [
        0, 1, 48, 2, 57, 49, 28, 3, 61, 58, 50, 42, 38, 29, 17, 4,
        62, 55, 59, 36, 53, 51, 43, 22, 45, 39, 33, 30, 24, 18, 12, 5,
        63, 47, 56, 27, 60, 41, 37, 16, 54, 35, 52, 21, 44, 32, 23, 11,
        46, 26, 40, 15, 34, 20, 31, 10, 25, 14, 19, 9, 13, 8, 7, 6,
    ];

    /// <summary>The first slot of a set that is not empty.</summary>
    public static int First(ulong set) => Slots[(int)((set & (0UL - set)) * Sequence >> PieceShift)];
}
