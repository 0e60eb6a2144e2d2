using Hyperlaunch.Domains.Construction;

namespace Hyperlaunch.Domains.Execution;

/// <summary>The state in which a domain's first vCPU starts, as the protocol of its kernel demands it.</summary>
internal static class EntryState
{
    private const uint FlatLimit = 0xFFFF_FFFF;
    private const ushort CodeAttributes32 = 0xC9B;
    private const ushort CodeAttributes64 = 0xA9B;
    private const ushort DataAttributes = 0xC93;
    private const ushort TaskAttributes = 0x8B;
    private const uint TaskLimit = 0x67;

    private const ulong Cr0ExtensionType = 1 << 4;
    private const ulong ReservedFlag = 1 << 1;

    /// <summary>
    /// Puts the first vCPU into the state that the protocol demands: everything as after power-on but what the protocol names.
    /// Both of Linux's protocols and PVH want flat segments and interrupts off.
    /// </summary>
    public static void Write(in DomainEntry entry, IVirtualProcessor processor)
    {
        bool isLong = entry.Protocol == EntryProtocol.LinuxLongMode;
        processor.Reset();
        WriteSegments(processor, isLong ? CodeAttributes64 : CodeAttributes32);
        processor.Cr0 = ControlBits.Cr0ProtectionEnable | Cr0ExtensionType | (isLong ? ControlBits.Cr0Paging : 0);
        processor.Cr3 = isLong ? BootStructures.PageTables : 0;
        processor.Cr4 = isLong ? ControlBits.Cr4PhysicalAddressExtension : 0;
        processor.Efer = isLong ? ControlBits.EferLongModeEnable | ControlBits.EferLongModeActive : 0;
        processor.Rflags = ReservedFlag;
        processor.Rip = entry.Address;
        for (GuestRegister register = GuestRegister.Rax; register <= GuestRegister.R15; register++)
        {
            processor.SetRegister(register, 0);
        }

        if (entry.Protocol == EntryProtocol.Pvh)
        {
            processor.SetRegister(GuestRegister.Rbx, BootStructures.StartInfo);
        }
        else
        {
            processor.SetRegister(GuestRegister.Rsi, BootStructures.ZeroPage);
        }
    }

    private static void WriteSegments(IVirtualProcessor processor, ushort codeAttributes)
    {
        var data = new SegmentState(BootStructures.DataSelector, DataAttributes, FlatLimit, 0);
        processor.SetSegment(SegmentRegister.Gdtr, new SegmentState(0, 0, BootStructures.GdtLimit, BootStructures.Gdt));
        processor.SetSegment(
            SegmentRegister.Cs, new SegmentState(BootStructures.CodeSelector, codeAttributes, FlatLimit, 0));
        processor.SetSegment(SegmentRegister.Ds, data);
        processor.SetSegment(SegmentRegister.Es, data);
        processor.SetSegment(SegmentRegister.Ss, data);
        processor.SetSegment(SegmentRegister.Fs, data);
        processor.SetSegment(SegmentRegister.Gs, data);
        processor.SetSegment(SegmentRegister.Tr, new SegmentState(0, TaskAttributes, TaskLimit, 0));
    }
}
