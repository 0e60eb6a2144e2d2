using System;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Guests;

namespace Hyperlaunch.Virtualization.Vmx;

internal sealed unsafe partial class VmxProcessor
{
    // Guest interruptibility (Intel SDM vol 3, 25.4.2, table 25-3).
    private const ulong BlockingByStiOrMovSs = 3;
    private const ulong BlockingBySti = 1 << 0;
    private const ulong BlockingByNmi = 1 << 3;

    // Access rights (25.4.1, table 25-2) against the twelve bits of the neutral form: there the upper four follow the lower
    // eight.
    private const ulong RightsUnusable = 1 << 16;
    private const ulong RightsLowMask = 0xFF;
    private const ulong RightsHighMask = 0xF000;
    private const int RightsGap = 4;
    private const ulong RightsLong = 1 << 13;
    private const ulong RightsDefaultSize = 1 << 14;

    // How VMCS and hardware order segments: ES, CS, SS, DS, FS, GS as instructions encode them, then LDTR, TR.
    private const int SegmentLdtr = 6;
    private const int SegmentTr = 7;

    // PAUSE-loop exiting: so many cycles apart they still are one loop, and so many cycles long it may be.
    private const ulong PauseLoopGap = 128;
    private const ulong PauseLoopWindow = 65_536;

    // So many cycles without an event window, beyond what the processor adds itself (Intel SDM vol 3, 26.2).
    private const ulong NotifyWindow = 131_072;

    // No other control structure is linked (25.4.2).
    private const ulong NoLink = ulong.MaxValue;

    private const int PdptePointers = 4;

    private byte _cr8;
    private int _awaitedClass;

    /// <inheritdoc/>
    public ulong Rip
    {
        get => _vmcs[VmcsSlot.Rip];
        set => _vmcs[VmcsSlot.Rip] = value;
    }

    /// <inheritdoc/>
    public ulong Rflags
    {
        get => _vmcs[VmcsSlot.Rflags];
        set => _vmcs[VmcsSlot.Rflags] = value;
    }

    /// <inheritdoc/>
    public ulong Cr0
    {
        get => (_vmcs[VmcsSlot.Cr0] & ~Cr0Mask) | (_vmcs[VmcsSlot.Cr0Shadow] & Cr0Mask);
        set
        {
            _vmcs[VmcsSlot.Cr0] = (value & ~Cr0Mask) | Cr0Forced;
            _vmcs[VmcsSlot.Cr0Shadow] = value;
            UpdateLongModeActive();
        }
    }

    /// <inheritdoc/>
    public ulong Cr2
    {
        get => _context->Cr2;
        set => _context->Cr2 = value;
    }

    /// <inheritdoc/>
    public ulong Cr3
    {
        get => _vmcs[VmcsSlot.Cr3];
        set
        {
            _vmcs[VmcsSlot.Cr3] = value;
            _linearTranslationsAreStale = true;
        }
    }

    /// <inheritdoc/>
    public ulong Cr4
    {
        get => (_vmcs[VmcsSlot.Cr4] & ~Cr4Mask) | (_vmcs[VmcsSlot.Cr4Shadow] & Cr4Mask);
        set
        {
            _vmcs[VmcsSlot.Cr4] = (value & ~Cr4Mask) | Cr4Forced;
            _vmcs[VmcsSlot.Cr4Shadow] = value;
            _linearTranslationsAreStale = true;
        }
    }

    /// <inheritdoc/>
    public byte Cr8
    {
        get => _cr8;
        set => _cr8 = value;
    }

