namespace Hyperlaunch.Virtualization.Vmx;

/// <summary>
/// The fields of a control structure that change while its guest lives, as <c>Vmcs</c> numbers them in memory: first eight
/// segment registers of four fields each, then the rest. At most 64.
/// </summary>
internal enum VmcsSlot
{
    /// <summary>The selector of ES: that of segment n (ES, CS, SS, DS, FS, GS, LDTR, TR) is 4n slots further.</summary>
    Selector = 0,

    /// <summary>The limit of ES.</summary>
    Limit = 1,

    /// <summary>The access rights of ES.</summary>
    Rights = 2,

    /// <summary>The base of ES.</summary>
    Base = 3,

    /// <summary>GDTR base.</summary>
    GdtrBase = 32,

    /// <summary>GDTR limit.</summary>
    GdtrLimit,

    /// <summary>IDTR base.</summary>
    IdtrBase,

    /// <summary>IDTR limit.</summary>
    IdtrLimit,

    /// <summary>CR0 as the processor uses it.</summary>
    Cr0,

    /// <summary>CR3.</summary>
    Cr3,

    /// <summary>CR4 as the processor uses it.</summary>
    Cr4,

    /// <summary>DR7.</summary>
    Dr7,

    /// <summary>RSP.</summary>
    Rsp,

    /// <summary>RIP.</summary>
    Rip,

    /// <summary>RFLAGS.</summary>
    Rflags,

    /// <summary>Pending debug exceptions.</summary>
    PendingDebug,

    /// <summary>DEBUGCTL.</summary>
    DebugControl,

    /// <summary>PAT.</summary>
    Pat,

    /// <summary>EFER.</summary>
    Efer,

    /// <summary>SYSENTER_CS.</summary>
    SysenterCs,

    /// <summary>SYSENTER_ESP.</summary>
    SysenterEsp,

    /// <summary>SYSENTER_EIP.</summary>
    SysenterEip,

    /// <summary>Interruptibility.</summary>
    Interruptibility,

    /// <summary>Activity.</summary>
    Activity,

    /// <summary>VM-entry controls: the processor keeps "IA-32e mode guest" up to date.</summary>
    EntryControls,

    /// <summary>The first slot that only the hypervisor writes: the TSC offset.</summary>
    TscOffset,

    /// <summary>CR0 as the guest sees the bits that are not its own.</summary>
    Cr0Shadow,

    /// <summary>CR4 as the guest sees the bits that are not its own.</summary>
    Cr4Shadow,

    /// <summary>Primary processor-based controls.</summary>
    PrimaryControls,

    /// <summary>The event to deliver. An entry takes it: the processor clears its valid bit.</summary>
    EntryInterruption,

    /// <summary>The error code of that event.</summary>
    EntryErrorCode,

    /// <summary>The physical address of the MSR bitmap.</summary>
    MsrBitmap,

    /// <summary>How many slots there are.</summary>
    Count,
}
