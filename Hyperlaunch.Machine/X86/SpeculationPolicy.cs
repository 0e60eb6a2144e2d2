namespace Hyperlaunch.Machine.X86;

/// <summary>
/// What protects the hypervisor and the other domains from a guest's speculation on one CPU: decided from what the processor says
/// alone. <c>docs/speculation.md</c> has the attacks and their advisories.
/// </summary>
public sealed class SpeculationPolicy
{
    private const uint FirstZen = 0x17;
    private const uint HygonZen = 0x18;
    private const uint ZenThreeAndFour = 0x19;
    private const uint FamilyTen = 0x10;
    private const uint FamilyEleven = 0x11;
    private const uint IntelFamily = 6;

    private SpeculationPolicy(SpeculationFacts facts)
    {
        Facts = facts;
    }

    /// <summary>What it was decided from.</summary>
    public SpeculationFacts Facts { get; }

    /// <summary>What is done at exits and entries.</summary>
    public SpeculationMeasures Measures { get; private set; }

    /// <summary>How indirect branches are restricted.</summary>
    public BranchRestriction Branches { get; private set; }

    /// <summary>What the processor is open to all the same.</summary>
    public SpeculationGaps Gaps { get; private set; }

    /// <summary>SPEC_CTRL while the hypervisor runs.</summary>
    public uint HostControl { get; private set; }

    /// <summary>The core's other thread sees through what nothing clears while both run: only turning it off helps.</summary>
    public bool LeaksAcrossThreads { get; private set; }

    /// <summary>TSX_CTRL is set: no guest uses transactions, and none is told of them.</summary>
    public bool DisablesTransactions { get; private set; }

    /// <summary>MCU_OPT_CTRL is looked at: microcode is to keep gathers from leaking.</summary>
    public bool ProtectsGathers { get; private set; }

    /// <summary>DE_CFG is set: LFENCE serializes.</summary>
    public bool SerializesFences { get; private set; }

    /// <summary>BP_CFG is set: speculation across a change of guest and host is reduced.</summary>
    public bool ReducesSpeculation { get; private set; }

    /// <summary>
    /// A guest that executes from a large page and changes its size can raise a machine check (CVE-2018-12207), so guests execute
    /// from pages of 4 KiB only.
    /// </summary>
    public bool ExecutesSmallPagesOnly { get; private set; }

    /// <summary>Decides.</summary>
    public static SpeculationPolicy Decide(SpeculationFacts facts)
    {
        SpeculationPolicy policy = new(facts);
        if (facts.IsEmulated)
        {
            return policy;
        }

        if (facts.IsIntel)
        {
            policy.DecideIntel();
        }
        else if (facts.IsAmd)
        {
            policy.DecideAmd();
        }
        else
        {
            policy.Gaps = SpeculationGaps.Unknown;
        }

        return policy;
    }

    /// <summary>Whether two CPUs are protected alike.</summary>
    public bool Equals(SpeculationPolicy other) => Measures == other.Measures && Branches == other.Branches && Gaps == other.Gaps
        && HostControl == other.HostControl && LeaksAcrossThreads == other.LeaksAcrossThreads
        && ExecutesSmallPagesOnly == other.ExecutesSmallPagesOnly && Facts.HasThreads == other.Facts.HasThreads
        && Facts.HasBarrier == other.Facts.HasBarrier;

    private void Add(bool isNeeded, SpeculationMeasures measure, bool isOffered, SpeculationGaps gap)
    {
        Measures |= isNeeded && isOffered ? measure : 0;
        Gaps |= isNeeded && !isOffered ? gap : 0;
    }

    private void DecideIntel()
    {
        SpeculationFacts facts = Facts;
        bool isKnown = facts.Family == IntelFamily;
        uint model = facts.Model;
        ExecutesSmallPagesOnly = !facts.Says(SpeculationBits.NoPageSizeCheck) && !(isKnown && IntelModels.IsSmall(model));
        if (isKnown && IntelModels.IsInOrder(model))
        {
            return;
        }

        bool isSmall = isKnown && IntelModels.IsSmall(model);
        DecideIntelBranches(isSmall);
        DecideIntelData(isKnown, isSmall, model);
    }

