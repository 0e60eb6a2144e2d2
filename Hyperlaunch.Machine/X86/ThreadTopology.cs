namespace Hyperlaunch.Machine.X86;

/// <summary>Which CPUs are threads of one core, from CPUID and APIC ids.</summary>
public static class ThreadTopology
{
    private const uint LeafTopology = 0xB;
    private const uint LeafTopologyV2 = 0x1F;
    private const uint LeafExtendedMaximum = 0x8000_0000;
    private const uint LeafExtendedFeatures = 0x8000_0001;
    private const uint LeafCores = 0x8000_001E;

    // Leaf 8000_0001, ECX: leaf 8000_001E exists. Leaves 0Bh and 1Fh, ECX 15:8: the level is that of threads.
    private const uint FeatureTopology = 1u << 22;
    private const uint LevelMask = 0xFF00;
    private const uint LevelThread = 1u << 8;
    private const uint ShiftMask = 0x1F;

    /// <summary>
    /// How many low bits of an APIC id tell the threads of a core apart (Intel SDM volume 3, 9.9.3; AMD APM volume 3, E.4.15).
    /// </summary>
    public static int ThreadBits(IHostProcessor processor)
    {
        uint maximum = processor.Cpuid(0, 0).Eax;
        if (TryReadLevel(processor, LeafTopologyV2, maximum, out int bits)
            || TryReadLevel(processor, LeafTopology, maximum, out bits))
        {
            return bits;
        }

        bool hasCores = processor.Cpuid(LeafExtendedMaximum, 0).Eax >= LeafCores
            && (processor.Cpuid(LeafExtendedFeatures, 0).Ecx & FeatureTopology) != 0;
        uint threads = hasCores ? (processor.Cpuid(LeafCores, 0).Ebx >> 8 & 0xFF) + 1 : 1;
        while (1u << bits < threads)
        {
            bits++;
        }

        return bits;
    }

    /// <summary>Whether two CPUs are threads of one core.</summary>
    public static bool AreSiblings(uint apicId, uint other, int threadBits) => apicId >> threadBits == other >> threadBits;

    private static bool TryReadLevel(IHostProcessor processor, uint leaf, uint maximum, out int bits)
    {
        bits = 0;
        if (maximum < leaf)
        {
            return false;
        }

        CpuidResult level = processor.Cpuid(leaf, 0);
        if ((level.Ecx & LevelMask) != LevelThread || (level.Ebx & 0xFFFF) == 0)
        {
            return false;
        }

        bits = (int)(level.Eax & ShiftMask);
        return true;
    }
}
