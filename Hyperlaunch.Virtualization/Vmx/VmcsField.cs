namespace Hyperlaunch.Virtualization.Vmx;

/// <summary>
/// Fields of the virtual-machine control structure by their encoding (Intel SDM vol 3, appendix B). Segment registers follow one
/// another in the order ES, CS, SS, DS, FS, GS, LDTR, TR, two encodings apart.
/// </summary>
internal static class VmcsField
{
    // Appendix B.1: 16 bits.

    /// <summary>Virtual-processor identifier.</summary>
    public const uint Vpid = 0x0000;

    /// <summary>Guest ES selector, the first of eight.</summary>
    public const uint GuestEsSelector = 0x0800;

    /// <summary>Host ES selector.</summary>
    public const uint HostEsSelector = 0x0C00;

    /// <summary>Host CS selector.</summary>
    public const uint HostCsSelector = 0x0C02;

    /// <summary>Host SS selector.</summary>
    public const uint HostSsSelector = 0x0C04;

    /// <summary>Host DS selector.</summary>
    public const uint HostDsSelector = 0x0C06;

    /// <summary>Host FS selector.</summary>
    public const uint HostFsSelector = 0x0C08;

    /// <summary>Host GS selector.</summary>
    public const uint HostGsSelector = 0x0C0A;

    /// <summary>Host TR selector.</summary>
    public const uint HostTrSelector = 0x0C0C;

    // Appendix B.2: 64 bits.

    /// <summary>Address of MSR bitmaps.</summary>
    public const uint MsrBitmap = 0x2004;

    /// <summary>VM-exit MSR-store address.</summary>
    public const uint ExitMsrStoreAddress = 0x2006;

    /// <summary>VM-exit MSR-load address.</summary>
    public const uint ExitMsrLoadAddress = 0x2008;

    /// <summary>VM-entry MSR-load address.</summary>
    public const uint EntryMsrLoadAddress = 0x200A;

    /// <summary>TSC offset.</summary>
    public const uint TscOffset = 0x2010;

    /// <summary>EPT pointer.</summary>
    public const uint EptPointer = 0x201A;

    /// <summary>Guest-physical address of an EPT violation.</summary>
    public const uint GuestPhysicalAddress = 0x2400;

    /// <summary>VMCS link pointer.</summary>
    public const uint LinkPointer = 0x2800;

    /// <summary>Guest IA32_DEBUGCTL.</summary>
    public const uint GuestDebugControl = 0x2802;

    /// <summary>Guest IA32_PAT.</summary>
    public const uint GuestPat = 0x2804;

    /// <summary>Guest IA32_EFER.</summary>
    public const uint GuestEfer = 0x2806;

    /// <summary>Guest PDPTE0, the first of four.</summary>
    public const uint GuestPdpte0 = 0x280A;

    /// <summary>Host IA32_PAT.</summary>
    public const uint HostPat = 0x2C00;

    /// <summary>Host IA32_EFER.</summary>
    public const uint HostEfer = 0x2C02;

    // Appendix B.3: 32 bits.

    /// <summary>Pin-based VM-execution controls.</summary>
    public const uint PinControls = 0x4000;

    /// <summary>Primary processor-based VM-execution controls.</summary>
    public const uint PrimaryControls = 0x4002;

    /// <summary>Exception bitmap.</summary>
    public const uint ExceptionBitmap = 0x4004;

    /// <summary>Page-fault error-code mask.</summary>
    public const uint PageFaultMask = 0x4006;

    /// <summary>Page-fault error-code match.</summary>
    public const uint PageFaultMatch = 0x4008;

    /// <summary>CR3-target count.</summary>
    public const uint Cr3TargetCount = 0x400A;

    /// <summary>VM-exit controls.</summary>
    public const uint ExitControls = 0x400C;

    /// <summary>VM-exit MSR-store count.</summary>
    public const uint ExitMsrStoreCount = 0x400E;

    /// <summary>VM-exit MSR-load count.</summary>
    public const uint ExitMsrLoadCount = 0x4010;

    /// <summary>VM-entry controls.</summary>
    public const uint EntryControls = 0x4012;

    /// <summary>VM-entry MSR-load count.</summary>
    public const uint EntryMsrLoadCount = 0x4014;

    /// <summary>VM-entry interruption information.</summary>
    public const uint EntryInterruption = 0x4016;

    /// <summary>VM-entry exception error code.</summary>
    public const uint EntryErrorCode = 0x4018;

    /// <summary>VM-entry instruction length.</summary>
    public const uint EntryInstructionLength = 0x401A;

    /// <summary>Secondary processor-based VM-execution controls.</summary>
    public const uint SecondaryControls = 0x401E;

    /// <summary>PAUSE-loop exiting: gap.</summary>
    public const uint PauseLoopGap = 0x4020;

    /// <summary>PAUSE-loop exiting: window.</summary>
    public const uint PauseLoopWindow = 0x4022;

    /// <summary>Notify window.</summary>
    public const uint NotifyWindow = 0x4024;

    /// <summary>VM-instruction error.</summary>
    public const uint InstructionError = 0x4400;

