using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Guests;
using Hyperlaunch.Virtualization.Hosting;

namespace Hyperlaunch.Virtualization.Vmx;

/// <summary>What this machine's VMX offers, and the controls that follow from it (Intel SDM vol 3, appendix A).</summary>
internal sealed class VmxCapabilities
{
    private const uint LeafFeatures = 1;
    private const uint LeafStructuredFeatures = 7;
    private const uint LeafExtendedFeatures = 0x8000_0001;

    // CPUID 1, ECX; CPUID 7, EBX and ECX; CPUID 8000_0001, EDX.
    private const uint FeatureMonitor = 1u << 3;
    private const uint FeatureVmx = 1u << 5;
    private const uint FeatureInvpcid = 1u << 10;
    private const uint FeatureRdpid = 1u << 22;
    private const uint FeatureRdtscp = 1u << 27;

    // IA32_FEATURE_CONTROL: locked; VMX allowed outside SMX operation.
    private const ulong FeatureControlLocked = 1 << 0;
    private const ulong FeatureControlVmx = 1 << 2;

    // IA32_VMX_BASIC (A.1).
    private const ulong BasicRevisionMask = 0x7FFF_FFFF;
    private const int BasicMemoryTypeShift = 50;
    private const ulong BasicMemoryTypeMask = 0xF;
    private const ulong WriteBack = 6;
    private const ulong BasicStringInformation = 1UL << 54;
    private const ulong BasicTrueControls = 1UL << 55;

    // IA32_VMX_MISC (A.6): the preemption timer counts when this bit of the time-stamp counter changes.
    private const ulong TimerRateMask = 0x1F;

    // IA32_VMX_EPT_VPID_CAP (A.10).
    private const ulong EptFourLevels = 1UL << 6;
    private const ulong EptWriteBack = 1UL << 14;
    private const ulong EptLargePages = 1UL << 16;
    private const ulong EptHugePages = 1UL << 17;
    private const ulong EptInvept = 1UL << 20;
    private const ulong EptInveptSingle = 1UL << 25;
    private const ulong EptInveptAll = 1UL << 26;
    private const ulong VpidInvvpid = 1UL << 32;
    private const ulong VpidSingle = 1UL << 41;
    private const ulong VpidAll = 1UL << 42;

    private const PinControls RequiredPin = PinControls.ExternalInterrupt | PinControls.Nmi | PinControls.VirtualNmis;

    private const PrimaryControls AlwaysOn = PrimaryControls.TscOffset | PrimaryControls.Halt | PrimaryControls.Rdpmc
        | PrimaryControls.Cr8Load | PrimaryControls.Cr8Store | PrimaryControls.UnconditionalIo | PrimaryControls.MsrBitmaps
        | PrimaryControls.Secondary;

    private const PrimaryControls Windows = PrimaryControls.InterruptWindow | PrimaryControls.NmiWindow;

    private const SecondaryControls RequiredSecondary = SecondaryControls.Ept | SecondaryControls.UnrestrictedGuest;

    // Without them a guest empties the caches, locks the bus or keeps a CPU in one instruction by itself, which costs its
    // neighbours time and nothing else; many processors, and a nested VMX, lack them.
    private const SecondaryControls WantedIfOffered
        = SecondaryControls.Wbinvd | SecondaryControls.BusLock | SecondaryControls.Notify;

    private const ExitControls RequiredExit = ExitControls.SaveDebugControls | ExitControls.HostAddressSpaceSize
        | ExitControls.SavePat | ExitControls.LoadPat | ExitControls.SaveEfer | ExitControls.LoadEfer;

    private const EntryControls RequiredEntry = EntryControls.LoadDebugControls | EntryControls.LoadPat | EntryControls.LoadEfer;

    // The names of the controls that may be reported, by bit (25.6.1, 25.6.2, 25.7.1, 25.8.1).
    private static readonly string[] s_pinNames
        = ["external-interrupt exiting", "", "", "NMI exiting", "", "virtual NMIs", "activate VMX-preemption timer"];

    private static readonly string[] s_primaryNames =
    [
        "", "", "interrupt-window exiting", "use TSC offsetting", "", "", "", "HLT exiting", "", "INVLPG exiting",
            "MWAIT exiting",
        "RDPMC exiting", "RDTSC exiting", "", "", "CR3-load exiting", "CR3-store exiting", "", "", "CR8-load exiting",
        "CR8-store exiting", "use TPR shadow", "NMI-window exiting", "MOV-DR exiting", "unconditional I/O exiting",
            "use I/O bitmaps",
        "", "monitor trap flag", "use MSR bitmaps", "MONITOR exiting", "PAUSE exiting", "activate secondary controls",
    ];

