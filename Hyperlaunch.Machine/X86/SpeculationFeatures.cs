namespace Hyperlaunch.Machine.X86;

/// <summary>
/// The bits of CPUID that concern speculation, told once (Intel SDM volume 2, CPUID; AMD APM volume 3, appendix E.3.6, E.4.7 and
/// E.4.16).
/// </summary>
public static class SpeculationFeatures
{
    /// <summary>Leaf 7, EBX: restricted transactional memory.</summary>
    public const uint Transactions = 1u << 11;

    /// <summary>Leaf 7, EDX: VERW clears the buffers that data can leak from.</summary>
    public const uint ClearsBuffers = 1u << 10;

    /// <summary>Leaf 7, EDX: SPEC_CTRL.IBRS and PRED_CMD.IBPB exist.</summary>
    public const uint Control = 1u << 26;

    /// <summary>Leaf 7, EDX: SPEC_CTRL.STIBP exists.</summary>
    public const uint SingleThreadPredictors = 1u << 27;

    /// <summary>Leaf 7, EDX: the MSR that flushes the L1 data cache exists.</summary>
    public const uint FlushesL1 = 1u << 28;

    /// <summary>Leaf 7, EDX: IA32_ARCH_CAPABILITIES exists.</summary>
    public const uint ArchitecturalCapabilities = 1u << 29;

    /// <summary>Leaf 7, EDX: SPEC_CTRL.SSBD exists.</summary>
    public const uint StoreBypassDisable = 1u << 31;

    /// <summary>Leaf 7.2, EDX: SPEC_CTRL.PSFD exists.</summary>
    public const uint ForwardingDisable = 1u << 0;

    /// <summary>Leaf 7.2, EDX: SPEC_CTRL.IPRED_DIS_U and IPRED_DIS_S exist.</summary>
    public const uint IndirectPredictionDisable = 1u << 1;

    /// <summary>Leaf 7.2, EDX: SPEC_CTRL.RRSBA_DIS_U and RRSBA_DIS_S exist.</summary>
    public const uint ReturnAlternativesDisable = 1u << 2;

    /// <summary>Leaf 7.2, EDX: SPEC_CTRL.DDPD_U exists.</summary>
    public const uint DataPrefetcherDisable = 1u << 3;

    /// <summary>Leaf 7.2, EDX: SPEC_CTRL.BHI_DIS_S exists.</summary>
    public const uint HistoryDisable = 1u << 4;

    /// <summary>Leaf 7.2, EDX: all that a guest may know: the above, and that MXCSR does not change timing.</summary>
    public const uint GuestStructured2 = 0x3F;

    /// <summary>Leaf 7, EDX: what a guest may know.</summary>
    public const uint GuestStructured = ClearsBuffers | Control | SingleThreadPredictors | ArchitecturalCapabilities
        | StoreBypassDisable;

    /// <summary>Leaf 8000_0008, EBX: PRED_CMD.IBPB exists.</summary>
    public const uint AmdBarrier = 1u << 12;

    /// <summary>Leaf 8000_0008, EBX: SPEC_CTRL.IBRS exists.</summary>
    public const uint AmdRestricted = 1u << 14;

    /// <summary>Leaf 8000_0008, EBX: SPEC_CTRL.STIBP exists.</summary>
    public const uint AmdSingleThread = 1u << 15;

    /// <summary>Leaf 8000_0008, EBX: IBRS is best set once and left.</summary>
    public const uint AmdRestrictedAlways = 1u << 16;

    /// <summary>Leaf 8000_0008, EBX: SPEC_CTRL.SSBD exists.</summary>
    public const uint AmdStoreBypassDisable = 1u << 24;

    /// <summary>Leaf 8000_0008, EBX: SPEC_CTRL.PSFD exists.</summary>
    public const uint AmdForwardingDisable = 1u << 28;

    /// <summary>Leaf 8000_0008, EBX: branches are not confused with others.</summary>
    public const uint AmdNoTypeConfusion = 1u << 29;

    /// <summary>
    /// Leaf 8000_0008, EBX: what a guest may know: IBPB, IBRS, STIBP, three preferences, same-mode IBRS, SSBD, no store bypass,
    /// PSFD, no branch type confusion, IBPB clears returns.
    /// </summary>
    public const uint AmdGuest = AmdBarrier | AmdRestricted | AmdSingleThread | AmdRestrictedAlways | (1u << 17) | (1u << 18)
        | (1u << 19) | AmdStoreBypassDisable | (1u << 26) | AmdForwardingDisable | AmdNoTypeConfusion | (1u << 30);

    /// <summary>Leaf 8000_0021, EAX: LFENCE always serializes.</summary>
    public const uint Amd21SerializingFence = 1u << 2;

    /// <summary>Leaf 8000_0021, EAX: VERW clears the buffers that data can leak from.</summary>
    public const uint Amd21ClearsBuffers = 1u << 5;

    /// <summary>Leaf 8000_0021, EAX: EFER.AIBRSE exists.</summary>
    public const uint Amd21AutomaticRestricted = 1u << 8;

    /// <summary>Leaf 8000_0021, EAX: PRED_CMD.SBPB exists.</summary>
    public const uint Amd21SelectiveBarrier = 1u << 27;

    /// <summary>Leaf 8000_0021, EAX: IBPB clears all that is remembered of branches' types.</summary>
    public const uint Amd21BarrierClearsTypes = 1u << 28;

    /// <summary>Leaf 8000_0021, EAX: returns cannot be made to go where an attacker says.</summary>
    public const uint Amd21NoReturnOverflow = 1u << 29;

    /// <summary>Leaf 8000_0021, EAX: BP_CFG.BpSpecReduce keeps a guest from steering the host's returns.</summary>
    public const uint Amd21ReducesSpeculation = 1u << 31;

    /// <summary>
    /// Leaf 8000_0021, EAX: what a guest may know; also that users cannot steer the kernel's returns (bit 30).
    /// </summary>
    public const uint Amd21Guest = Amd21SerializingFence | Amd21ClearsBuffers | Amd21AutomaticRestricted
        | Amd21SelectiveBarrier | Amd21BarrierClearsTypes | Amd21NoReturnOverflow | (1u << 30);

    /// <summary>Leaf 8000_0021, ECX: neither store queue nor L1 leak to what is scheduled next.</summary>
    public const uint Amd21NoSchedulerLeaks = (1u << 1) | (1u << 2);
}
