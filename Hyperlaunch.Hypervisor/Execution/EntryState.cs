using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>The state in which a domain's first vCPU starts, as the protocol of its kernel demands it.</summary>
internal static class EntryState
{
    /// <summary>
    /// Puts the first vCPU into the state that the protocol demands: everything as after power-on but what the protocol names.
    /// </summary>
    public static void Write(in DomainEntry entry, IVirtualProcessor processor)
    {
        processor.Reset();
        SegmentState data = DomainEntry.Data;
        processor.SetSegment(SegmentRegister.Gdtr, DomainEntry.DescriptorTable);
        processor.SetSegment(SegmentRegister.Cs, entry.Code);
        processor.SetSegment(SegmentRegister.Ds, data);
        processor.SetSegment(SegmentRegister.Es, data);
        processor.SetSegment(SegmentRegister.Ss, data);
        processor.SetSegment(SegmentRegister.Fs, data);
        processor.SetSegment(SegmentRegister.Gs, data);
        processor.SetSegment(SegmentRegister.Tr, DomainEntry.Task);
        processor.Cr0 = entry.Cr0;
        processor.Cr3 = entry.Cr3;
        processor.Cr4 = entry.Cr4;
        processor.Efer = entry.Efer;
        processor.Rflags = DomainEntry.Rflags;
        processor.Rip = entry.Address;
        for (GuestRegister register = GuestRegister.Rax; register <= GuestRegister.R15; register++)
        {
            processor.SetRegister(register, 0);
        }

        processor.SetRegister(entry.InformationRegister, entry.Information);
    }
}
