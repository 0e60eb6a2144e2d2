using Hyperlaunch.Kernel.Machine;

namespace Hyperlaunch.Kernel.Svm;

internal sealed unsafe partial class SvmProcessor
{
    // DEBUGCTL: the last-branch record and single steps by branches; the rest concerns pins (AMD APM vol 2, 13.1.1.5).
    private const ulong DebugControlAllowed = 3;

    /// <inheritdoc/>
    public bool TryReadMsr(uint index, out ulong value)
    {
        switch (index)
        {
            case GuestMsr.TscAux:
                value = _resident.TscAux;
                return _resident.HasTscAux;
            case GuestMsr.SysenterCs:
            case GuestMsr.SysenterEsp:
            case GuestMsr.SysenterEip:
            case GuestMsr.DebugControl:
            case GuestMsr.Pat:
            case GuestMsr.Star:
            case GuestMsr.Lstar:
            case GuestMsr.Cstar:
            case GuestMsr.Sfmask:
            case GuestMsr.FsBase:
            case GuestMsr.GsBase:
            case GuestMsr.KernelGsBase:
                value = *Field(index);
                return true;
            default:
                value = 0;
                return false;
        }
    }

    /// <inheritdoc/>
    public bool TryWriteMsr(uint index, ulong value)
    {
        switch (index)
        {
            case GuestMsr.TscAux:
                if (!_resident.HasTscAux || value > uint.MaxValue)
                {
                    return false;
                }

                _resident.TscAux = (uint)value;
                return true;
            case GuestMsr.DebugControl:
                if ((value & ~DebugControlAllowed) != 0 || (value != 0 && !_capabilities.HasBranchRecords))
                {
                    return false;
                }

                _vmcb->Clean &= ~VmcbPart.BranchRecords;
                break;
            case GuestMsr.Pat:
                if (!GuestMsrRules.IsMemoryTypeTable(value))
                {
                    return false;
                }

                _vmcb->Clean &= ~VmcbPart.NestedPaging;
                InvalidateTranslations();
                break;
            case GuestMsr.SysenterCs:
            case GuestMsr.Star:
            case GuestMsr.Sfmask:
                break;
            case GuestMsr.SysenterEsp:
            case GuestMsr.SysenterEip:
            case GuestMsr.Lstar:
            case GuestMsr.Cstar:
            case GuestMsr.FsBase:
            case GuestMsr.GsBase:
            case GuestMsr.KernelGsBase:
                if (!GuestMsrRules.IsCanonical(value))
                {
                    return false;
                }

                break;
            default:
                return false;
        }

        *Field(index) = value;
        return true;
    }

    // Only for the registers that the two methods above list.
    private ulong* Field(uint index) => index switch
    {
        GuestMsr.SysenterCs => &_vmcb->SysenterCs,
        GuestMsr.SysenterEsp => &_vmcb->SysenterEsp,
        GuestMsr.SysenterEip => &_vmcb->SysenterEip,
        GuestMsr.DebugControl => &_vmcb->DebugControl,
        GuestMsr.Pat => &_vmcb->Pat,
        GuestMsr.Star => &_vmcb->Star,
        GuestMsr.Lstar => &_vmcb->Lstar,
        GuestMsr.Cstar => &_vmcb->Cstar,
        GuestMsr.Sfmask => &_vmcb->Sfmask,
        GuestMsr.FsBase => &_vmcb->Fs.Base,
        GuestMsr.GsBase => &_vmcb->Gs.Base,
        _ => &_vmcb->KernelGsBase,
    };
}
