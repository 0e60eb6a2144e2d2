namespace Hyperlaunch.Machine.X86;

/// <summary>What a processor says about its speculation, as CPUID and IA32_ARCH_CAPABILITIES have it.</summary>
public sealed class SpeculationFacts
{
    private const uint LeafFeatures = 1;
    private const uint LeafStructured = 7;
    private const uint LeafHypervisor = 0x4000_0000;
    private const uint LeafExtendedMaximum = 0x8000_0000;
    private const uint LeafAddressSizes = 0x8000_0008;
    private const uint LeafExtended21 = 0x8000_0021;

    // CPUID 1, ECX bit 31, which a hypervisor below sets (AMD APM volume 3, appendix E.3.2).
    private const uint FeatureHypervisor = 1u << 31;

    /// <summary>Asks the processor.</summary>
    /// <param name="processor">CPUID.</param>
    /// <param name="capabilities">
    /// IA32_ARCH_CAPABILITIES; 0 where <see cref="HasCapabilities"/> says that there is none.
    /// </param>
    public SpeculationFacts(IHostProcessor processor, ulong capabilities)
    {
        CpuidResult vendor = processor.Cpuid(0, 0);
        CpuidResult features = processor.Cpuid(LeafFeatures, 0);
        Capabilities = capabilities;
        IsIntel = vendor is { Ebx: 0x756E_6547, Edx: 0x4965_6E69, Ecx: 0x6C65_746E };
        bool isHygon = vendor is { Ebx: 0x6F67_7948, Edx: 0x6E65_476E, Ecx: 0x656E_6975 };
        IsAmd = isHygon || vendor is { Ebx: 0x6874_7541, Edx: 0x6974_6E65, Ecx: 0x444D_4163 };
        ReadSignature(features.Eax);
        IsVirtual = (features.Ecx & FeatureHypervisor) != 0;
        IsEmulated = IsVirtual && IsTcg(processor.Cpuid(LeafHypervisor, 0));
        HasThreads = ThreadTopology.ThreadBits(processor) != 0;
        if (vendor.Eax >= LeafStructured)
        {
            CpuidResult structured = processor.Cpuid(LeafStructured, 0);
            Structured = structured.Edx;
            HasTransactions = (structured.Ebx & SpeculationFeatures.Transactions) != 0;
            Structured2 = structured.Eax >= 2 ? processor.Cpuid(LeafStructured, 2).Edx : 0;
        }

        uint maximum = processor.Cpuid(LeafExtendedMaximum, 0).Eax;
        Amd = IsAmd && maximum >= LeafAddressSizes ? processor.Cpuid(LeafAddressSizes, 0).Ebx : 0;
        if (IsAmd && maximum >= LeafExtended21)
        {
            CpuidResult result = processor.Cpuid(LeafExtended21, 0);
            Amd21 = result.Eax;
            Amd21Ecx = result.Ecx;
        }
    }

    /// <summary>Made by Intel.</summary>
    public bool IsIntel { get; }

    /// <summary>Made by AMD, or to its design.</summary>
    public bool IsAmd { get; }

    /// <summary>A hypervisor is below.</summary>
    public bool IsVirtual { get; }

    /// <summary>QEMU's TCG executes the instructions: nothing is speculated that a guest could learn of or steer.</summary>
    public bool IsEmulated { get; }

    /// <summary>A core has several threads.</summary>
    public bool HasThreads { get; }

    /// <summary>The family, with its extension.</summary>
    public uint Family { get; private set; }

    /// <summary>The model, with its extension.</summary>
    public uint Model { get; private set; }

    /// <summary>Transactional memory is offered.</summary>
    public bool HasTransactions { get; }

    /// <summary>Leaf 7, EDX.</summary>
    public uint Structured { get; }

    /// <summary>Leaf 7.2, EDX.</summary>
    public uint Structured2 { get; }

    /// <summary>Leaf 8000_0008, EBX; of AMD's processors only.</summary>
    public uint Amd { get; }

