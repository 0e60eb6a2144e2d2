namespace Hyperlaunch.Virtualization.Guests;

/// <summary>Which values the processor takes for a guest's own MSRs; it faults on others.</summary>
internal static class GuestMsrRules
{
    private const int LinearAddressBits = 48;

    // PAT: eight fields; types 2 and 3 are reserved (AMD APM vol 2, 7.8.1).
    private const int PatFields = 8;
    private const ulong PatFieldMask = 0xFF;

    /// <summary>Whether the upper bits of a linear address repeat its highest translated one.</summary>
    public static bool IsCanonical(ulong address)
    {
        long extended = (long)(address << (64 - LinearAddressBits)) >> (64 - LinearAddressBits);
        return (ulong)extended == address;
    }

    /// <summary>Whether all fields of a PAT are memory types.</summary>
    public static bool IsMemoryTypeTable(ulong value)
    {
        for (int field = 0; field < PatFields; field++)
        {
            if ((value & PatFieldMask) is not (0 or 1 or 4 or 5 or 6 or 7))
            {
                return false;
            }

            value >>= 8;
        }

        return true;
    }
}
