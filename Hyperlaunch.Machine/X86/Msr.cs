namespace Hyperlaunch.Machine.X86;

/// <summary>Model-specific registers, told once (AMD APM volume 2, appendix A; Intel SDM volume 4, chapter 2).</summary>
public static class Msr
{
    /// <summary>The time-stamp counter.</summary>
    public const uint TimeStampCounter = 0x10;

    /// <summary>The platform id, which names a microcode's platform.</summary>
    public const uint PlatformId = 0x17;

    /// <summary>The local APIC's base and mode.</summary>
    public const uint ApicBase = 0x1B;

    /// <summary>What firmware has locked; 1 says locked with everything off.</summary>
    public const uint FeatureControl = 0x3A;

    /// <summary>SPEC_CTRL: what may be speculated (AMD APM volume 2, 3.2.9).</summary>
    public const uint SpeculationControl = 0x48;

    /// <summary>PRED_CMD: commands to the branch prediction (AMD APM volume 2, 3.2.9).</summary>
    public const uint PredictionCommand = 0x49;

    /// <summary>The microcode's revision.</summary>
    public const uint PatchLevel = 0x8B;

    /// <summary>IA32_ARCH_CAPABILITIES: what the processor is immune to (<see cref="SpeculationBits"/>).</summary>
    public const uint ArchitecturalCapabilities = 0x10A;

    /// <summary>IA32_TSX_CTRL: transactions off.</summary>
    public const uint TransactionControl = 0x122;

    /// <summary>IA32_MCU_OPT_CTRL: what microcode prevents.</summary>
    public const uint MicrocodeOptions = 0x123;

    /// <summary>SYSENTER_CS.</summary>
    public const uint SysenterCs = 0x174;

    /// <summary>SYSENTER_ESP.</summary>
    public const uint SysenterEsp = 0x175;

    /// <summary>SYSENTER_EIP.</summary>
    public const uint SysenterEip = 0x176;

    /// <summary>Miscellaneous features; bit 0 says fast strings.</summary>
    public const uint MiscEnable = 0x1A0;

    /// <summary>DEBUGCTL.</summary>
    public const uint DebugControl = 0x1D9;

    /// <summary>PAT: eight memory types.</summary>
    public const uint Pat = 0x277;

    /// <summary>When the local APIC's timer fires.</summary>
    public const uint TscDeadline = 0x6E0;

    /// <summary>The first register of the x2APIC.</summary>
    public const uint X2ApicFirst = 0x800;

    /// <summary>The last register of the x2APIC.</summary>
    public const uint X2ApicLast = 0x8FF;

    /// <summary>Extended features enabled.</summary>
    public const uint Efer = 0xC000_0080;

    /// <summary>STAR: the segments of SYSCALL.</summary>
    public const uint Star = 0xC000_0081;

    /// <summary>LSTAR: where SYSCALL goes from 64-bit code.</summary>
    public const uint Lstar = 0xC000_0082;

    /// <summary>CSTAR: where SYSCALL goes from compatibility mode.</summary>
    public const uint Cstar = 0xC000_0083;

    /// <summary>SFMASK: the flags that SYSCALL clears.</summary>
    public const uint Sfmask = 0xC000_0084;

    /// <summary>The base of FS.</summary>
    public const uint FsBase = 0xC000_0100;

    /// <summary>The base of GS.</summary>
    public const uint GsBase = 0xC000_0101;

    /// <summary>What SWAPGS exchanges with the base of GS.</summary>
    public const uint KernelGsBase = 0xC000_0102;

    /// <summary>TSC_AUX: what RDTSCP and RDPID tell.</summary>
    public const uint TscAux = 0xC000_0103;

    /// <summary>Hardware configuration.</summary>
    public const uint HardwareConfiguration = 0xC001_0015;

    /// <summary>Northbridge configuration.</summary>
    public const uint NorthbridgeConfiguration = 0xC001_001F;

    /// <summary>Interrupt pending and C1E control.</summary>
    public const uint InterruptPending = 0xC001_0055;

    /// <summary>VM_CR: whether firmware allows SVM (AMD APM volume 2, 15.30.1).</summary>
    public const uint SvmControl = 0xC001_0114;

    /// <summary>VM_HSAVE_PA: where VMRUN keeps the host's state (AMD APM volume 2, 15.30.4).</summary>
    public const uint SvmHostSaveArea = 0xC001_0117;

    /// <summary>Decoder configuration; bit 1 says that LFENCE serializes.</summary>
    public const uint DecoderConfiguration = 0xC001_1029;

    /// <summary>BP_CFG: branch prediction configuration (AMD64 Technology, speculative return stack overflow).</summary>
    public const uint BranchConfiguration = 0xC001_102E;
}