    private static readonly string[] s_secondaryNames =
    [
        "virtualize APIC accesses", "enable EPT", "descriptor-table exiting", "enable RDTSCP", "virtualize x2APIC mode",
            "enable VPID",
        "WBINVD exiting", "unrestricted guest", "APIC-register virtualization", "virtual-interrupt delivery",
            "PAUSE-loop exiting",
        "RDRAND exiting", "enable INVPCID",
    ];

    private static readonly string[] s_exitNames =
    [
        "", "", "save debug controls", "", "", "", "", "", "", "host address-space size", "", "", "", "", "",
        "acknowledge interrupt on exit", "", "", "save IA32_PAT", "load IA32_PAT", "save IA32_EFER", "load IA32_EFER",
    ];

    private static readonly string[] s_entryNames =
    [
        "", "", "load debug controls", "", "", "", "", "", "", "IA-32e mode guest", "", "", "", "", "load IA32_PAT",
            "load IA32_EFER",
    ];

    private readonly VmxControlWord _pin;
    private readonly VmxControlWord _primary;
    private readonly VmxControlWord _secondary;
    private readonly VmxControlWord _exit;
    private readonly VmxControlWord _entry;
    private readonly ulong _basic;
    private readonly ulong _eptVpid;
    private readonly ulong _miscellaneous;
    private readonly PrimaryControls _wantedPrimary;
    private readonly SecondaryControls _wantedSecondary;

    private VmxCapabilities(VirtualizationHost host)
    {
        IHostProcessor processor = host.Processor;
        _basic = host.ReadMsr(VmxMsr.Basic);
        bool hasTrue = (_basic & BasicTrueControls) != 0;
        ulong pin = host.ReadMsr(hasTrue ? VmxMsr.TruePin : VmxMsr.Pin);
        ulong primary = host.ReadMsr(hasTrue ? VmxMsr.TruePrimary : VmxMsr.Primary);
        ulong exit = host.ReadMsr(hasTrue ? VmxMsr.TrueExit : VmxMsr.Exit);
        ulong entry = host.ReadMsr(hasTrue ? VmxMsr.TrueEntry : VmxMsr.Entry);
        _pin = new VmxControlWord("pin-based", pin, s_pinNames);
        _primary = new VmxControlWord("primary processor-based", primary, s_primaryNames);
        _exit = new VmxControlWord("VM-exit", exit, s_exitNames);
        _entry = new VmxControlWord("VM-entry", entry, s_entryNames);
        _miscellaneous = host.ReadMsr(VmxMsr.Miscellaneous);

        // The MSRs for secondary controls and EPT exist only with the controls that they are about (A.3.3, A.10).
        bool hasSecondary = _primary.Offers((uint)PrimaryControls.Secondary);
        ulong secondary = hasSecondary ? host.ReadMsr(VmxMsr.Secondary) : 0;
        _secondary = new VmxControlWord("secondary processor-based", secondary, s_secondaryNames);
        bool hasEpt = _secondary.Offers((uint)SecondaryControls.Ept) || _secondary.Offers((uint)SecondaryControls.Vpid);
        _eptVpid = hasEpt ? host.ReadMsr(VmxMsr.EptVpid) : 0;

        Cr0Fixed0 = host.ReadMsr(VmxMsr.Cr0Fixed0);
        Cr0Fixed1 = host.ReadMsr(VmxMsr.Cr0Fixed1);
        Cr4Fixed0 = host.ReadMsr(VmxMsr.Cr4Fixed0);
        Cr4Fixed1 = host.ReadMsr(VmxMsr.Cr4Fixed1);
        EntryRules = new(Cr0Fixed0, Cr0Fixed1, Cr4Fixed0, Cr4Fixed1, PhysicalAddressWidth.Of(processor));
        CpuidResult features = processor.Cpuid(LeafStructuredFeatures, 0);
        bool hasTscAux = (features.Ecx & FeatureRdpid) != 0
            || (processor.Cpuid(LeafExtendedFeatures, 0).Edx & FeatureRdtscp) != 0;
        bool hasMonitor = (processor.Cpuid(LeafFeatures, 0).Ecx & FeatureMonitor) != 0;
        _wantedPrimary = AlwaysOn | (hasMonitor ? PrimaryControls.Monitor | PrimaryControls.Mwait : 0);

        // An instruction that guests learn of from CPUID must work.
        _wantedSecondary = RequiredSecondary
            | (hasTscAux ? SecondaryControls.Rdtscp : 0)
            | ((features.Ebx & FeatureInvpcid) != 0 ? SecondaryControls.Invpcid : 0);

        Words = ReadWords(host, hasEpt, hasTrue);
    }

