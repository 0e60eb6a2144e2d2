using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Virtualization.Svm;

/// <summary>
/// Says what VMRUN refused: the checks of a guest's state in the order of AMD APM vol 2, 15.5.1, whose exit names none of them.
/// All sentences are constants: nothing is allocated.
/// </summary>
internal static unsafe class SvmEntryChecks
{
    private const ulong UpperHalf = 0xFFFF_FFFF_0000_0000;
    private const ushort LongAndDefault32 = ControlBits.AttributeLong | ControlBits.AttributeDefault32;

    /// <summary>A sentence that names the field.</summary>
    /// <param name="vmcb">The control block of the refused entry.</param>
    /// <param name="physicalAddressBits">The width of the machine's physical addresses.</param>
    public static string Explain(Vmcb* vmcb, int physicalAddressBits)
    {
        bool isLong = (vmcb->Efer & ControlBits.EferLongModeEnable) != 0 && (vmcb->Cr0 & ControlBits.Cr0Paging) != 0;
        if ((vmcb->Cr0 & ControlBits.Cr0CacheDisable) == 0 && (vmcb->Cr0 & ControlBits.Cr0NotWriteThrough) != 0)
        {
            return "CR0.NW is set without CR0.CD.";
        }

        if ((vmcb->Cr0 & UpperHalf) != 0)
        {
            return "CR0 has a bit above 31 set.";
        }

        if (vmcb->Cr3 >> physicalAddressBits != 0)
        {
            return "CR3 has a bit above the physical address set.";
        }

        if (((vmcb->Dr6 | vmcb->Dr7) & UpperHalf) != 0)
        {
            return "DR6 or DR7 has a bit above 31 set.";
        }

        if (isLong && (vmcb->Cr4 & ControlBits.Cr4PhysicalAddressExtension) == 0)
        {
            return "CR4.PAE is clear in long mode.";
        }

        if ((vmcb->Cr0 & (ControlBits.Cr0Paging | ControlBits.Cr0ProtectionEnable)) == ControlBits.Cr0Paging)
        {
            return "CR0.PG is set without CR0.PE.";
        }

        if (isLong && (vmcb->Cs.Attributes & LongAndDefault32) == LongAndDefault32)
        {
            return "CS.L and CS.D are both set in long mode.";
        }

        ulong injected = vmcb->EventInjection;
        if (SvmEvent.IsException(injected) && SvmEvent.Vector(injected) is ExceptionVector.Nmi or > ExceptionVector.Last)
        {
            return "The vector of the injected exception is not one of an exception.";
        }

        return "CR4 or EFER has a bit set that the processor reserves.";
    }
}
