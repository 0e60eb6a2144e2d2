using System;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Guests;
using Hyperlaunch.Virtualization.Hosting;

namespace Hyperlaunch.Virtualization.Svm;

internal sealed unsafe partial class SvmProcessor
{
    private const ulong InterruptShadowBit = 1;
    private const ulong NestedPagingBit = 1;
    private const ushort InterceptCr4 = 1 << 4;
    private const ushort InterceptCr8 = 1 << 8;
    private const uint InterceptBusLock = 1u << 5;
    private const ulong BranchRecordBit = 1;

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
        get => _vmcb->Cr4 & ~_forcedCr4;
        set
        {
            _vmcb->Cr4 = value | _forcedCr4;
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
        get => _vmcb->Efer & ~ControlBits.EferSvmEnable;
        set
        {
            _vmcb->Efer = value | ControlBits.EferSvmEnable;
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

    /// <inheritdoc/>
    protected override bool IsProtected => (_vmcb->Cr0 & ControlBits.Cr0ProtectionEnable) != 0;

    private bool IsIn64BitCode
        => (_vmcb->Efer & ControlBits.EferLongModeActive) != 0 && (_vmcb->Cs.Attributes & ControlBits.AttributeLong) != 0;

    /// <inheritdoc/>
    public void Reset()
    {
        new Span<byte>(_vmcb, VirtualizationHost.PageSize).Clear();
        new Span<byte>(_context, GuestContext.Size).Clear();
        _resident.Reset();
        _speculation.Reset();
        _cpu = null;
        Revive();
        _isNmiMasked = false;
        _interruptWindow = false;
        _nmiWindow = false;
        _awaitedClass = 0;
        _interruptReturn = NoInterruptReturn;

        _vmcb->InterceptExceptions = InterceptedExceptions;
        _vmcb->Intercepts = SvmIntercept.Always
            | (_capabilities.HasRdpru ? SvmIntercept.Rdpru : 0)
            | (_capabilities.HasPauseFilter ? SvmIntercept.Pause : 0);
        _vmcb->InterceptControlReads = InterceptCr4;
        _vmcb->InterceptControlWrites = InterceptCr4;
        _vmcb->LateIntercepts = _capabilities.HasBusLockThreshold ? InterceptBusLock : 0;
        _vmcb->PauseFilterCount = _capabilities.HasPauseFilter ? PauseCount : (ushort)0;
        _vmcb->PauseFilterThreshold = _capabilities.HasPauseThreshold ? PauseThreshold : (ushort)0;
        _vmcb->IoPermissionMap = _maps.Ports;
        _vmcb->MsrPermissionMap = _capabilities.HasVirtualSpeculationControl ? _maps.MsrsWithControl : _maps.Msrs;
        _vmcb->VirtualInterrupt = VirtualInterrupt.Masking;
        _vmcb->NestedControl = NestedPagingBit;
        _vmcb->NestedCr3 = _nestedRoot;
        _vmcb->BranchRecordControl = _capabilities.HasBranchRecords ? BranchRecordBit : 0;

        PowerOnState.WriteTo(this, _signature);
        _vmcb->Dr6 = PowerOnState.Dr6;
        _vmcb->Dr7 = PowerOnState.Dr7;
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
            _vmcb->PrivilegeLevel
                = (byte)((value.Attributes & ControlBits.AttributePrivilegeMask) >> ControlBits.AttributePrivilegeShift);
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
        bool active = (_vmcb->Efer & ControlBits.EferLongModeEnable) != 0 && (_vmcb->Cr0 & ControlBits.Cr0Paging) != 0;
        _vmcb->Efer = active ? _vmcb->Efer | ControlBits.EferLongModeActive : _vmcb->Efer & ~ControlBits.EferLongModeActive;
        _vmcb->Clean &= ~VmcbPart.ControlRegisters;
        InvalidateTranslations();
    }
}