    /// <summary>All capability words, by the MSR's number.</summary>
    public string Words { get; }

    /// <summary>What the first words of a control structure and of a VMXON region hold.</summary>
    public uint Revision => (uint)(_basic & BasicRevisionMask);

    /// <summary>CR0 bits that must be 1 in VMX operation.</summary>
    public ulong Cr0Fixed0 { get; }

    /// <summary>CR0 bits that may be 1 in VMX operation.</summary>
    public ulong Cr0Fixed1 { get; }

    /// <summary>CR4 bits that must be 1 in VMX operation.</summary>
    public ulong Cr4Fixed0 { get; }

    /// <summary>CR4 bits that may be 1 in VMX operation.</summary>
    public ulong Cr4Fixed1 { get; }

    /// <summary>What an entry demands of a guest's state on this machine.</summary>
    public VmxEntryRules EntryRules { get; }

    /// <summary>An exit by INS or OUTS tells the address size and the segment.</summary>
    public bool HasStringInformation => (_basic & BasicStringInformation) != 0;

    /// <summary>The processor can end a guest's run by itself after a time.</summary>
    public bool HasPreemptionTimer => _pin.Offers((uint)PinControls.PreemptionTimer);

    /// <summary>The preemption timer's tick is so many ticks of the time-stamp counter, as a power of two.</summary>
    public int TimerShift => (int)(_miscellaneous & TimerRateMask);

    /// <summary>Cached translations can carry an identifier, and be dropped by it or all at once.</summary>
    public bool HasVpid => _secondary.Offers((uint)SecondaryControls.Vpid)
        && (_eptVpid & VpidInvvpid) != 0 && (_eptVpid & (VpidSingle | VpidAll)) != 0;

    /// <summary>INVVPID can drop the translations of one identifier.</summary>
    public bool HasSingleInvvpid => (_eptVpid & VpidSingle) != 0;

    /// <summary>INVVPID can drop the translations of all identifiers.</summary>
    public bool HasAllInvvpid => (_eptVpid & VpidAll) != 0;

    /// <summary>INVEPT can drop the translations of one set of tables.</summary>
    public bool HasSingleInvept => (_eptVpid & EptInveptSingle) != 0;

    /// <summary>INVEPT can drop the translations of all tables.</summary>
    public bool HasAllInvept => (_eptVpid & EptInveptAll) != 0;

    /// <summary>Nested page tables can have pages of 1 GiB.</summary>
    public bool HasHugePages => (_eptVpid & EptHugePages) != 0;

    /// <summary>PAUSE in a loop can be told from PAUSE now and then.</summary>
    public bool HasPauseLoop => _secondary.Offers((uint)SecondaryControls.PauseLoop);

    /// <summary>A guest whose events have no window can be made to exit.</summary>
    public bool HasNotify => _secondary.Offers((uint)SecondaryControls.Notify);

    /// <summary>A bus lock can be made to exit.</summary>
    public bool HasBusLock => _secondary.Offers((uint)SecondaryControls.BusLock);

    /// <summary>The pin-based controls of every guest.</summary>
    public PinControls Pin
        => (PinControls)_pin.Sanitize((uint)(RequiredPin | (HasPreemptionTimer ? PinControls.PreemptionTimer : 0)));

    /// <summary>The primary controls of a guest that waits for no window.</summary>
    public PrimaryControls Primary => (PrimaryControls)_primary.Sanitize((uint)_wantedPrimary);

    /// <summary>The secondary controls of every guest.</summary>
    public SecondaryControls Secondary => (SecondaryControls)_secondary.Sanitize((uint)(_wantedSecondary
        | WantedIfOffered | (HasVpid ? SecondaryControls.Vpid : 0) | (HasPauseLoop ? SecondaryControls.PauseLoop : 0)));

    /// <summary>The exit controls of every guest.</summary>
    public ExitControls Exit => (ExitControls)_exit.Sanitize((uint)RequiredExit);

