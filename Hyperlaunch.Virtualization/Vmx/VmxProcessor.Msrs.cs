using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Guests;

namespace Hyperlaunch.Virtualization.Vmx;

internal sealed unsafe partial class VmxProcessor
{
    // DEBUGCTL: single steps by branches. Not the last-branch record, whose registers are not switched (Intel SDM vol 3, 18.4.1).
    private const ulong DebugControlAllowed = 1 << 1;

    /// <inheritdoc/>
    public bool TryReadMsr(uint index, out ulong value)
    {
        int resident = ResidentRegisters.IndexOf(index);
        if (resident >= 0)
        {
            value = _resident.GetRegister(resident);
            return true;
        }

        if (index == Msr.TscAux)
        {
            value = _resident.TscAux;
            return _resident.HasTscAux;
        }

        if (!TryFindSlot(index, out VmcsSlot slot))
        {
            return _speculation.TryRead(index, out value);
        }

        value = _vmcs[slot];
        return true;
    }

    /// <inheritdoc/>
    public bool TryWriteMsr(uint index, ulong value)
    {
        if (!IsAcceptable(index, value))
        {
            return false;
        }

        int resident = ResidentRegisters.IndexOf(index);
        if (resident >= 0)
        {
            _resident.SetRegister(resident, value);
            return true;
        }

        if (index == Msr.TscAux)
        {
            _resident.TscAux = (uint)value;
            return _resident.HasTscAux;
        }

        if (!TryFindSlot(index, out VmcsSlot slot))
        {
            bool isTaken = _speculation.TryWrite(index, value);

            // A guest that uses SPEC_CTRL writes it often: from the first time on without an exit.
            _vmcs[VmcsSlot.MsrBitmap] = _speculation.IsDirect ? _bitmap.AddressWithControl : _bitmap.Address;
            return isTaken;
        }

        _vmcs[slot] = value;
        if (index == Msr.Pat)
        {
            _linearTranslationsAreStale = true;
        }

        return true;
    }

    private static bool IsAcceptable(uint index, ulong value) => index switch
    {
        Msr.TscAux or Msr.SysenterCs or Msr.Sfmask => value <= uint.MaxValue,
        Msr.DebugControl => (value & ~DebugControlAllowed) == 0,
        Msr.Pat => GuestMsrRules.IsMemoryTypeTable(value),
        Msr.Star => true,
        _ => GuestMsrRules.IsCanonical(value),
    };

    private static bool TryFindSlot(uint index, out VmcsSlot slot)
    {
        const int Fs = 4 * Vmcs.SegmentSlots;
        const int Gs = 5 * Vmcs.SegmentSlots;
        slot = index switch
        {
            Msr.SysenterCs => VmcsSlot.SysenterCs,
            Msr.SysenterEsp => VmcsSlot.SysenterEsp,
            Msr.SysenterEip => VmcsSlot.SysenterEip,
            Msr.DebugControl => VmcsSlot.DebugControl,
            Msr.Pat => VmcsSlot.Pat,
            Msr.FsBase => VmcsSlot.Base + Fs,
            Msr.GsBase => VmcsSlot.Base + Gs,
            _ => VmcsSlot.Count,
        };
        return slot != VmcsSlot.Count;
    }
}