    // Intel, "Speculative Execution Side Channel Mitigations", revision 4.0, sections 2.4 and 4; "Branch History Injection and
    // Intra-mode Branch Target Injection"; "Post-barrier Return Stack Buffer Predictions".
    private void DecideIntelBranches(bool isSmall)
    {
        SpeculationFacts facts = Facts;
        Measures |= facts.Says(SpeculationBits.NoReturnAfterExit) ? 0 : SpeculationMeasures.FillReturns;
        if (!facts.HasRestricted)
        {
            Branches = BranchRestriction.Missing;
            Gaps |= SpeculationGaps.SpectreV2;
            return;
        }

        HostControl = SpeculationBits.Restricted;
        Measures |= SpeculationMeasures.SwitchControl;
        if (!facts.Says(SpeculationBits.RestrictedAlways))
        {
            Branches = BranchRestriction.AtExits;
            Measures |= SpeculationMeasures.WriteControl | SpeculationMeasures.FillReturns;
            return;
        }

        Branches = BranchRestriction.Always;
        bool hasHistoryControl = (facts.Structured2 & SpeculationFeatures.HistoryDisable) != 0;
        bool isInjectable = !facts.Says(SpeculationBits.NoHistoryInjection) && !isSmall;
        HostControl |= hasHistoryControl ? SpeculationBits.HistoryDisable : 0;
        Measures |= isInjectable && !hasHistoryControl ? SpeculationMeasures.ClearHistory : 0;

        // Processors with BHI_DIS_S have other predictors; for the rest only aligned thunks would help.
        Gaps |= facts.Says(SpeculationBits.NoTargetSelection) || hasHistoryControl || isSmall ? 0 : SpeculationGaps.Its;
    }

    private void DecideIntelData(bool isKnown, bool isSmall, uint model)
    {
        SpeculationFacts facts = Facts;
        bool isSilvermont = isKnown && IntelModels.IsSilvermont(model);
        bool clears = (facts.Structured & SpeculationFeatures.ClearsBuffers) != 0;
        bool isSampled = !facts.Says(SpeculationBits.NoBufferSampling) && (!isSmall || isSilvermont);
        Add(isSampled, SpeculationMeasures.ClearBuffers, clears, SpeculationGaps.Mds);

        bool aborts = facts.HasTransactions && !facts.Says(SpeculationBits.NoTransactionAborts);
        DisablesTransactions = facts.Says(SpeculationBits.ControlsTransactions);
        Add(aborts && !DisablesTransactions, SpeculationMeasures.ClearBuffers, clears, SpeculationGaps.Taa);

        bool isStale = isKnown && IntelModels.LeavesStaleData(model) && !facts.Says(SpeculationBits.NoStaleData);
        bool clearsFill = facts.Says(SpeculationBits.ClearsFillBuffers) || (clears && isSampled);
        Add(isStale, SpeculationMeasures.ClearBuffers, clearsFill, SpeculationGaps.Mmio);

        bool leavesRegisters = isKnown && IntelModels.LeavesRegisterFiles(model)
            && !facts.Says(SpeculationBits.NoRegisterFileSampling);
        Add(leavesRegisters, SpeculationMeasures.ClearBuffers, facts.Says(SpeculationBits.ClearsRegisterFiles),
            SpeculationGaps.Rfds);

        bool isLoadable = !facts.Says(SpeculationBits.NoRogueLoads) && !isSmall;
        bool flushes = (facts.Structured & SpeculationFeatures.FlushesL1) != 0;
        bool skips = facts.Says(SpeculationBits.SkipsL1Flush);
        Add(isLoadable && !skips, SpeculationMeasures.FlushL1, flushes, SpeculationGaps.L1tf);

        ProtectsGathers = facts.Says(SpeculationBits.ControlsGather);
        bool leaksGathers = isKnown && IntelModels.LeaksGathers(model) && !facts.Says(SpeculationBits.NoGatherSampling);
        Gaps |= leaksGathers && !ProtectsGathers ? SpeculationGaps.Gds : 0;

        LeaksAcrossThreads = facts.HasThreads && (isSampled || isLoadable || isStale || (aborts && !DisablesTransactions));
    }