    /// <summary>The entry controls of a guest that is not in long mode.</summary>
    public EntryControls Entry => (EntryControls)_entry.Sanitize((uint)RequiredEntry) & ~EntryControls.LongModeGuest;

    /// <summary>What is made use of, in the words that Linux uses for the same features.</summary>
    public string Describe()
        => "ept unrestricted_guest vnmi"
            + (HasVpid ? " vpid" : "")
            + (HasPreemptionTimer ? " preemption_timer" : "")
            + (HasHugePages ? " ept_1gb" : "")
            + (HasPauseLoop ? " ple" : "")
            + (HasBusLock ? " bus_lock_detection" : "")
            + (HasNotify ? " notify_vm_exiting" : "");

    /// <summary>Finds out whether guests can run here.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="problem">What is missing and what to do about it, when the answer is null.</param>
    public static VmxCapabilities? Detect(VirtualizationHost host, out string problem)
    {
        if ((host.Processor.Cpuid(LeafFeatures, 0).Ecx & FeatureVmx) == 0)
        {
            problem = "this processor has no VMX (VT-x), or this machine does not expose it";
            return null;
        }

        if (!IsAllowed(host.ReadMsr(Msr.FeatureControl)))
        {
            problem = "VMX (VT-x) is disabled by the firmware: enable virtualization in the firmware setup";
            return null;
        }

        VmxCapabilities capabilities = new(host);
        return capabilities.IsSufficient(out problem) ? capabilities : null;
    }

    /// <summary>
    /// Whether firmware lets a CPU enter VMX operation, given IA32_FEATURE_CONTROL: it does, or has not decided.
    /// </summary>
    public static bool IsAllowed(ulong featureControl)
        => (featureControl & FeatureControlLocked) == 0 || (featureControl & FeatureControlVmx) != 0;

    /// <summary>What to write to IA32_FEATURE_CONTROL, which firmware left undecided; 0 when it has decided.</summary>
    public static ulong FeatureControlToWrite(ulong featureControl)
        => (featureControl & FeatureControlLocked) != 0 ? 0 : featureControl | FeatureControlLocked | FeatureControlVmx;

    private static string ReadWords(VirtualizationHost host, bool hasEpt, bool hasTrue)
    {
        string words = $"0x{Msr.FeatureControl:x}=0x{host.ReadMsr(Msr.FeatureControl):x}";
        for (uint msr = VmxMsr.Basic; msr <= (hasTrue ? VmxMsr.TrueEntry : VmxMsr.EptVpid); msr++)
        {
            if (hasEpt || msr is not (VmxMsr.Secondary or VmxMsr.EptVpid))
            {
                words += $" 0x{msr:x}=0x{host.ReadMsr(msr):x}";
            }
        }

        return words;
    }

    private bool IsSufficient(out string problem)
        => _pin.TryRequire((uint)RequiredPin, 0, out problem)
            && _primary.TryRequire(
                (uint)(_wantedPrimary | Windows), (uint)(PrimaryControls.Cr3Load | PrimaryControls.Cr3Store), out problem)
            && _secondary.TryRequire((uint)_wantedSecondary, 0, out problem)
            && _exit.TryRequire((uint)RequiredExit, 0, out problem)
            && _entry.TryRequire((uint)(RequiredEntry | EntryControls.LongModeGuest), 0, out problem)
            && Has(EptFourLevels, "EPT has no page walks of four levels", out problem)
            && Has(EptWriteBack, "EPT's tables cannot lie in write-back memory", out problem)
            && Has(EptLargePages, "EPT has no pages of 2 MiB", out problem)
            && Has(EptInvept, "EPT has no INVEPT", out problem)
            && Has(EptInveptSingle | EptInveptAll, "INVEPT knows no type that is of use", out problem)
            && HasWriteBackStructures(out problem);

    private bool Has(ulong either, string lack, out string problem)
    {
        bool has = (_eptVpid & either) != 0;
        problem = has ? ""
            : $"this processor's {lack} (IA32_VMX_EPT_VPID_CAP is 0x{_eptVpid:x}), without which no domain can run";
        return has;
    }

    private bool HasWriteBackStructures(out string problem)
    {
        bool has = (_basic >> BasicMemoryTypeShift & BasicMemoryTypeMask) == WriteBack;
        problem = has ? "" : $"this processor's VMX wants its structures in uncached memory (IA32_VMX_BASIC is 0x{_basic:x})";
        return has;
    }
}
