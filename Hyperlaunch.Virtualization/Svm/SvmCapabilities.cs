using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Guests;
using Hyperlaunch.Virtualization.Hosting;

namespace Hyperlaunch.Virtualization.Svm;

/// <summary>What this machine's SVM offers (AMD APM vol 2, 15.4; vol 3, appendix E.4.2 and E.4.9).</summary>
internal sealed class SvmCapabilities
{
    private const uint LeafFeatures = 1;
    private const uint LeafHypervisor = 0x4000_0000;
    private const uint LeafExtendedMaximum = 0x8000_0000;
    private const uint LeafExtendedFeatures = 0x8000_0001;
    private const uint LeafAddressSizes = 0x8000_0008;
    private const uint LeafSvm = 0x8000_000A;

    // CPUID 8000_0001, ECX.
    private const uint FeatureSvm = 1u << 2;

    // CPUID 1, EDX.
    private const uint FeatureMachineCheck = 1u << 7;

    // CPUID 8000_0008, EBX.
    private const uint FeatureRdpru = 1u << 4;

    // CPUID 8000_000A, EDX.
    private const uint FeatureNestedPaging = 1u << 0;
    private const uint FeatureBranchRecords = 1u << 1;
    private const uint FeatureLock = 1u << 2;
    private const uint FeatureNextRip = 1u << 3;
    private const uint FeatureVmcbClean = 1u << 5;
    private const uint FeatureDecodeAssists = 1u << 7;
    private const uint FeaturePauseFilter = 1u << 10;
    private const uint FeaturePauseThreshold = 1u << 12;
    private const uint FeatureSpeculationControl = 1u << 20;
    private const uint FeatureBusLockThreshold = 1u << 29;

    // MSR VM_CR (AMD APM vol 2, 15.30.1).
    private const ulong VmCrLock = 1 << 3;
    private const ulong VmCrSvmDisabled = 1 << 4;

    private readonly uint _features;

    private SvmCapabilities(in CpuidResult svm, ulong vmCr, IHostProcessor processor)
    {
        MayRepeatInterrupts = IsTcg(processor);
        _features = svm.Edx;
        Words = $"revision=0x{svm.Eax:x} features=0x{svm.Edx:x} asids=0x{svm.Ebx:x} vm-cr=0x{vmCr:x}";
        AddressSpaces = svm.Ebx;
        PhysicalAddressBits = PhysicalAddressWidth.Of(processor);
        ForcedCr4 = (processor.Cpuid(LeafFeatures, 0).Edx & FeatureMachineCheck) != 0 ? ControlBits.Cr4MachineCheck : 0;
        HasRdpru = (processor.Cpuid(LeafAddressSizes, 0).Ebx & FeatureRdpru) != 0;
    }

    /// <summary>
    /// The processor is QEMU's, emulated by TCG (7.2): it may deliver an injected maskable interrupt a second time, whatever the
    /// guest's RFLAGS.IF is by then, unless the guest's run ends at once. VMRUN leaves the vector behind as the exception to be
    /// delivered next, and any request to leave the execution loop that is no interrupt delivers it.
    /// </summary>
    public bool MayRepeatInterrupts { get; }

    /// <summary>
    /// The processor is QEMU's (7.2), whose own assertion fails when a guest's MOV to CR8 lets a virtual interrupt through: while
    /// one waits, the MOV must exit.
    /// </summary>
    public bool MustInterceptTaskPriority => MayRepeatInterrupts;

    /// <summary>All capability words.</summary>
    public string Words { get; }

    /// <summary>How many address spaces the TLB tells apart, the host's (0) included.</summary>
    public uint AddressSpaces { get; }

    /// <summary>
    /// CR4 bits that are set while a guest runs, whatever it sees and writes: without MCE a machine check is a shutdown, which
    /// would be taken for the guest's own.
    /// </summary>
    public ulong ForcedCr4 { get; }

    /// <summary>The width of physical addresses.</summary>
    public int PhysicalAddressBits { get; }

    /// <summary>RDPRU exists, and so does its intercept.</summary>
    public bool HasRdpru { get; }

    /// <summary>The exit tells the address of the next instruction.</summary>
    public bool HasNextRip => (_features & FeatureNextRip) != 0;

    /// <summary>DEBUGCTL and the branch records can be the guest's own.</summary>
    public bool HasBranchRecords => (_features & FeatureBranchRecords) != 0;

    /// <summary>
    /// SPEC_CTRL of the guest is in the control block, and the guest reaches it without an exit (AMD APM vol 2, appendix B,
    /// table B-2).
    /// </summary>
    public bool HasVirtualSpeculationControl => (_features & FeatureSpeculationControl) != 0;

