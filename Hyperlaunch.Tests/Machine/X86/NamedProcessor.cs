using System.Collections.Generic;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Tests.Machine.X86;

/// <summary>A processor by its name: what CPUID and IA32_ARCH_CAPABILITIES of it say, with current microcode.</summary>
internal sealed class NamedProcessor : IHostProcessor
{
    private const uint LastBasicLeaf = 0xD;
    private const uint Intel7 = SpeculationFeatures.Control | SpeculationFeatures.SingleThreadPredictors
        | SpeculationFeatures.FlushesL1 | SpeculationFeatures.StoreBypassDisable | SpeculationFeatures.ClearsBuffers;

    private const uint ZenBits = SpeculationFeatures.AmdBarrier | SpeculationFeatures.AmdSingleThread;
    private const uint ZenTwoBits = ZenBits | SpeculationFeatures.AmdRestricted | SpeculationFeatures.AmdStoreBypassDisable;
    private const uint ZenThreeBits = ZenTwoBits | SpeculationFeatures.AmdRestrictedAlways
        | SpeculationFeatures.AmdNoTypeConfusion;

    private const uint ZenFive21 = SpeculationFeatures.Amd21SerializingFence | SpeculationFeatures.Amd21AutomaticRestricted
        | SpeculationFeatures.Amd21BarrierClearsTypes;

    private const ulong CascadeLake = SpeculationBits.NoRogueLoads | SpeculationBits.RestrictedAlways
        | SpeculationBits.SkipsL1Flush | SpeculationBits.NoBufferSampling | SpeculationBits.ControlsTransactions
        | SpeculationBits.ClearsFillBuffers | SpeculationBits.ControlsGather | SpeculationBits.NoRegisterFileSampling;

    private const ulong IceLake = SpeculationBits.NoRogueLoads | SpeculationBits.RestrictedAlways
        | SpeculationBits.SkipsL1Flush | SpeculationBits.NoBufferSampling | SpeculationBits.NoPageSizeCheck
        | SpeculationBits.NoTransactionAborts | SpeculationBits.ClearsFillBuffers | SpeculationBits.ControlsGather;

    private const ulong AlderLake = SpeculationBits.NoRogueLoads | SpeculationBits.RestrictedAlways
        | SpeculationBits.SkipsL1Flush | SpeculationBits.NoBufferSampling | SpeculationBits.NoPageSizeCheck
        | SpeculationBits.NoTransactionAborts | SpeculationBits.NoStaleData | SpeculationBits.NoReturnAfterExit
        | SpeculationBits.ClearsRegisterFiles;

    private readonly Dictionary<(uint Leaf, uint Subleaf), CpuidResult> _answers = [];

    private NamedProcessor(bool isIntel, uint signature)
    {
        _answers[(0, 0)] = isIntel
            ? new CpuidResult { Eax = LastBasicLeaf, Ebx = 0x756E_6547, Ecx = 0x6C65_746E, Edx = 0x4965_6E69 }
            : new CpuidResult { Eax = LastBasicLeaf, Ebx = 0x6874_7541, Ecx = 0x444D_4163, Edx = 0x6974_6E65 };
        _answers[(1, 0)] = new CpuidResult { Eax = signature };
        _answers[(0x8000_0000, 0)] = new CpuidResult { Eax = isIntel ? 0x8000_0008 : 0x8000_0021 };
    }

    /// <summary>The leaves and subleaves that matter.</summary>
    public static (uint Leaf, uint Subleaf)[] Leaves { get; }
        = [(0, 0), (1, 0), (7, 0), (7, 2), (0xB, 0), (0x8000_0000, 0), (0x8000_0008, 0), (0x8000_0021, 0)];

    public ulong Capabilities { get; private set; }

