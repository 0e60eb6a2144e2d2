using System;

using Hyperlaunch.Domains.Execution;
using Hyperlaunch.Virtualization.Guests;
using Hyperlaunch.Virtualization.Hosting;

namespace Hyperlaunch.Virtualization.Svm;

internal sealed unsafe partial class SvmProcessor
{
    /// <summary>EFER.SVME: set while SVM is in use, for host and guest alike; no guest sees it.</summary>
    public const ulong EferSvme = 1 << 12;

    // CR0, EFER: AMD APM vol 2, 3.1.
    private const ulong Cr0Protection = 1 << 0;
    private const ulong Cr0Paging = 1UL << 31;
    private const ulong EferLongMode = 1 << 8;
    private const ulong EferLongModeActive = 1 << 10;

    // After power-on: AMD APM vol 2, 14.1.3, table 14-1.
    private const ulong Cr0AtReset = 0x6000_0010;
    private const ulong RflagsAtReset = 0x2;
    private const ulong RipAtReset = 0xFFF0;
    private const ulong Dr6AtReset = 0xFFFF_0FF0;
    private const ulong Dr7AtReset = 0x400;
    private const ulong PatAtReset = 0x0007_0406_0007_0406;
    private const ushort CodeAttributesAtReset = 0x9B;
    private const ushort DataAttributesAtReset = 0x93;
    private const ushort LdtAttributesAtReset = 0x82;
    private const ushort TaskAttributesAtReset = 0x8B;
    private const uint LimitAtReset = 0xFFFF;

    private const ulong InterruptShadowBit = 1;
    private const ulong NestedPagingBit = 1;
    private const ulong BranchRecordBit = 1;

    // Attributes: AMD APM vol 2, 15.5.1.
    private const ushort AttributeLong = 1 << 9;
    private const int AttributePrivilegeShift = 5;
    private const int AttributePrivilegeMask = 3;

    // Exceptions that a guest can make return for ever without executing an instruction, so that neither an interrupt nor an NMI
    // ends its run: #DB and #AC (the processor delivers them serially), and the machine's own #MC.
    private const uint InterceptedExceptions
        = (1u << VectorDebug) | (1u << VectorAlignmentCheck) | (1u << VectorMachineCheck);

    // AMD APM vol 2, 8.2.
    private const byte VectorDebug = 1;
    private const byte VectorInvalidOpcode = 6;
    private const byte VectorAlignmentCheck = 17;
    private const byte VectorMachineCheck = 18;

    /// <inheritdoc/>
    public ulong Rip
    {
        get => _vmcb->Rip;
        set => _vmcb->Rip = value;
    }

    /// <inheritdoc/>
    public ulong Rflags
    {
        get => _vmcb->Rflags;
        set => _vmcb->Rflags = value;
    }

    /// <inheritdoc/>
    public ulong Cr0
    {
        get => _vmcb->Cr0;
        set
        {
            _vmcb->Cr0 = value;
            UpdateLongModeActive();
        }
    }

    /// <inheritdoc/>
    public ulong Cr2
    {
        get => _vmcb->Cr2;
        set
        {
            _vmcb->Cr2 = value;
            _vmcb->Clean &= ~VmcbPart.Cr2;
        }
    }

    /// <inheritdoc/>
    public ulong Cr3
    {
        get => _vmcb->Cr3;
        set
        {
            _vmcb->Cr3 = value;
            _vmcb->Clean &= ~VmcbPart.ControlRegisters;
            InvalidateTranslations();
        }
    }

    /// <inheritdoc/>
    public ulong Cr4
    {
        get => _vmcb->Cr4;
        set
        {
            _vmcb->Cr4 = value;
            _vmcb->Clean &= ~VmcbPart.ControlRegisters;
            InvalidateTranslations();
        }
    }

    /// <inheritdoc/>
    public byte Cr8
    {
        get => (byte)(_vmcb->VirtualInterrupt & VirtualInterrupt.TaskPriority);
        set
        {
            _vmcb->VirtualInterrupt
                = (_vmcb->VirtualInterrupt & ~VirtualInterrupt.TaskPriority) | (value & VirtualInterrupt.TaskPriority);
            _vmcb->Clean &= ~VmcbPart.VirtualInterrupt;
        }
    }

    /// <inheritdoc/>
    public ulong Efer
    {
        get => _vmcb->Efer & ~EferSvme;
        set
        {
            _vmcb->Efer = value | EferSvme;
            UpdateLongModeActive();
        }
    }

    /// <inheritdoc/>
    public ulong Xcr0
    {
        get => _resident.Xcr0;
        set => _resident.Xcr0 = value;
    }

    /// <inheritdoc/>
    public int PrivilegeLevel => _vmcb->PrivilegeLevel;

    /// <inheritdoc/>
    public ulong TimeStampOffset
    {
        get => _vmcb->TscOffset;
        set
        {
            _vmcb->TscOffset = value;
            _vmcb->Clean &= ~VmcbPart.Intercepts;
        }
    }

    /// <inheritdoc/>
    public bool InterruptShadow
    {
        get => (_vmcb->InterruptState & InterruptShadowBit) != 0;
        set => _vmcb->InterruptState = (_vmcb->InterruptState & ~InterruptShadowBit) | (value ? InterruptShadowBit : 0);
    }

    private bool IsIn64BitCode => (_vmcb->Efer & EferLongModeActive) != 0 && (_vmcb->Cs.Attributes & AttributeLong) != 0;

