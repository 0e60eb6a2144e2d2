using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>
/// What a guest learns from CPUID: the machine's processor, less everything that the virtual platform does not have or that would
/// tell of the machine. Bits are allowed one by one; a leaf that is not listed reads as zeros. (AMD APM volume 3, appendix E;
/// Intel SDM volume 2, CPUID.) The leaves from 0x40000000 on are those of <see cref="IGuestInterface"/>.
/// </summary>
public sealed class CpuidPolicy
{
    private const uint LastBasicLeaf = 0xD;
    private const uint ExtendedBase = 0x8000_0000;
    private const uint LastExtendedLeaf = 0x8000_0021;

    // Leaf 1, ECX: SSE3, PCLMULQDQ, SSSE3, FMA, CX16, PCID, SSE4.1, SSE4.2, MOVBE, POPCNT, AES, XSAVE, AVX, F16C, RDRAND.
    private const uint Features1Ecx = (1u << 0) | (1u << 1) | (1u << 9) | (1u << 12) | (1u << 13) | (1u << 17) | (1u << 19)
        | (1u << 20) | (1u << 22) | (1u << 23) | (1u << 25) | (1u << 26) | (1u << 28) | (1u << 29) | (1u << 30);

    private const uint X2Apic = 1u << 21;
    private const uint TscDeadline = 1u << 24;
    private const uint OsXsave = 1u << 27;
    private const uint Hypervisor = 1u << 31;

    // Leaf 1, EDX: FPU, VME, DE, PSE, TSC, MSR, PAE, CX8, APIC, SEP, PGE, CMOV, PAT, PSE36, CLFSH, MMX, FXSR, SSE, SSE2.
    // Not MCE, MCA, MTRR: the platform has no machine checks to report and no memory types but those of PAT.
    private const uint Features1Edx = (1u << 0) | (1u << 1) | (1u << 2) | (1u << 3) | (1u << 4) | (1u << 5) | (1u << 6)
        | (1u << 8) | Apic | (1u << 11) | (1u << 13) | (1u << 15) | (1u << 16) | (1u << 17) | (1u << 19) | (1u << 23)
        | (1u << 24) | (1u << 25) | (1u << 26);

    private const uint Apic = 1u << 9;
    private const uint HyperThreading = 1u << 28;

    // Leaf 6, EAX: the APIC timer runs always.
    private const uint AlwaysRunningTimer = 1u << 2;

    // Leaf 7, EBX: FSGSBASE, BMI1, AVX2, SMEP, BMI2, ERMS, INVPCID, RDSEED, ADX, SMAP, CLFLUSHOPT, CLWB, SHA.
    private const uint Features7Ebx = (1u << 0) | (1u << 3) | (1u << 5) | (1u << 7) | (1u << 8) | (1u << 9) | (1u << 10)
        | (1u << 18) | (1u << 19) | (1u << 20) | (1u << 23) | (1u << 24) | (1u << 29);

    // Leaf 7, ECX: UMIP, GFNI, VAES, VPCLMULQDQ, RDPID.
    private const uint Features7Ecx = (1u << 2) | (1u << 8) | (1u << 9) | (1u << 10) | (1u << 22);

    // Leaf 7, EDX: FSRM, and what a guest protects itself by.
    private const uint Features7Edx = (1u << 4) | SpeculationFeatures.GuestStructured;
    private const uint LastSubleaf7 = 2;

    // Leaf 0xD.1, EAX: XSAVEOPT, XSAVEC, XGETBV with ECX = 1.
    private const uint XsaveFeatures = (1u << 0) | (1u << 1) | (1u << 2);

    // Leaf 0x80000001, ECX: LAHF, ABM, SSE4A, misaligned SSE, PREFETCHW.
    private const uint ExtendedFeaturesEcx = (1u << 0) | (1u << 5) | (1u << 6) | (1u << 7) | (1u << 8);