    public static NamedProcessor Of(string name) => name switch
    {
        "Nehalem" => Intel(0x106A5, Intel7),
        "Nehalem, old microcode" => Intel(0x106A5, 0),
        "Haswell" => Intel(0x306C3, Intel7, hasTransactions: true),
        "Skylake" => Intel(0x506E3, Intel7 | SpeculationFeatures.ArchitecturalCapabilities, 0,
            SpeculationBits.ControlsGather, true).WithThreads(),
        "Skylake, old microcode" => Intel(0x506E3, 0, hasTransactions: true),
        "Cascade Lake" => Intel(
            0x50657, Intel7 | SpeculationFeatures.ArchitecturalCapabilities, 0, CascadeLake, true).WithThreads(),
        "Ice Lake" => Intel(0x606A6, Intel7 | SpeculationFeatures.ArchitecturalCapabilities, 0, IceLake),
        "Alder Lake" => Intel(
            0x90672, Intel7 | SpeculationFeatures.ArchitecturalCapabilities,
            SpeculationFeatures.HistoryDisable | SpeculationFeatures.ReturnAlternativesDisable, AlderLake),
        "Goldmont" => Intel(0x506C9, Intel7 | SpeculationFeatures.ArchitecturalCapabilities, 0,
            SpeculationBits.NoRogueLoads | SpeculationBits.NoBufferSampling | SpeculationBits.ClearsRegisterFiles),
        "Bonnell" => Intel(0x106C2, 0),
        "Zen 1" => Amd(0x0080_0F11, ZenBits).WithThreads(),
        "Zen 2" => Amd(0x0083_0F10, ZenTwoBits),
        "Zen 3" => Amd(
            0x00A0_0F11, ZenThreeBits,
            SpeculationFeatures.Amd21BarrierClearsTypes | SpeculationFeatures.Amd21SerializingFence
                | SpeculationFeatures.Amd21ClearsBuffers),
        "Zen 3, old microcode" => Amd(0x00A0_0F11, ZenThreeBits, SpeculationFeatures.Amd21SerializingFence),
        "Zen 4" => Amd(
            0x00A1_0F11, ZenThreeBits,
            SpeculationFeatures.Amd21AutomaticRestricted | SpeculationFeatures.Amd21BarrierClearsTypes
                | SpeculationFeatures.Amd21SerializingFence | SpeculationFeatures.Amd21ClearsBuffers),
        "Zen 5" => Amd(0x00B0_0F21, ZenThreeBits, ZenFive21 | SpeculationFeatures.Amd21ReducesSpeculation),
        "Zen 5, immune" => Amd(0x00B0_0F21, ZenThreeBits, ZenFive21 | SpeculationFeatures.Amd21NoReturnOverflow),
        "Opteron, family 10h" => Amd(0x0010_0F42, 0),
        "QEMU's EPYC" => Amd(0x0080_0F12, 0).Under(0x5447_4354, 0x4354_4743, 0x4743_5447),
        "EPYC under KVM" => Amd(0x0080_0F12, ZenBits).Under(0x4B4D_564B, 0x564B_4D56, 0x4D),
        "Bochs, Skylake-X" => Intel(0x50654, 0, hasTransactions: true),
        "Bochs, Ryzen" => Amd(0x0080_0F11, 0),
        _ => Amd(0, 0).Unknown(),
    };

    public CpuidResult Cpuid(uint leaf, uint subleaf) => _answers.GetValueOrDefault((leaf, subleaf));

    private static NamedProcessor Intel(
        uint signature, uint edx7, uint edx72 = 0, ulong capabilities = 0, bool hasTransactions = false)
    {
        NamedProcessor processor = new(true, signature) { Capabilities = capabilities };
        uint ebx = hasTransactions ? SpeculationFeatures.Transactions : 0;
        processor._answers[(7, 0)] = new CpuidResult { Eax = edx72 != 0 ? 2u : 0, Ebx = ebx, Edx = edx7 };
        processor._answers[(7, 2)] = new CpuidResult { Edx = edx72 };
        return processor;
    }

    private static NamedProcessor Amd(uint signature, uint ebx8, uint eax21 = 0)
    {
        NamedProcessor processor = new(false, signature);
        processor._answers[(0x8000_0008, 0)] = new CpuidResult { Ebx = ebx8 };
        processor._answers[(0x8000_0021, 0)] = new CpuidResult { Eax = eax21 };
        return processor;
    }

    private NamedProcessor WithThreads()
    {
        _answers[(0xB, 0)] = new CpuidResult { Eax = 1, Ebx = 2, Ecx = 1u << 8 };
        return this;
    }

    private NamedProcessor Under(uint ebx, uint ecx, uint edx)
    {
        CpuidResult features = _answers[(1, 0)];
        features.Ecx |= 1u << 31;
        _answers[(1, 0)] = features;
        _answers[(0x4000_0000, 0)] = new CpuidResult { Ebx = ebx, Ecx = ecx, Edx = edx };
        return this;
    }

    private NamedProcessor Unknown()
    {
        _answers[(0, 0)] = new CpuidResult { Eax = LastBasicLeaf, Ebx = 1 };
        return this;
    }
}