    // AMD, "Software Techniques for Managing Speculation on AMD Processors"; "Technical Guidance for Mitigating Branch Type
    // Confusion"; "Technical Update Regarding Speculative Return Stack Overflow"; APM volume 2, 3.2.9.
    private void DecideAmd()
    {
        SpeculationFacts facts = Facts;
        SerializesFences = !facts.IsVirtual && facts.Family >= FamilyTen && facts.Family != FamilyEleven
            && (facts.Amd21 & SpeculationFeatures.Amd21SerializingFence) == 0;
        Measures |= SpeculationMeasures.FillReturns;

        bool isConfused = (facts.Amd & SpeculationFeatures.AmdNoTypeConfusion) == 0 && facts.Family <= HygonZen;
        bool isEarlyZen = facts.Family is FirstZen or HygonZen;
        bool overflows = (isEarlyZen || facts.Family >= ZenThreeAndFour)
            && (facts.Amd21 & SpeculationFeatures.Amd21NoReturnOverflow) == 0;
        ReducesSpeculation = overflows && (facts.Amd21 & SpeculationFeatures.Amd21ReducesSpeculation) != 0;
        bool clearsTypes = isEarlyZen || (facts.Amd21 & SpeculationFeatures.Amd21BarrierClearsTypes) != 0;
        bool needsBarrier = isConfused || (overflows && !ReducesSpeculation);
        bool barrierHelps = facts.HasBarrier && (isConfused || clearsTypes);
        Measures |= needsBarrier && barrierHelps ? SpeculationMeasures.Barrier : 0;
        Gaps |= isConfused && !facts.HasBarrier ? SpeculationGaps.Retbleed : 0;
        Gaps |= overflows && !ReducesSpeculation && !barrierHelps ? SpeculationGaps.Srso : 0;

        bool leaksAtSchedule = facts.Family == ZenThreeAndFour
            && (facts.Amd21Ecx & SpeculationFeatures.Amd21NoSchedulerLeaks) != SpeculationFeatures.Amd21NoSchedulerLeaks;
        Add(leaksAtSchedule, SpeculationMeasures.ClearBuffers,
            (facts.Amd21 & SpeculationFeatures.Amd21ClearsBuffers) != 0, SpeculationGaps.Tsa);
        DecideAmdBranches();
        LeaksAcrossThreads = facts.HasThreads && isConfused && !facts.HasSingleThread;
    }

    private void DecideAmdBranches()
    {
        SpeculationFacts facts = Facts;
        bool isAlways = (facts.Amd & SpeculationFeatures.AmdRestrictedAlways) != 0;
        if ((facts.Amd21 & SpeculationFeatures.Amd21AutomaticRestricted) != 0)
        {
            Branches = BranchRestriction.Automatic;
            return;
        }

        if ((Measures & SpeculationMeasures.Barrier) != 0)
        {
            Branches = BranchRestriction.Barrier;
        }
        else if (facts.HasRestricted)
        {
            Branches = isAlways ? BranchRestriction.Always : BranchRestriction.AtExits;
            HostControl |= SpeculationBits.Restricted;
            Measures |= SpeculationMeasures.SwitchControl | (isAlways ? 0 : SpeculationMeasures.WriteControl);
        }
        else if (facts.HasBarrier)
        {
            Branches = BranchRestriction.Barrier;
            Measures |= SpeculationMeasures.Barrier;
        }
        else
        {
            Branches = BranchRestriction.Missing;
            Gaps |= SpeculationGaps.SpectreV2;
        }

        // The other thread trains the same predictors while the hypervisor runs here.
        if (facts.HasThreads && facts.HasSingleThread)
        {
            HostControl |= SpeculationBits.SingleThread;
            Measures |= SpeculationMeasures.SwitchControl;
        }
    }
}
