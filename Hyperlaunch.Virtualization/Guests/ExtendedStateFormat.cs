using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Virtualization.Guests;

/// <summary>
/// Which state this machine's processors keep beside the general-purpose registers, and how an image of it looks (AMD APM vol 2,
/// 11.5; vol 3, appendix E.3.8). All CPUs of a machine agree.
/// </summary>
internal sealed class ExtendedStateFormat
{
    private const uint LeafFeatures = 1;
    private const uint LeafExtendedState = 0xD;
    private const uint LeafExtendedFeatures = 0x8000_0001;
    private const uint LeafExtendedMaximum = 0x8000_0000;
    private const uint LeafAddressSizes = 0x8000_0008;
    private const uint LeafStructuredFeatures = 7;

    // CPUID 1, ECX bit 26; CPUID 7, ECX bit 22 (RDPID); CPUID 8000_0001, EDX bit 27 (RDTSCP).
    private const uint FeatureXsave = 1u << 26;
    private const uint FeatureRdpid = 1u << 22;
    private const uint FeatureRdtscp = 1u << 27;

    // x87, SSE, AVX, MPX (two), AVX-512 (three), PKRU: what a guest could turn on unseen under an emulator that ignores the
    // intercept of XSETBV. Not LWP and AMX, which no emulator has and which need more than a place in the image.
    private const ulong SwitchedComponents = 0x2FF;

    // CPUID 8000_0008, EBX bit 12: IBPB by MSR 49h (AMD APM vol 2, 3.2.9).
    private const uint FeaturePredictionBarrier = 1u << 12;

    // CPUID 7, EDX bit 26: the same (Intel SDM vol 2, CPUID).
    private const uint FeatureSpeculationControl = 1u << 26;

    // The image of FXSAVE (AMD APM vol 2, 11.4.4).
    private const int LegacySize = 512;

    /// <summary>Asks the processor.</summary>
    public ExtendedStateFormat(IHostProcessor processor)
    {
        HasXsave = (processor.Cpuid(LeafFeatures, 0).Ecx & FeatureXsave) != 0;
        HasTscAux = (processor.Cpuid(LeafExtendedFeatures, 0).Edx & FeatureRdtscp) != 0
            || (processor.Cpuid(LeafStructuredFeatures, 0).Ecx & FeatureRdpid) != 0;
        bool isOffered = processor.Cpuid(LeafExtendedMaximum, 0).Eax >= LeafAddressSizes
            && (processor.Cpuid(LeafAddressSizes, 0).Ebx & FeaturePredictionBarrier) != 0;
        HasPredictionBarrier = isOffered
            || (processor.Cpuid(LeafStructuredFeatures, 0).Edx & FeatureSpeculationControl) != 0;
        if (HasXsave)
        {
            CpuidResult supported = processor.Cpuid(LeafExtendedState, 0);
            Components = supported.Eax & SwitchedComponents;
            ImageSize = (int)supported.Ecx;
        }
        else
        {
            ImageSize = LegacySize;
        }
    }

    /// <summary>XSAVE, XRSTOR and XCR0 exist.</summary>
    public bool HasXsave { get; }

    /// <summary>The MSR TSC_AUX exists.</summary>
    public bool HasTscAux { get; }

    /// <summary>The processor can be kept from predicting branches by what another guest did.</summary>
    public bool HasPredictionBarrier { get; }

    /// <summary>The bits of XCR0 whose state is switched, whether or not a guest is told of it.</summary>
    public ulong Components { get; }

    /// <summary>Bytes of an image that holds everything.</summary>
    public int ImageSize { get; }
}