    // Leaf 0x80000001, EDX: AMD's copy of leaf 1, SYSCALL, NX, MMX extensions, 1 GiB pages, RDTSCP, long mode.
    private const uint ExtendedFeaturesEdx = (Features1Edx & 0x0183_F3FF) | (1u << 11) | (1u << 20) | (1u << 22) | (1u << 26)
        | (1u << 27) | (1u << 29);

    // Leaf 0x80000007, EDX: the TSC runs at one rate in all power states.
    private const uint InvariantTsc = 1u << 8;

    // The legacy area and the header of an XSAVE image (AMD APM volume 2, section 11.5.2).
    private const uint XsaveLegacySize = 576;

    private readonly IHostProcessor _host;
    private readonly uint _invariantTsc;

    /// <summary>Makes the policy for a machine.</summary>
    /// <param name="host">The machine's processor.</param>
    /// <param name="isTimeStampStable">
    /// Whether the machine's time-stamp counters are one clock; otherwise no guest is told so.
    /// </param>
    public CpuidPolicy(IHostProcessor host, bool isTimeStampStable = true)
    {
        _host = host;
        _invariantTsc = isTimeStampStable ? InvariantTsc : 0;
        AllowedXcr0 = (host.Cpuid(1, 0).Ecx & (1u << 26)) == 0
            ? 0
            : host.Cpuid(0xD, 0).Eax & (ExtendedState.X87 | ExtendedState.Sse | ExtendedState.Avx);
        bool hasAutomatic = host.Cpuid(ExtendedBase, 0).Eax >= LastExtendedLeaf
            && (host.Cpuid(LastExtendedLeaf, 0).Eax & SpeculationFeatures.Amd21AutomaticRestricted) != 0;
        AllowedEfer = ControlBits.EferSyscall | ControlBits.EferLongModeEnable | ControlBits.EferLongModeActive
            | ControlBits.EferNoExecute | (hasAutomatic ? ControlBits.EferAutomaticRestricted : 0);
    }

    /// <summary>The bits that a guest may set in XCR0; 0 when the machine has no XSAVE.</summary>
    public ulong AllowedXcr0 { get; }

    /// <summary>The bits that a guest may set in EFER.</summary>
    public ulong AllowedEfer { get; }

    /// <summary>Answers CPUID.</summary>
    /// <param name="leaf">EAX.</param>
    /// <param name="subleaf">ECX.</param>
    /// <param name="view">What of the answer depends on the guest processor.</param>
    public CpuidResult Answer(uint leaf, uint subleaf, in CpuidView view)
    {
        if (leaf >= ExtendedBase && leaf <= LastExtendedLeaf)
        {
            return Extended(leaf, view);
        }

        return leaf <= LastBasicLeaf ? Basic(leaf, subleaf, view) : default;
    }

    private CpuidResult Basic(uint leaf, uint subleaf, in CpuidView view)
    {
        CpuidResult result = _host.Cpuid(leaf, subleaf);
        switch (leaf)
        {
            case 0:
                result.Eax = result.Eax < LastBasicLeaf ? result.Eax : LastBasicLeaf;
                return result;
            case 1:
                // EBX: CLFLUSH size in 15:8, logical processors in 23:16, initial APIC id in 31:24.
                result.Ebx = (result.Ebx & 0xFF00) | (uint)view.ProcessorCount << 16 | (uint)view.ProcessorIndex << 24;
                result.Ecx = (result.Ecx & Features1Ecx) | X2Apic | TscDeadline | Hypervisor
                    | (view.OsXsave ? result.Ecx & OsXsave : 0);
                result.Edx = (result.Edx & Features1Edx & ~(view.ApicEnabled ? 0 : Apic))
                    | (view.ProcessorCount > 1 ? HyperThreading : 0);
                return result;
            case 2:
                return result;
            case 4:
                // EAX 31:14: how many processors share the cache; here none do.
                result.Eax &= 0x3FFF;
                return result;
            case 6:
                return new CpuidResult { Eax = AlwaysRunningTimer };
            case 7:
                return subleaf != 0 ? StructuredSubleaf(subleaf, result) : new CpuidResult
                {
                    Eax = result.Eax < LastSubleaf7 ? result.Eax : LastSubleaf7,
                    Ebx = result.Ebx & Features7Ebx,
                    Ecx = result.Ecx & Features7Ecx,
                    Edx = result.Edx & Features7Edx,
                };
            case 0xB:
                return Topology(subleaf, view);
            case 0xD:
                return ExtendedStateLeaf(subleaf, result, view);
            default:
                return default;
        }
    }

