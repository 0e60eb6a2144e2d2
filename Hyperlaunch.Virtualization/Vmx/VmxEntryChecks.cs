using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Guests;

namespace Hyperlaunch.Virtualization.Vmx;

/// <summary>
/// The checks that an entry makes on the guest's state (Intel SDM vol 3, 27.3.1), made again in software when one has failed: the
/// processor says only that some check failed. In the manual's order, so that the first that fails here is the likely one.
/// </summary>
internal readonly struct VmxEntryChecks
{
    // CR0, CR4, EFER, RFLAGS, DR7: Intel SDM vol 3, chapter 2.
    private const ulong EferReserved = ~(ControlBits.EferSyscall
        | ControlBits.EferLongModeEnable | ControlBits.EferLongModeActive | ControlBits.EferNoExecute);
    private const ulong DebugControlReserved = ~0xFFC3UL;
    private const ulong DebugControlBranchTrap = 1 << 1;
    private const ulong UpperHalf = 0xFFFF_FFFF_0000_0000;
    private const ulong SelectorTableIndicator = 1 << 2;

    // Access rights (25.4.1, table 25-2).
    private const ulong RightsTypeMask = 0xF;
    private const ulong RightsCodeOrData = 1 << 4;
    private const ulong RightsPresent = 1 << 7;
    private const ulong RightsReserved = 0xFFFE_0F00;
    private const ulong RightsLong = 1 << 13;
    private const ulong RightsDefaultSize = 1 << 14;
    private const ulong RightsGranular = 1 << 15;
    private const ulong RightsUnusable = 1 << 16;
    private const ulong TypeAccessed = 1 << 0;
    private const ulong TypeCode = 1 << 3;
    private const ulong TypeReadable = 1 << 1;

    // Accessed, read-write data: what SS may hold (AMD APM vol 2, 4.8.2).
    private const ulong TypeData = 3;
    private const ulong TypeDataExpandDown = 7;

    // Interruptibility (25.4.2, table 25-3), pending debug exceptions (table 25-4), events (25.8.3).
    private const ulong BlockingBySti = 1 << 0;
    private const ulong BlockingByMovSs = 1 << 1;
    private const ulong BlockingByNmi = 1 << 3;
    private const ulong InterruptibilityReserved = ~0x1FUL;
    private const ulong PendingSingleStep = 1 << 14;
    private const ulong PendingReserved = ~0x1_500FUL & ~PendingSingleStep;
    private const ulong EventTypeMask = 7 << 8;
    private const ulong EventValid = 1UL << 31;
    private const ulong EventNmi = 2 << 8;
    private const ulong ActivityLast = 3;

    // Eight segments: ES, CS, SS, DS, FS, GS, LDTR, TR.
    private const uint Cs = 1;
    private const uint Ss = 2;
    private const uint Fs = 4;
    private const uint Gs = 5;
    private const uint FirstSystem = 6;
    private const uint Ldtr = 6;
    private const uint Tr = 7;

    private readonly IVmcsReader _vmcs;
    private readonly VmxEntryRules _rules;

    /// <summary>Takes the structure and what the machine demands.</summary>
    public VmxEntryChecks(IVmcsReader vmcs, VmxEntryRules rules)
    {
        _vmcs = vmcs;
        _rules = rules;
    }

    private bool IsLongMode => (_vmcs.Read(VmcsField.EntryControls) & (ulong)EntryControls.LongModeGuest) != 0;

    private bool IsVirtual8086 => (_vmcs.Read(VmcsField.GuestRflags) & ControlBits.RflagsVirtual8086) != 0;

    /// <summary>The first check that fails, in a sentence. Allocates nothing.</summary>
    public string Explain()
        => ExplainControl() ?? ExplainSegments() ?? ExplainTables() ?? ExplainFlow() ?? ExplainOther()
            ?? "The processor refuses the guest's state, and no check that is known here says why.";

    // 27.3.1.1
    private string? ExplainControl()
    {
        ulong cr0 = _vmcs.Read(VmcsField.GuestCr0);
        ulong cr4 = _vmcs.Read(VmcsField.GuestCr4);
        ulong efer = _vmcs.Read(VmcsField.GuestEfer);
        bool isPaging = (cr0 & ControlBits.Cr0Paging) != 0;
        if ((cr0 & _rules.Cr0Fixed0) != _rules.Cr0Fixed0 || (cr0 & ~_rules.Cr0Fixed1) != 0)
        {
            return "Guest CR0 has a bit that VMX operation does not allow, or lacks one that it requires.";
        }

        if (isPaging && (cr0 & ControlBits.Cr0ProtectionEnable) == 0)
        {
            return "Guest CR0 has paging without protection.";
        }

        if ((cr4 & _rules.Cr4Fixed0) != _rules.Cr4Fixed0 || (cr4 & ~_rules.Cr4Fixed1) != 0)
        {
            return "Guest CR4 has a bit that VMX operation does not allow, or lacks one that it requires.";
        }

        if ((_vmcs.Read(VmcsField.GuestDebugControl) & DebugControlReserved) != 0)
        {
            return "Guest IA32_DEBUGCTL has reserved bits.";
        }

        if (IsLongMode && (!isPaging || (cr4 & ControlBits.Cr4PhysicalAddressExtension) == 0))
        {
            return "The guest is to be in IA-32e mode, but guest CR0 has no paging or guest CR4 no PAE.";
        }

        if (!IsLongMode && (cr4 & ControlBits.Cr4ProcessContextIds) != 0)
        {
            return "Guest CR4 has PCIDE outside IA-32e mode.";
        }

        if (_vmcs.Read(VmcsField.GuestCr3) >> _rules.PhysicalAddressBits != 0)
        {
            return "Guest CR3 is beyond the physical addresses.";
        }

        if ((_vmcs.Read(VmcsField.GuestDr7) & UpperHalf) != 0)
        {
            return "Guest DR7 has bits in its upper half.";
        }

        if (!IsCanonical(VmcsField.GuestSysenterEsp) || !IsCanonical(VmcsField.GuestSysenterEip))
        {
            return "Guest IA32_SYSENTER_ESP or IA32_SYSENTER_EIP is not canonical.";
        }

        if (!GuestMsrRules.IsMemoryTypeTable(_vmcs.Read(VmcsField.GuestPat)))
        {
            return "Guest IA32_PAT has a reserved memory type.";
        }

        bool isActive = (efer & ControlBits.EferLongModeActive) != 0;
        if ((efer & EferReserved) != 0)
        {
            return "Guest IA32_EFER has reserved bits.";
        }

        return isActive != IsLongMode || (isPaging && isActive != ((efer & ControlBits.EferLongModeEnable) != 0))
            ? "Guest IA32_EFER.LMA does not agree with the control \"IA-32e mode guest\", or with LME."
            : null;
    }

    // 27.3.1.2; an unrestricted guest is checked less.
    private string? ExplainSegments()
    {
        if ((Selector(Tr) & SelectorTableIndicator) != 0)
        {
            return "Guest TR's selector points into the local descriptor table.";
        }

        if (!IsUnusable(Ldtr) && (Selector(Ldtr) & SelectorTableIndicator) != 0)
        {
            return "Guest LDTR's selector points into the local descriptor table.";
        }

        for (uint segment = 0; segment < VmxEntryRules.SegmentCount; segment++)
        {
            string? problem = segment < FirstSystem ? ExplainSegment(segment) : ExplainSystemSegment(segment);
            if (problem is not null)
            {
                return problem;
            }
        }

        return null;
    }

    private string? ExplainSegment(uint segment)
    {
        ulong rights = Rights(segment);
        ulong type = rights & RightsTypeMask;
        if (IsVirtual8086)
        {
            const ulong Virtual8086Rights = 0xF3;
            bool fits = rights == Virtual8086Rights && Limit(segment) == 0xFFFF && Base(segment) == Selector(segment) << 4;
            return fits ? null : Name(segment, SegmentFault.Virtual8086);
        }

        if (segment is Fs or Gs && !IsCanonicalBase(segment))
        {
            return Name(segment, SegmentFault.NotCanonical);
        }

        if (IsUnusable(segment))
        {
            return segment == Cs ? "Guest CS is unusable." : null;
        }

        if (segment < Fs && (Base(segment) & UpperHalf) != 0)
        {
            return Name(segment, SegmentFault.WideBase);
        }

        if (segment == Cs)
        {
            bool isCode = (type & (TypeCode | TypeAccessed)) == (TypeCode | TypeAccessed);
            if (!isCode && type != TypeData)
            {
                return Name(segment, SegmentFault.NoCode);
            }

            if (IsLongMode && (rights & (RightsLong | RightsDefaultSize)) == (RightsLong | RightsDefaultSize))
            {
                return Name(segment, SegmentFault.LongAndDefault);
            }
        }
        else if ((type & TypeAccessed) == 0 || (segment == Ss && type is not (TypeData or TypeDataExpandDown))
            || ((type & TypeCode) != 0 && (type & TypeReadable) == 0))
        {
            return Name(segment, SegmentFault.NoData);
        }

        return (rights & RightsCodeOrData) == 0 ? Name(segment, SegmentFault.System)
            : segment is Cs or Ss && !FitsPrivilege(segment, type) ? Name(segment, SegmentFault.Privilege)
            : ExplainRights(segment, rights);
    }

    // The privilege level is SS's: conforming code may have a lower one, other code the same; real mode and data as code have
    // level 0.
    private bool FitsPrivilege(uint segment, ulong type)
    {
        const ulong Conforming = 1 << 2;
        ulong stack = Privilege(Ss);
        if (segment == Ss)
        {
            bool isLevel0 = (_vmcs.Read(VmcsField.GuestCr0) & ControlBits.Cr0ProtectionEnable) == 0
                || (Rights(Cs) & TypeCode) == 0;
            return !isLevel0 || stack == 0;
        }

        ulong code = Privilege(Cs);
        return (type & TypeCode) == 0 ? code == 0 : (type & Conforming) != 0 ? code <= stack : code == stack;
    }

    private string? ExplainSystemSegment(uint segment)
    {
        ulong rights = Rights(segment);
        ulong type = rights & RightsTypeMask;
        if (segment == Ldtr)
        {
            const ulong LocalTable = 2;
            return IsUnusable(segment) ? null
                : !IsCanonicalBase(segment) ? Name(segment, SegmentFault.NotCanonical)
                : type != LocalTable || (rights & RightsCodeOrData) != 0 ? Name(segment, SegmentFault.NoLocalTable)
                : ExplainRights(segment, rights);
        }

        if (!IsCanonicalBase(segment))
        {
            return Name(segment, SegmentFault.NotCanonical);
        }

        const ulong Busy16 = 3;
        const ulong Busy = 11;
        if (IsUnusable(segment) || (rights & RightsCodeOrData) != 0 || (type != Busy && (IsLongMode || type != Busy16)))
        {
            return Name(segment, SegmentFault.NoTask);
        }

        return ExplainRights(segment, rights);
    }

    // What all usable segments have in common.
    private string? ExplainRights(uint segment, ulong rights)
    {
        const ulong PageMask = 0xFFF;
        const ulong AboveByteLimit = 0xFFF0_0000;
        if ((rights & RightsPresent) == 0)
        {
            return Name(segment, SegmentFault.NotPresent);
        }

        if ((rights & RightsReserved) != 0)
        {
            return Name(segment, SegmentFault.ReservedRights);
        }

        bool isGranular = (rights & RightsGranular) != 0;
        ulong limit = Limit(segment);
        return (isGranular && (limit & PageMask) != PageMask) || (!isGranular && (limit & AboveByteLimit) != 0)
            ? Name(segment, SegmentFault.Granularity)
            : null;
    }

    // 27.3.1.3
    private string? ExplainTables()
    {
        if (!IsCanonical(VmcsField.GuestGdtrBase) || !IsCanonical(VmcsField.GuestIdtrBase))
        {
            return "Guest GDTR's or IDTR's base is not canonical.";
        }

        return _vmcs.Read(VmcsField.GuestGdtrLimit) > ushort.MaxValue || _vmcs.Read(VmcsField.GuestIdtrLimit) > ushort.MaxValue
            ? "Guest GDTR's or IDTR's limit is beyond 16 bits."
            : null;
    }

    // 27.3.1.4
    private string? ExplainFlow()
    {
        ulong rflags = _vmcs.Read(VmcsField.GuestRflags);
        bool is64Bit = IsLongMode && (Rights(Cs) & RightsLong) != 0;
        if (!is64Bit && (_vmcs.Read(VmcsField.GuestRip) & UpperHalf) != 0)
        {
            return "Guest RIP is beyond 32 bits outside 64-bit code.";
        }

        if (is64Bit && !IsCanonical(VmcsField.GuestRip))
        {
            return "Guest RIP is not canonical.";
        }

        if ((rflags & ControlBits.RflagsAlwaysZero) != 0 || (rflags & ControlBits.RflagsAlwaysOne) == 0)
        {
            return "Guest RFLAGS has wrong reserved bits.";
        }

        if (IsVirtual8086 && (IsLongMode || (_vmcs.Read(VmcsField.GuestCr0) & ControlBits.Cr0ProtectionEnable) == 0))
        {
            return "Guest RFLAGS.VM is set outside protected mode.";
        }

        ulong injected = _vmcs.Read(VmcsField.EntryInterruption);
        return (injected & EventValid) != 0 && (injected & EventTypeMask) == 0 && (rflags & ControlBits.RflagsInterrupt) == 0
            ? "An interrupt is to be delivered while guest RFLAGS.IF is clear."
            : null;
    }

    // 27.3.1.5
    private string? ExplainOther()
    {
        ulong shadow = _vmcs.Read(VmcsField.GuestInterruptibility);
        ulong rflags = _vmcs.Read(VmcsField.GuestRflags);
        ulong injected = _vmcs.Read(VmcsField.EntryInterruption);
        ulong pending = _vmcs.Read(VmcsField.GuestPendingDebug);
        bool isInShadow = (shadow & (BlockingBySti | BlockingByMovSs)) != 0;
        if (_vmcs.Read(VmcsField.GuestActivity) > ActivityLast)
        {
            return "Guest activity state is none that exists.";
        }

        if ((shadow & InterruptibilityReserved) != 0
            || (shadow & (BlockingBySti | BlockingByMovSs)) == (BlockingBySti | BlockingByMovSs))
        {
            return "Guest interruptibility state has reserved bits, or both STI and MOV SS.";
        }

        if ((shadow & BlockingBySti) != 0 && (rflags & ControlBits.RflagsInterrupt) == 0)
        {
            return "Guest interruptibility state has STI, but guest RFLAGS.IF is clear.";
        }

        if ((injected & EventValid) != 0 && (injected & EventTypeMask) == 0 && isInShadow)
        {
            return "An interrupt is to be delivered in the shadow of STI or MOV SS.";
        }

        if ((injected & (EventValid | EventTypeMask)) == (EventValid | EventNmi)
            && (shadow & (BlockingByMovSs | BlockingByNmi)) != 0)
        {
            return "An NMI is to be delivered while NMIs are blocked.";
        }

        if ((pending & PendingReserved) != 0)
        {
            return "Guest pending debug exceptions have reserved bits.";
        }

        bool steps = (rflags & ControlBits.RflagsTrap) != 0
            && (_vmcs.Read(VmcsField.GuestDebugControl) & DebugControlBranchTrap) == 0;
        if (isInShadow && steps != ((pending & PendingSingleStep) != 0))
        {
            return "Guest pending debug exceptions do not agree with RFLAGS.TF in the shadow of STI or MOV SS.";
        }

        return _vmcs.Read(VmcsField.LinkPointer) != ulong.MaxValue ? "The VMCS link pointer is not all ones." : null;
    }

    private ulong Selector(uint segment) => _vmcs.Read(VmcsField.GuestEsSelector + (segment * 2));

    private ulong Limit(uint segment) => _vmcs.Read(VmcsField.GuestEsLimit + (segment * 2));

    private ulong Rights(uint segment) => _vmcs.Read(VmcsField.GuestEsRights + (segment * 2));

    private ulong Privilege(uint segment)
        => (Rights(segment) & ControlBits.AttributePrivilegeMask) >> ControlBits.AttributePrivilegeShift;

    private ulong Base(uint segment) => _vmcs.Read(VmcsField.GuestEsBase + (segment * 2));

    private bool IsUnusable(uint segment) => (Rights(segment) & RightsUnusable) != 0;

    private string Name(uint segment, SegmentFault fault) => _rules.Sentence(segment, fault);

    private bool IsCanonicalBase(uint segment) => GuestMsrRules.IsCanonical(Base(segment));

    private bool IsCanonical(uint field) => GuestMsrRules.IsCanonical(_vmcs.Read(field));
}