    /// <summary>Exit reason.</summary>
    public const uint ExitReason = 0x4402;

    /// <summary>VM-exit interruption information.</summary>
    public const uint ExitInterruption = 0x4404;

    /// <summary>VM-exit interruption error code.</summary>
    public const uint ExitErrorCode = 0x4406;

    /// <summary>IDT-vectoring information.</summary>
    public const uint VectoringInformation = 0x4408;

    /// <summary>IDT-vectoring error code.</summary>
    public const uint VectoringErrorCode = 0x440A;

    /// <summary>VM-exit instruction length.</summary>
    public const uint InstructionLength = 0x440C;

    /// <summary>VM-exit instruction information.</summary>
    public const uint InstructionInformation = 0x440E;

    /// <summary>Guest ES limit, the first of eight.</summary>
    public const uint GuestEsLimit = 0x4800;

    /// <summary>Guest GDTR limit.</summary>
    public const uint GuestGdtrLimit = 0x4810;

    /// <summary>Guest IDTR limit.</summary>
    public const uint GuestIdtrLimit = 0x4812;

    /// <summary>Guest ES access rights, the first of eight.</summary>
    public const uint GuestEsRights = 0x4814;

    /// <summary>Guest interruptibility state.</summary>
    public const uint GuestInterruptibility = 0x4824;

    /// <summary>Guest activity state.</summary>
    public const uint GuestActivity = 0x4826;

    /// <summary>Guest IA32_SYSENTER_CS.</summary>
    public const uint GuestSysenterCs = 0x482A;

    /// <summary>VMX-preemption timer value.</summary>
    public const uint PreemptionTimer = 0x482E;

    /// <summary>Host IA32_SYSENTER_CS.</summary>
    public const uint HostSysenterCs = 0x4C00;

    // Appendix B.4: as wide as the processor.

    /// <summary>CR0 guest/host mask.</summary>
    public const uint Cr0Mask = 0x6000;

    /// <summary>CR4 guest/host mask.</summary>
    public const uint Cr4Mask = 0x6002;

    /// <summary>CR0 read shadow.</summary>
    public const uint Cr0Shadow = 0x6004;

    /// <summary>CR4 read shadow.</summary>
    public const uint Cr4Shadow = 0x6006;

    /// <summary>Exit qualification.</summary>
    public const uint ExitQualification = 0x6400;

    /// <summary>Guest CR0.</summary>
    public const uint GuestCr0 = 0x6800;

    /// <summary>Guest CR3.</summary>
    public const uint GuestCr3 = 0x6802;

    /// <summary>Guest CR4.</summary>
    public const uint GuestCr4 = 0x6804;

    /// <summary>Guest ES base, the first of eight.</summary>
    public const uint GuestEsBase = 0x6806;

    /// <summary>Guest GDTR base.</summary>
    public const uint GuestGdtrBase = 0x6816;

    /// <summary>Guest IDTR base.</summary>
    public const uint GuestIdtrBase = 0x6818;

    /// <summary>Guest DR7.</summary>
    public const uint GuestDr7 = 0x681A;

    /// <summary>Guest RSP.</summary>
    public const uint GuestRsp = 0x681C;

    /// <summary>Guest RIP.</summary>
    public const uint GuestRip = 0x681E;

    /// <summary>Guest RFLAGS.</summary>
    public const uint GuestRflags = 0x6820;

    /// <summary>Guest pending debug exceptions.</summary>
    public const uint GuestPendingDebug = 0x6822;

    /// <summary>Guest IA32_SYSENTER_ESP.</summary>
    public const uint GuestSysenterEsp = 0x6824;

    /// <summary>Guest IA32_SYSENTER_EIP.</summary>
    public const uint GuestSysenterEip = 0x6826;

    /// <summary>Host CR0.</summary>
    public const uint HostCr0 = 0x6C00;

    /// <summary>Host CR3.</summary>
    public const uint HostCr3 = 0x6C02;

    /// <summary>Host CR4.</summary>
    public const uint HostCr4 = 0x6C04;

    /// <summary>Host FS base.</summary>
    public const uint HostFsBase = 0x6C06;

    /// <summary>Host GS base.</summary>
    public const uint HostGsBase = 0x6C08;

    /// <summary>Host TR base.</summary>
    public const uint HostTrBase = 0x6C0A;

    /// <summary>Host GDTR base.</summary>
    public const uint HostGdtrBase = 0x6C0C;

    /// <summary>Host IDTR base.</summary>
    public const uint HostIdtrBase = 0x6C0E;

    /// <summary>Host IA32_SYSENTER_ESP.</summary>
    public const uint HostSysenterEsp = 0x6C10;

    /// <summary>Host IA32_SYSENTER_EIP.</summary>
    public const uint HostSysenterEip = 0x6C12;

    /// <summary>Host RSP; <c>vmx.S</c> writes it at each entry.</summary>
    public const uint HostRsp = 0x6C14;

    /// <summary>Host RIP.</summary>
    public const uint HostRip = 0x6C16;
}
