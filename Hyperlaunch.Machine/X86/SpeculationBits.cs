namespace Hyperlaunch.Machine.X86;

/// <summary>
/// Bits of the MSRs that concern speculation, told once (Intel SDM volume 4, chapter 2; AMD APM volume 2, 3.2.9).
/// </summary>
public static class SpeculationBits
{
    /// <summary>SPEC_CTRL.IBRS: indirect branches do not go where less privileged code said.</summary>
    public const uint Restricted = 1u << 0;

    /// <summary>SPEC_CTRL.STIBP: nor where the core's other thread said.</summary>
    public const uint SingleThread = 1u << 1;

    /// <summary>SPEC_CTRL.SSBD: loads do not pass stores.</summary>
    public const uint StoreBypassDisable = 1u << 2;

    /// <summary>SPEC_CTRL.IPRED_DIS_U and IPRED_DIS_S.</summary>
    public const uint IndirectPredictionDisable = 3u << 3;

    /// <summary>SPEC_CTRL.RRSBA_DIS_U and RRSBA_DIS_S.</summary>
    public const uint ReturnAlternativesDisable = 3u << 5;

    /// <summary>SPEC_CTRL.PSFD.</summary>
    public const uint ForwardingDisable = 1u << 7;

    /// <summary>SPEC_CTRL.DDPD_U.</summary>
    public const uint DataPrefetcherDisable = 1u << 8;

    /// <summary>SPEC_CTRL.BHI_DIS_S: the history of less privileged branches selects no prediction.</summary>
    public const uint HistoryDisable = 1u << 10;

    /// <summary>PRED_CMD.IBPB.</summary>
    public const uint Barrier = 1u << 0;

    /// <summary>PRED_CMD.SBPB.</summary>
    public const uint SelectiveBarrier = 1u << 7;

    /// <summary>TSX_CTRL: transactions abort at once, and CPUID does not show them.</summary>
    public const ulong TransactionsOff = 3;

    /// <summary>MCU_OPT_CTRL.GDS_MITG_DIS: gathers leak again.</summary>
    public const ulong GatherUnsafe = 1 << 4;

    /// <summary>MCU_OPT_CTRL.GDS_MITG_LOCK.</summary>
    public const ulong GatherLock = 1 << 5;

    /// <summary>DE_CFG: LFENCE serializes.</summary>
    public const ulong SerializingFence = 1 << 1;

    /// <summary>BP_CFG.BpSpecReduce.</summary>
    public const ulong SpeculationReduced = 1 << 4;

    /// <summary>ARCH_CAPABILITIES.RDCL_NO: neither Meltdown nor L1TF.</summary>
    public const ulong NoRogueLoads = 1 << 0;

    /// <summary>ARCH_CAPABILITIES.IBRS_ALL: IBRS is set once.</summary>
    public const ulong RestrictedAlways = 1 << 1;

    /// <summary>ARCH_CAPABILITIES.SKIP_L1DFL_VMENTRY: the L1 data cache need not be flushed at entries.</summary>
    public const ulong SkipsL1Flush = 1 << 3;

    /// <summary>ARCH_CAPABILITIES.MDS_NO.</summary>
    public const ulong NoBufferSampling = 1 << 5;

    /// <summary>ARCH_CAPABILITIES.PSCHANGE_MC_NO: a changed page size raises no machine check.</summary>
    public const ulong NoPageSizeCheck = 1 << 6;

    /// <summary>ARCH_CAPABILITIES.TSX_CTRL: that MSR exists.</summary>
    public const ulong ControlsTransactions = 1 << 7;

    /// <summary>ARCH_CAPABILITIES.TAA_NO.</summary>
    public const ulong NoTransactionAborts = 1 << 8;

    /// <summary>ARCH_CAPABILITIES.SBDR_SSDP_NO, FBSDP_NO and PSDP_NO: nothing stale is left by device accesses.</summary>
    public const ulong NoStaleData = 7 << 13;

    /// <summary>ARCH_CAPABILITIES.FB_CLEAR: VERW clears the fill buffers.</summary>
    public const ulong ClearsFillBuffers = 1 << 17;

    /// <summary>ARCH_CAPABILITIES.BHI_NO.</summary>
    public const ulong NoHistoryInjection = 1 << 20;

    /// <summary>ARCH_CAPABILITIES.PBRSB_NO: no return prediction of a guest survives an exit.</summary>
    public const ulong NoReturnAfterExit = 1 << 24;

    /// <summary>ARCH_CAPABILITIES.GDS_CTRL: microcode keeps gathers from leaking.</summary>
    public const ulong ControlsGather = 1 << 25;

    /// <summary>ARCH_CAPABILITIES.GDS_NO.</summary>
    public const ulong NoGatherSampling = 1 << 26;

    /// <summary>ARCH_CAPABILITIES.RFDS_NO.</summary>
    public const ulong NoRegisterFileSampling = 1 << 27;

    /// <summary>ARCH_CAPABILITIES.RFDS_CLEAR: VERW clears the register files.</summary>
    public const ulong ClearsRegisterFiles = 1 << 28;

    /// <summary>ARCH_CAPABILITIES.ITS_NO.</summary>
    public const ulong NoTargetSelection = 1UL << 62;

    /// <summary>
    /// ARCH_CAPABILITIES: what a guest may know. No bit that names an MSR, which a guest does not have. Also RSBA, SSB_NO and
    /// RRSBA.
    /// </summary>
    public const ulong GuestCapabilities = NoRogueLoads | RestrictedAlways | (1 << 2) | SkipsL1Flush | (1 << 4)
        | NoBufferSampling | NoPageSizeCheck | NoTransactionAborts | NoStaleData | ClearsFillBuffers | (1 << 19)
        | NoHistoryInjection | NoReturnAfterExit | NoGatherSampling | NoRegisterFileSampling | ClearsRegisterFiles
        | NoTargetSelection;
}
