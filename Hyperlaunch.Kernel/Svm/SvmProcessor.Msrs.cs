namespace Hyperlaunch.Kernel.Svm;

internal sealed unsafe partial class SvmProcessor
{
    private const int LinearAddressBits = 48;

    // DEBUGCTL: the last-branch record and single steps by branches; the rest concerns pins (AMD APM vol 2, 13.1.1.5).
    private const ulong DebugControlAllowed = 3;

    // PAT: eight fields; types 2 and 3 are reserved (AMD APM vol 2, 7.8.1).
    private const int PatFields = 8;
    private const ulong PatFieldMask = 0xFF;

    /// <inheritdoc/>
    public bool TryReadMsr(uint index, out ulong value)
    {
        switch (index)
        {
            case SvmMsr.TscAux:
                value = _resident.TscAux;
                return _resident.HasTscAux;
            case SvmMsr.SysenterCs:
            case SvmMsr.SysenterEsp:
            case SvmMsr.SysenterEip:
            case SvmMsr.DebugControl:
            case SvmMsr.Pat:
            case SvmMsr.Star:
            case SvmMsr.Lstar:
            case SvmMsr.Cstar:
            case SvmMsr.Sfmask:
            case SvmMsr.FsBase:
            case SvmMsr.GsBase:
            case SvmMsr.KernelGsBase:
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
            case SvmMsr.TscAux:
                if (!_resident.HasTscAux || value > uint.MaxValue)
                {
                    return false;
                }

                _resident.TscAux = (uint)value;
                return true;
            case SvmMsr.DebugControl:
                if ((value & ~DebugControlAllowed) != 0 || (value != 0 && !_capabilities.HasBranchRecords))
                {
                    return false;
                }

                _vmcb->Clean &= ~VmcbPart.BranchRecords;
                break;
            case SvmMsr.Pat:
                if (!IsMemoryTypeTable(value))
                {
                    return false;
                }

                _vmcb->Clean &= ~VmcbPart.NestedPaging;
                InvalidateTranslations();
                break;
            case SvmMsr.SysenterCs:
            case SvmMsr.Star:
            case SvmMsr.Sfmask:
                break;
            case SvmMsr.SysenterEsp:
            case SvmMsr.SysenterEip:
            case SvmMsr.Lstar:
            case SvmMsr.Cstar:
            case SvmMsr.FsBase:
            case SvmMsr.GsBase:
            case SvmMsr.KernelGsBase:
                if (!IsCanonical(value))
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

    private static bool IsCanonical(ulong address)
    {
        long extended = (long)(address << (64 - LinearAddressBits)) >> (64 - LinearAddressBits);
        return (ulong)extended == address;
    }

    private static bool IsMemoryTypeTable(ulong value)
    {
        for (int field = 0; field < PatFields; field++)
        {
            if ((value & PatFieldMask) is not (0 or 1 or 4 or 5 or 6 or 7))
            {
                return false;
            }

            value >>= 8;
        }

        return true;
    }

    // Only for the registers that the two methods above list.
    private ulong* Field(uint index) => index switch
    {
        SvmMsr.SysenterCs => &_vmcb->SysenterCs,
        SvmMsr.SysenterEsp => &_vmcb->SysenterEsp,
        SvmMsr.SysenterEip => &_vmcb->SysenterEip,
        SvmMsr.DebugControl => &_vmcb->DebugControl,
        SvmMsr.Pat => &_vmcb->Pat,
        SvmMsr.Star => &_vmcb->Star,
        SvmMsr.Lstar => &_vmcb->Lstar,
        SvmMsr.Cstar => &_vmcb->Cstar,
        SvmMsr.Sfmask => &_vmcb->Sfmask,
        SvmMsr.FsBase => &_vmcb->Fs.Base,
        SvmMsr.GsBase => &_vmcb->Gs.Base,
        _ => &_vmcb->KernelGsBase,
    };
}