    /// <inheritdoc/>
    public ulong Efer
    {
        get => _vmcs[VmcsSlot.Efer];
        set
        {
            _vmcs[VmcsSlot.Efer] = value;
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
    public int PrivilegeLevel
        => (int)(_vmcs[SlotOf(SegmentRegister.Ss, VmcsSlot.Rights)] & ControlBits.AttributePrivilegeMask)
            >> ControlBits.AttributePrivilegeShift;

    /// <inheritdoc/>
    public ulong TimeStampOffset
    {
        get => _vmcs[VmcsSlot.TscOffset];
        set => _vmcs[VmcsSlot.TscOffset] = value;
    }

    /// <inheritdoc/>
    public bool InterruptShadow
    {
        get => (_vmcs[VmcsSlot.Interruptibility] & BlockingByStiOrMovSs) != 0;
        set => _vmcs[VmcsSlot.Interruptibility]
            = (_vmcs[VmcsSlot.Interruptibility] & ~BlockingByStiOrMovSs) | (value ? BlockingBySti : 0);
    }

    // CR0 bits that are not the guest's: those that VMX operation fixes, but PE and PG, which an unrestricted guest may clear
    // (Intel SDM vol 3, 24.8); and CD and NW, which entries and exits leave alone, so that a guest's would become the host's.
    private ulong Cr0Forced => _capabilities.Cr0Fixed0 & ~(ControlBits.Cr0ProtectionEnable | ControlBits.Cr0Paging);

    private ulong Cr0Mask => Cr0Forced | ControlBits.Cr0CacheDisable | ControlBits.Cr0NotWriteThrough;

    // CR4 bits that are set whatever the guest sees and writes: VMXE, which VMX operation fixes, and MCE, without which a machine
    // check resets the machine (Intel SDM vol 3, 27.9).
    private ulong Cr4Forced => _capabilities.Cr4Fixed0 | (_capabilities.Cr4Fixed1 & ControlBits.Cr4MachineCheck);

    // CR4 bits that are not the guest's: these, and those of features that CPUID does not show it.
    private ulong Cr4Mask => Cr4Forced | ~_allowedCr4;

    /// <inheritdoc/>
    protected override bool IsProtected => (_vmcs[VmcsSlot.Cr0] & ControlBits.Cr0ProtectionEnable) != 0;

    private bool IsIn64BitCode => (_vmcs[VmcsSlot.Efer] & ControlBits.EferLongModeActive) != 0
        && (_vmcs[SlotOf(SegmentRegister.Cs, VmcsSlot.Rights)] & RightsLong) != 0;

    /// <inheritdoc/>
    public void Reset()
    {
        _vmcs.Reset();
        new Span<byte>(_context, GuestContext.Size).Clear();
        _resident.Reset();
        _speculation.Reset();
        Revive();
        _cr8 = 0;
        _awaitedClass = 0;

        _vmcs[VmcsSlot.PrimaryControls] = (ulong)_capabilities.Primary;
        _vmcs[VmcsSlot.EntryControls] = (ulong)_capabilities.Entry;
        _vmcs[VmcsSlot.MsrBitmap] = _bitmap.Address;
        _vmcs[VmcsSlot.Dr7] = PowerOnState.Dr7;
        PowerOnState.WriteTo(this, _signature);
        _context->Mxcsr = GuestContext.MxcsrDefault;
    }

    /// <inheritdoc/>
    public ulong GetRegister(GuestRegister register)
        => register == GuestRegister.Rsp ? _vmcs[VmcsSlot.Rsp] : _context->Registers[(int)register & 15];

    /// <inheritdoc/>
    public void SetRegister(GuestRegister register, ulong value)
    {
        if (register == GuestRegister.Rsp)
        {
            _vmcs[VmcsSlot.Rsp] = value;
        }
        else
        {
            _context->Registers[(int)register & 15] = value;
        }
    }

    /// <inheritdoc/>
    public SegmentState GetSegment(SegmentRegister register) => register switch
    {
        SegmentRegister.Gdtr => new SegmentState(0, 0, (uint)_vmcs[VmcsSlot.GdtrLimit], _vmcs[VmcsSlot.GdtrBase]),
        SegmentRegister.Idtr => new SegmentState(0, 0, (uint)_vmcs[VmcsSlot.IdtrLimit], _vmcs[VmcsSlot.IdtrBase]),
        _ => new SegmentState(
            (ushort)_vmcs[SlotOf(register, VmcsSlot.Selector)],
            AttributesOf(_vmcs[SlotOf(register, VmcsSlot.Rights)]),
            (uint)_vmcs[SlotOf(register, VmcsSlot.Limit)],
            _vmcs[SlotOf(register, VmcsSlot.Base)]),
    };

    /// <inheritdoc/>
    public void SetSegment(SegmentRegister register, SegmentState value)
    {
        switch (register)
        {
            case SegmentRegister.Gdtr:
                _vmcs[VmcsSlot.GdtrBase] = value.Base;
                _vmcs[VmcsSlot.GdtrLimit] = value.Limit;
                break;
            case SegmentRegister.Idtr:
                _vmcs[VmcsSlot.IdtrBase] = value.Base;
                _vmcs[VmcsSlot.IdtrLimit] = value.Limit;
                break;
            default:
                _vmcs[SlotOf(register, VmcsSlot.Selector)] = value.Selector;
                _vmcs[SlotOf(register, VmcsSlot.Rights)] = RightsOf(value.Attributes);
                _vmcs[SlotOf(register, VmcsSlot.Limit)] = value.Limit;
                _vmcs[SlotOf(register, VmcsSlot.Base)] = value.Base;
                break;
        }
    }

    private static VmcsSlot SlotOf(SegmentRegister register, VmcsSlot part)
    {
        int segment = register switch
        {
            SegmentRegister.Ldtr => SegmentLdtr,
            SegmentRegister.Tr => SegmentTr,
            _ => (int)register,
        };
        return (VmcsSlot)(segment * Vmcs.SegmentSlots) + (int)part;
    }

    // SVM says of an unusable segment that it is not present, VMX with a bit of its own; the privilege level of SS counts even
    // then.
    private static ushort AttributesOf(ulong rights)
        => (rights & RightsUnusable) != 0
            ? (ushort)(rights & ControlBits.AttributePrivilegeMask)
            : (ushort)((rights & RightsLowMask) | ((rights & RightsHighMask) >> RightsGap));

    private static ulong RightsOf(ushort attributes)
    {
        ulong wide = attributes;
        return (attributes & ControlBits.AttributePresent) == 0
            ? RightsUnusable | (wide & ControlBits.AttributePrivilegeMask)
            : (wide & RightsLowMask) | ((wide << RightsGap) & RightsHighMask);
    }

    // LMA follows LME and PG; the processor keeps it so while the guest runs.
    private void UpdateLongModeActive()
    {
        ulong efer = _vmcs[VmcsSlot.Efer];
        bool active = (efer & ControlBits.EferLongModeEnable) != 0 && (_vmcs[VmcsSlot.Cr0] & ControlBits.Cr0Paging) != 0;
        _vmcs[VmcsSlot.Efer] = active ? efer | ControlBits.EferLongModeActive : efer & ~ControlBits.EferLongModeActive;
        _linearTranslationsAreStale = true;
    }

    // The fields that stay as they are for the life of the structure.
    private void WriteConstants()
    {
        _vmcs.Write(VmcsField.PinControls, (ulong)_capabilities.Pin);
        _vmcs.Write(VmcsField.SecondaryControls, (ulong)_capabilities.Secondary);
        _vmcs.Write(VmcsField.ExitControls, (ulong)_capabilities.Exit);
        _vmcs.Write(VmcsField.ExceptionBitmap, InterceptedExceptions);
        _vmcs.Write(VmcsField.PageFaultMask, 0);
        _vmcs.Write(VmcsField.PageFaultMatch, 0);
        _vmcs.Write(VmcsField.Cr3TargetCount, 0);
        _vmcs.Write(VmcsField.EptPointer, _eptPointer);
        _vmcs.Write(VmcsField.Cr0Mask, Cr0Mask);
        _vmcs.Write(VmcsField.Cr4Mask, Cr4Mask);
        _vmcs.Write(VmcsField.LinkPointer, NoLink);
        _vmcs.Write(VmcsField.EntryInstructionLength, 0);
        for (uint i = 0; i < PdptePointers; i++)
        {
            // The processor fills them when the guest turns PAE paging on (Intel SDM vol 3, 27.3.2.4).
            _vmcs.Write(VmcsField.GuestPdpte0 + (i * 2), 0);
        }

        // ResidentState switches what MSR areas could.
        _vmcs.Write(VmcsField.ExitMsrStoreCount, 0);
        _vmcs.Write(VmcsField.ExitMsrLoadCount, 0);
        _vmcs.Write(VmcsField.EntryMsrLoadCount, 0);
        _vmcs.Write(VmcsField.ExitMsrStoreAddress, 0);
        _vmcs.Write(VmcsField.ExitMsrLoadAddress, 0);
        _vmcs.Write(VmcsField.EntryMsrLoadAddress, 0);
        if (_capabilities.HasVpid)
        {
            _vmcs.Write(VmcsField.Vpid, _vpid);
        }

        if (_capabilities.HasNotify)
        {
            _vmcs.Write(VmcsField.NotifyWindow, NotifyWindow);
        }

        if (_capabilities.HasPauseLoop)
        {
            _vmcs.Write(VmcsField.PauseLoopGap, PauseLoopGap);
            _vmcs.Write(VmcsField.PauseLoopWindow, PauseLoopWindow);
        }
    }

    // What an exit on this CPU restores.
    private void WriteHostState(VmxCpu cpu)
    {
        _vmcs.Write(VmcsField.HostEsSelector, cpu.Tables.Data);
        _vmcs.Write(VmcsField.HostCsSelector, cpu.Tables.Code);
        _vmcs.Write(VmcsField.HostSsSelector, cpu.Tables.Data);
        _vmcs.Write(VmcsField.HostDsSelector, cpu.Tables.Data);
        _vmcs.Write(VmcsField.HostFsSelector, 0);
        _vmcs.Write(VmcsField.HostGsSelector, 0);
        _vmcs.Write(VmcsField.HostTrSelector, cpu.Tables.Task);
        _vmcs.Write(VmcsField.HostFsBase, cpu.FsBase);
        _vmcs.Write(VmcsField.HostGsBase, 0);
        _vmcs.Write(VmcsField.HostTrBase, cpu.Tables.TaskBase);
        _vmcs.Write(VmcsField.HostGdtrBase, cpu.Tables.DescriptorTable);
        _vmcs.Write(VmcsField.HostIdtrBase, cpu.Tables.InterruptTable);
        _vmcs.Write(VmcsField.HostCr0, _host.Cr0);
        _vmcs.Write(VmcsField.HostCr3, _host.Cr3);
        _vmcs.Write(VmcsField.HostCr4, _host.Cr4);
        _vmcs.Write(VmcsField.HostPat, _host.ReadMsr(Msr.Pat));
        _vmcs.Write(VmcsField.HostEfer, _host.ReadMsr(Msr.Efer));
        _vmcs.Write(VmcsField.HostSysenterCs, 0);
        _vmcs.Write(VmcsField.HostSysenterEsp, 0);
        _vmcs.Write(VmcsField.HostSysenterEip, 0);
        _vmcs.Write(VmcsField.HostRip, _instructions.ExitAddress);
    }
}
