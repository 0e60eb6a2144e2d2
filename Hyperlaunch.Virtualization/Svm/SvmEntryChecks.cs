namespace Hyperlaunch.Virtualization.Svm;

/// <summary>
/// Says what VMRUN refused: the checks of a guest's state in the order of AMD APM vol 2, 15.5.1, whose exit names none of them. All
/// sentences are constants: nothing is allocated.
/// </summary>
internal static unsafe class SvmEntryChecks
{
    private const ulong UpperHalf = 0xFFFF_FFFF_0000_0000;
    private const ulong Cr0Protection = 1 << 0;
    private const ulong Cr0NotWriteThrough = 1 << 29;
    private const ulong Cr0CacheDisable = 1 << 30;
    private const ulong Cr0Paging = 1UL << 31;
    private const ulong Cr3AlwaysZero = 0xFFF0_0000_0000_0000;
    private const ulong Cr4PhysicalAddressExtension = 1 << 5;
    private const ulong EferLongMode = 1 << 8;
    private const ushort AttributeLong = 1 << 9;
    private const ushort AttributeDefaultSize = 1 << 10;
    private const byte LastException = 31;
    private const byte VectorNmi = 2;

    /// <summary>A sentence that names the field.</summary>
    /// <param name="vmcb">The control block of the refused entry.</param>
    public static string Explain(Vmcb* vmcb)
    {
        bool isLong = (vmcb->Efer & EferLongMode) != 0 && (vmcb->Cr0 & Cr0Paging) != 0;
        if ((vmcb->Cr0 & Cr0CacheDisable) == 0 && (vmcb->Cr0 & Cr0NotWriteThrough) != 0)
        {
            return "CR0.NW is set without CR0.CD.";
        }

        if ((vmcb->Cr0 & UpperHalf) != 0)
        {
            return "CR0 has a bit above 31 set.";
        }

        if ((vmcb->Cr3 & Cr3AlwaysZero) != 0)
        {
            return "CR3 has a bit above the physical address set.";
        }

        if (((vmcb->Dr6 | vmcb->Dr7) & UpperHalf) != 0)
        {
            return "DR6 or DR7 has a bit above 31 set.";
        }

        if (isLong && (vmcb->Cr4 & Cr4PhysicalAddressExtension) == 0)
        {
            return "CR4.PAE is clear in long mode.";
        }

        if ((vmcb->Cr0 & (Cr0Paging | Cr0Protection)) == Cr0Paging)
        {
            return "CR0.PG is set without CR0.PE.";
        }

        if (isLong && (vmcb->Cs.Attributes & AttributeLong) != 0 && (vmcb->Cs.Attributes & AttributeDefaultSize) != 0)
        {
            return "CS.L and CS.D are both set in long mode.";
        }

        ulong injected = vmcb->EventInjection;
        if (SvmEvent.IsException(injected) && SvmEvent.Vector(injected) is VectorNmi or > LastException)
        {
            return "The vector of the injected exception is not one of an exception.";
        }

        return "CR4 or EFER has a bit set that the processor reserves.";
    }
}
