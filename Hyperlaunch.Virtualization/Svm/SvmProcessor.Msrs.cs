using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Guests;

namespace Hyperlaunch.Virtualization.Svm;

internal sealed unsafe partial class SvmProcessor
{
    // DEBUGCTL: the last-branch record and single steps by branches; the rest concerns pins (AMD APM vol 2, 13.1.1.5).
    private const ulong DebugControlAllowed = 3;

    /// <inheritdoc/>
    public bool TryReadMsr(uint index, out ulong value)
    {
        switch (index)
        {
            case Msr.TscAux:
                value = _resident.TscAux;
                return _resident.HasTscAux;
            case Msr.SysenterCs:
            case Msr.SysenterEsp:
            case Msr.SysenterEip:
            case Msr.DebugControl:
            case Msr.Pat:
            case Msr.Star:
            case Msr.Lstar:
            case Msr.Cstar:
            case Msr.Sfmask:
            case Msr.FsBase:
            case Msr.GsBase:
            case Msr.KernelGsBase:
                value = *Field(index);
                return true;
            default:
                return _speculation.TryRead(index, out value);
        }
    }

    /// <inheritdoc/>
    public bool TryWriteMsr(uint index, ulong value)
    {
        switch (index)
        {
            case Msr.TscAux:
                if (!_resident.HasTscAux || value > uint.MaxValue)
                {
                    return false;
                }

                _resident.TscAux = (uint)value;
                return true;
            case Msr.DebugControl:
                if ((value & ~DebugControlAllowed) != 0 || (value != 0 && !_capabilities.HasBranchRecords))
                {
                    return false;
                }

                _vmcb->Clean &= ~VmcbPart.BranchRecords;
                break;
            case Msr.Pat:
                if (!GuestMsrRules.IsMemoryTypeTable(value))
                {
                    return false;
                }

                _vmcb->Clean &= ~VmcbPart.NestedPaging;
                InvalidateTranslations();
                break;
            case Msr.SysenterCs:
            case Msr.Star:
            case Msr.Sfmask:
                break;
            case Msr.SysenterEsp:
            case Msr.SysenterEip:
            case Msr.Lstar:
            case Msr.Cstar:
            case Msr.FsBase:
            case Msr.GsBase:
            case Msr.KernelGsBase:
                if (!GuestMsrRules.IsCanonical(value))
                {
                    return false;
                }

                break;
            case Msr.SpeculationControl:
                return TryWriteSpeculationControl(value);
            default:
                return _speculation.TryWrite(index, value);
        }

        *Field(index) = value;
        return true;
    }

    // A guest that uses it writes it often: from the first time on without an exit.
    private bool TryWriteSpeculationControl(ulong value)
    {
        bool isTaken = _speculation.TryWrite(Msr.SpeculationControl, value);
        if (_speculation.IsDirect && _vmcb->MsrPermissionMap != _maps.MsrsWithControl)
        {
            _vmcb->MsrPermissionMap = _maps.MsrsWithControl;
            _vmcb->Clean &= ~VmcbPart.PermissionMaps;
        }

        return isTaken;
    }

    // Only for the registers that the two methods above list.
    private ulong* Field(uint index) => index switch
    {
        Msr.SysenterCs => &_vmcb->SysenterCs,
        Msr.SysenterEsp => &_vmcb->SysenterEsp,
        Msr.SysenterEip => &_vmcb->SysenterEip,
        Msr.DebugControl => &_vmcb->DebugControl,
        Msr.Pat => &_vmcb->Pat,
        Msr.Star => &_vmcb->Star,
        Msr.Lstar => &_vmcb->Lstar,
        Msr.Cstar => &_vmcb->Cstar,
        Msr.Sfmask => &_vmcb->Sfmask,
        Msr.FsBase => &_vmcb->Fs.Base,
        Msr.GsBase => &_vmcb->Gs.Base,
        _ => &_vmcb->KernelGsBase,
    };
}