    private static CpuidResult StructuredSubleaf(uint subleaf, CpuidResult host) => subleaf == LastSubleaf7
        ? new CpuidResult { Edx = host.Edx & SpeculationFeatures.GuestStructured2 }
        : default;

    // Leaf 0xB: one thread a core, all cores in one package; the APIC id is the processor's index.
    private static CpuidResult Topology(uint subleaf, in CpuidView view)
    {
        const uint LevelThread = 1u << 8;
        const uint LevelCore = 2u << 8;
        uint shift = 0;
        while (1u << (int)shift < (uint)view.ProcessorCount)
        {
            shift++;
        }

        return subleaf switch
        {
            0 => new CpuidResult { Eax = 0, Ebx = 1, Ecx = LevelThread, Edx = (uint)view.ProcessorIndex },
            1 => new CpuidResult
            {
                Eax = shift,
                Ebx = (uint)view.ProcessorCount,
                Ecx = LevelCore | 1,
                Edx = (uint)view.ProcessorIndex,
            },
            _ => new CpuidResult { Ecx = subleaf & 0xFF, Edx = (uint)view.ProcessorIndex },
        };
    }

    private CpuidResult ExtendedStateLeaf(uint subleaf, CpuidResult host, in CpuidView view)
    {
        if (AllowedXcr0 == 0)
        {
            return default;
        }

        switch (subleaf)
        {
            case 0:
                return new CpuidResult
                {
                    Eax = (uint)AllowedXcr0,
                    Ebx = SaveAreaSize(view.Xcr0),
                    Ecx = SaveAreaSize(AllowedXcr0),
                };
            case 1:
                return new CpuidResult { Eax = host.Eax & XsaveFeatures, Ebx = SaveAreaSize(view.Xcr0) };
            case 2:
                return (AllowedXcr0 & ExtendedState.Avx) != 0 ? host : default;
            default:
                return default;
        }
    }

    // Leaf 0xD.2 gives the AVX part's size in EAX and its offset in EBX.
    private uint SaveAreaSize(ulong xcr0)
    {
        if ((xcr0 & ExtendedState.Avx) == 0)
        {
            return XsaveLegacySize;
        }

        CpuidResult avx = _host.Cpuid(0xD, 2);
        return avx.Eax + avx.Ebx;
    }

    private CpuidResult Extended(uint leaf, in CpuidView view)
    {
        CpuidResult result = _host.Cpuid(leaf, 0);
        switch (leaf & 0xFFFF)
        {
            case 0:
                result.Eax = result.Eax < LastExtendedLeaf ? result.Eax : LastExtendedLeaf;
                return result;
            case 1:
                result.Ebx = 0;
                result.Ecx &= ExtendedFeaturesEcx;
                result.Edx &= ExtendedFeaturesEdx & ~(view.ApicEnabled ? 0 : Apic);
                return result;
            case 7:
                return new CpuidResult { Edx = result.Edx & _invariantTsc };
            case 8:
                // EAX 7:0 physical and 15:8 linear address bits.
                return new CpuidResult { Eax = result.Eax & 0xFFFF, Ebx = result.Ebx & SpeculationFeatures.AmdGuest };
            case 0x21:
                return new CpuidResult
                {
                    Eax = result.Eax & SpeculationFeatures.Amd21Guest,
                    Ecx = result.Ecx & SpeculationFeatures.Amd21NoSchedulerLeaks,
                };
            case > 8:
                return default;
            default:
                return result;
        }
    }
}
