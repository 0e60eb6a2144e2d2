namespace Hyperlaunch.Virtualization.Vmx;

/// <summary>A set of <see cref="VmcsSlot"/>, one bit each.</summary>
internal static class SlotSet
{
    // A number whose 64 pieces of six bits all differ (de Bruijn): multiplied by one bit, it shows that bit's own piece at its
    // top.
    private const ulong Sequence = 0x03F7_9D71_B4CB_0A89;
    private const int PieceShift = 58;

    private static readonly byte[] s_slots = MakeSlots();

    /// <summary>The first slot of a set that is not empty.</summary>
    public static int First(ulong set) => s_slots[(int)((set & (0UL - set)) * Sequence >> PieceShift)];

    private static byte[] MakeSlots()
    {
        byte[] slots = new byte[64];
        for (int slot = 0; slot < slots.Length; slot++)
        {
            slots[(int)((1UL << slot) * Sequence >> PieceShift)] = (byte)slot;
        }

        return slots;
    }
}