    /// <summary>The processor keeps parts of the control block between runs.</summary>
    public bool HasVmcbClean => (_features & FeatureVmcbClean) != 0;

    /// <summary>A port access tells the segment of OUTS, among other assistance.</summary>
    public bool HasDecodeAssists => (_features & FeatureDecodeAssists) != 0;

    /// <summary>An exit for MOV to or from a control register tells everything that is needed to execute it.</summary>
    public bool CanDecodeControlAccess => HasDecodeAssists && HasNextRip;

    /// <summary>PAUSE can be counted.</summary>
    public bool HasPauseFilter => (_features & FeaturePauseFilter) != 0;

    /// <summary>PAUSE in one loop can be told from PAUSE now and then.</summary>
    public bool HasPauseThreshold => (_features & FeaturePauseThreshold) != 0;

    /// <summary>Bus locks can be counted, and one beyond a number made to exit.</summary>
    public bool HasBusLockThreshold => (_features & FeatureBusLockThreshold) != 0;

    /// <summary>What is made use of, in the words that Linux uses for the same features.</summary>
    public string Describe()
        => "npt"
            + (HasNextRip ? " nrip_save" : "")
            + (HasBranchRecords ? " lbrv" : "")
            + (HasVmcbClean ? " vmcb_clean" : "")
            + (HasDecodeAssists ? " decodeassists" : "")
            + (HasPauseFilter ? " pausefilter" : "")
            + (HasPauseThreshold ? " pfthreshold" : "")
            + (HasBusLockThreshold ? " bus_lock_threshold" : "")
            + $" asids={AddressSpaces}";

    /// <summary>Finds out whether guests can run here.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="problem">What is missing and what to do about it, when the answer is null.</param>
    public static SvmCapabilities? Detect(VirtualizationHost host, out string problem)
    {
        IHostProcessor processor = host.Processor;
        problem = "";
        uint maximum = processor.Cpuid(LeafExtendedMaximum, 0).Eax;
        if (maximum < LeafSvm || (processor.Cpuid(LeafExtendedFeatures, 0).Ecx & FeatureSvm) == 0)
        {
            problem = "this processor has no SVM (AMD-V), or this machine does not expose it";
            return null;
        }

        CpuidResult svm = processor.Cpuid(LeafSvm, 0);
        if ((svm.Edx & FeatureNestedPaging) == 0)
        {
            problem = "this processor's SVM has no nested paging (CPUID 8000000A EDX bit 0), without which no domain can run";
            return null;
        }

        ulong vmCr = host.ReadMsr(Msr.SvmControl);
        if ((vmCr & VmCrSvmDisabled) != 0 && (vmCr & VmCrLock) != 0)
        {
            problem = (svm.Edx & FeatureLock) != 0
                ? "SVM (AMD-V) is disabled and locked with a key by the firmware: enable SVM in the firmware setup"
                : "SVM (AMD-V) is disabled by the firmware: enable SVM in the firmware setup";
            return null;
        }

        // A processor needs one address space for the host and one for a guest.
        if (svm.Ebx < 2)
        {
            problem = "this processor's SVM has no address space for a guest (CPUID 8000000A EBX)";
            return null;
        }

        return new SvmCapabilities(in svm, vmCr, processor);
    }

    // CPUID 1, ECX bit 31, which a hypervisor below sets, and its signature: "TCGTCGTCGTCG" (QEMU, target/i386/cpu.c).
    private static bool IsTcg(IHostProcessor processor)
    {
        const uint FeatureHypervisor = 1u << 31;
        CpuidResult signature = (processor.Cpuid(LeafFeatures, 0).Ecx & FeatureHypervisor) != 0
            ? processor.Cpuid(LeafHypervisor, 0) : default;
        return signature is { Ebx: 0x5447_4354, Ecx: 0x4354_4743, Edx: 0x4743_5447 };
    }

    /// <summary>Lets this CPU execute SVM instructions. <see cref="Detect"/> has found that it can.</summary>
    public static void EnableCpu(VirtualizationHost host)
    {
        ulong vmCr = host.ReadMsr(Msr.SvmControl);
        if ((vmCr & VmCrSvmDisabled) != 0)
        {
            host.WriteMsr(Msr.SvmControl, vmCr & ~VmCrSvmDisabled);
        }

        host.WriteMsr(Msr.Efer, host.ReadMsr(Msr.Efer) | ControlBits.EferSvmEnable);
    }
}