    /// <summary>Leaf 8000_0021, EAX; of AMD's processors only.</summary>
    public uint Amd21 { get; }

    /// <summary>Leaf 8000_0021, ECX; of AMD's processors only.</summary>
    public uint Amd21Ecx { get; }

    /// <summary>IA32_ARCH_CAPABILITIES.</summary>
    public ulong Capabilities { get; }

    /// <summary>IBRS exists.</summary>
    public bool HasRestricted
        => (Structured & SpeculationFeatures.Control) != 0 || (Amd & SpeculationFeatures.AmdRestricted) != 0;

    /// <summary>IBPB exists.</summary>
    public bool HasBarrier => (Structured & SpeculationFeatures.Control) != 0 || (Amd & SpeculationFeatures.AmdBarrier) != 0;

    /// <summary>STIBP exists.</summary>
    public bool HasSingleThread => (Structured & SpeculationFeatures.SingleThreadPredictors) != 0
        || (Amd & SpeculationFeatures.AmdSingleThread) != 0;

    /// <summary>The bits of SPEC_CTRL that CPUID offers; 0 when there is no such MSR.</summary>
    public uint ControlBits
    {
        get
        {
            bool hasBypass = (Structured & SpeculationFeatures.StoreBypassDisable) != 0
                || (Amd & SpeculationFeatures.AmdStoreBypassDisable) != 0;
            uint first = (HasRestricted ? SpeculationBits.Restricted : 0) | (HasSingleThread ? SpeculationBits.SingleThread : 0)
                | (hasBypass ? SpeculationBits.StoreBypassDisable : 0);
            bool hasForwarding = (Structured2 & SpeculationFeatures.ForwardingDisable) != 0
                || (Amd & SpeculationFeatures.AmdForwardingDisable) != 0;
            return first == 0 ? 0 : first
                | (hasForwarding ? SpeculationBits.ForwardingDisable : 0)
                | Offered(SpeculationFeatures.IndirectPredictionDisable, SpeculationBits.IndirectPredictionDisable)
                | Offered(SpeculationFeatures.ReturnAlternativesDisable, SpeculationBits.ReturnAlternativesDisable)
                | Offered(SpeculationFeatures.DataPrefetcherDisable, SpeculationBits.DataPrefetcherDisable)
                | Offered(SpeculationFeatures.HistoryDisable, SpeculationBits.HistoryDisable);
        }
    }

    /// <summary>The bits of PRED_CMD that CPUID offers; 0 when there is no such MSR.</summary>
    public uint CommandBits => (HasBarrier ? SpeculationBits.Barrier : 0)
        | ((Amd21 & SpeculationFeatures.Amd21SelectiveBarrier) != 0 ? SpeculationBits.SelectiveBarrier : 0);

    /// <summary>Whether IA32_ARCH_CAPABILITIES can be read.</summary>
    public static bool HasCapabilities(IHostProcessor processor) => processor.Cpuid(0, 0).Eax >= LeafStructured
        && (processor.Cpuid(LeafStructured, 0).Edx & SpeculationFeatures.ArchitecturalCapabilities) != 0;

    /// <summary>Whether a capability is there.</summary>
    public bool Says(ulong capability) => (Capabilities & capability) == capability;

    private static bool IsTcg(CpuidResult signature)
        => signature is { Ebx: 0x5447_4354, Ecx: 0x4354_4743, Edx: 0x4743_5447 };

    private uint Offered(uint feature, uint bits) => (Structured2 & feature) != 0 ? bits : 0;

    // Extended family and model count with family Fh, the model's also with Intel's 6 (Intel SDM volume 2, CPUID, EAX = 01H).
    private void ReadSignature(uint signature)
    {
        const uint ExtendedFamily = 0xF;
        uint family = signature >> 8 & 0xF;
        uint model = signature >> 4 & 0xF;
        Family = family == ExtendedFamily ? family + (signature >> 20 & 0xFF) : family;
        Model = family == ExtendedFamily || (IsIntel && family == 6) ? model | (signature >> 12 & 0xF0) : model;
    }
}