    /// <inheritdoc/>
    public void Reset()
    {
        new Span<byte>(_vmcb, VirtualizationHost.PageSize).Clear();
        new Span<byte>(_context, GuestContext.Size).Clear();
        _resident.Reset();
        _cpu = null;
        _isShutDown = false;
        _isNmiMasked = false;
        _interruptWindow = false;
        _nmiWindow = false;
        _interruptReturn = NoInterruptReturn;

        _vmcb->InterceptExceptions = InterceptedExceptions;
        _vmcb->Intercepts = SvmIntercept.Always
            | (_capabilities.HasRdpru ? SvmIntercept.Rdpru : 0)
            | (_capabilities.HasPauseFilter ? SvmIntercept.Pause : 0);
        _vmcb->PauseFilterCount = _capabilities.HasPauseFilter ? PauseCount : (ushort)0;
        _vmcb->PauseFilterThreshold = _capabilities.HasPauseThreshold ? PauseThreshold : (ushort)0;
        _vmcb->IoPermissionMap = _maps.Ports;
        _vmcb->MsrPermissionMap = _maps.Msrs;
        _vmcb->VirtualInterrupt = VirtualInterrupt.Masking;
        _vmcb->NestedControl = NestedPagingBit;
        _vmcb->NestedCr3 = _nestedRoot;
        _vmcb->BranchRecordControl = _capabilities.HasBranchRecords ? BranchRecordBit : 0;

        VmcbSegment data = new() { Attributes = DataAttributesAtReset, Limit = LimitAtReset };
        _vmcb->Es = data;
        _vmcb->Ss = data;
        _vmcb->Ds = data;
        _vmcb->Fs = data;
        _vmcb->Gs = data;
        _vmcb->Cs = new VmcbSegment { Selector = 0xF000, Attributes = CodeAttributesAtReset, Limit = LimitAtReset, Base = 0xFFFF_0000 };
        _vmcb->Gdtr = new VmcbSegment { Limit = LimitAtReset };
        _vmcb->Idtr = new VmcbSegment { Limit = LimitAtReset };
        _vmcb->Ldtr = new VmcbSegment { Attributes = LdtAttributesAtReset, Limit = LimitAtReset };
        _vmcb->Tr = new VmcbSegment { Attributes = TaskAttributesAtReset, Limit = LimitAtReset };
        _vmcb->Cr0 = Cr0AtReset;
        _vmcb->Efer = EferSvme;
        _vmcb->Rflags = RflagsAtReset;
        _vmcb->Rip = RipAtReset;
        _vmcb->Dr6 = Dr6AtReset;
        _vmcb->Dr7 = Dr7AtReset;
        _vmcb->Pat = PatAtReset;
        _context->Registers[(int)GuestRegister.Rdx] = _signature;
        _context->Mxcsr = GuestContext.MxcsrDefault;
        _context->GuestBlock = (ulong)_vmcb;
    }

    /// <inheritdoc/>
    public ulong GetRegister(GuestRegister register) => register switch
    {
        GuestRegister.Rax => _vmcb->Rax,
        GuestRegister.Rsp => _vmcb->Rsp,
        _ => _context->Registers[(int)register & 15],
    };

    /// <inheritdoc/>
    public void SetRegister(GuestRegister register, ulong value)
    {
        switch (register)
        {
            case GuestRegister.Rax:
                _vmcb->Rax = value;
                break;
            case GuestRegister.Rsp:
                _vmcb->Rsp = value;
                break;
            default:
                _context->Registers[(int)register & 15] = value;
                break;
        }
    }

    /// <inheritdoc/>
    public SegmentState GetSegment(SegmentRegister register)
    {
        VmcbSegment* segment = Segment(register);
        return new SegmentState(segment->Selector, segment->Attributes, segment->Limit, segment->Base);
    }

    /// <inheritdoc/>
    public void SetSegment(SegmentRegister register, SegmentState value)
    {
        VmcbSegment* segment = Segment(register);
        segment->Selector = value.Selector;
        segment->Attributes = value.Attributes;
        segment->Limit = value.Limit;
        segment->Base = value.Base;

        // The privilege level is SS's (AMD APM vol 2, 15.5.1).
        if (register == SegmentRegister.Ss)
        {
            _vmcb->PrivilegeLevel = (byte)((value.Attributes >> AttributePrivilegeShift) & AttributePrivilegeMask);
        }

        _vmcb->Clean &= ~(VmcbPart.Segments | VmcbPart.DescriptorTables);
    }

    private VmcbSegment* Segment(SegmentRegister register) => register switch
    {
        SegmentRegister.Es => &_vmcb->Es,
        SegmentRegister.Cs => &_vmcb->Cs,
        SegmentRegister.Ss => &_vmcb->Ss,
        SegmentRegister.Ds => &_vmcb->Ds,
        SegmentRegister.Fs => &_vmcb->Fs,
        SegmentRegister.Gs => &_vmcb->Gs,
        SegmentRegister.Gdtr => &_vmcb->Gdtr,
        SegmentRegister.Idtr => &_vmcb->Idtr,
        SegmentRegister.Ldtr => &_vmcb->Ldtr,
        _ => &_vmcb->Tr,
    };

    // LMA follows LME and PG (AMD APM vol 2, 14.6.1); the processor keeps it so while the guest runs.
    private void UpdateLongModeActive()
    {
        bool active = (_vmcb->Efer & EferLongMode) != 0 && (_vmcb->Cr0 & Cr0Paging) != 0;
        _vmcb->Efer = active ? _vmcb->Efer | EferLongModeActive : _vmcb->Efer & ~EferLongModeActive;
        _vmcb->Clean &= ~VmcbPart.ControlRegisters;
        InvalidateTranslations();
    }
}
