using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Virtualization.Guests;

/// <summary>
/// How many bits a physical address of the machine has (AMD APM vol 3, appendix E.4.7; Intel SDM vol 2, CPUID).
/// </summary>
internal static class PhysicalAddressWidth
{
    private const uint LeafExtendedMaximum = 0x8000_0000;
    private const uint LeafAddressSizes = 0x8000_0008;
    private const uint WidthMask = 0xFF;

    // Without the leaf: PAE's width. Page tables have room for no more than the other.
    private const int Narrow = 36;
    private const int Widest = 52;

    /// <summary>Asks the processor: 36 to 52.</summary>
    public static int Of(IHostProcessor processor)
    {
        if (processor.Cpuid(LeafExtendedMaximum, 0).Eax < LeafAddressSizes)
        {
            return Narrow;
        }

        int width = (int)(processor.Cpuid(LeafAddressSizes, 0).Eax & WidthMask);
        return width < Narrow ? Narrow : width > Widest ? Widest : width;
    }
}
