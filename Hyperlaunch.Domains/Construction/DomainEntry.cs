using Hyperlaunch.Domains.Boot;
using Hyperlaunch.Domains.Execution;

namespace Hyperlaunch.Domains.Construction;

/// <summary>Where and how a built domain's first vCPU starts, and where its parts were put.</summary>
public readonly struct DomainEntry
{
    private const uint FlatLimit = 0xFFFF_FFFF;
    private const ushort CodeAttributes32 = 0xC9B;
    private const ushort CodeAttributes64 = 0xA9B;
    private const ushort DataAttributes = 0xC93;
    private const ushort TaskAttributes = 0x8B;
    private const uint TaskLimit = 0x67;

    /// <summary>Makes the description.</summary>
    /// <param name="protocol">How the kernel is entered.</param>
    /// <param name="address">The entry's guest physical address.</param>
    /// <param name="kernel">Where the kernel lies, with the memory that it needs to unpack itself.</param>
    /// <param name="ramdisk">Where the ramdisk lies; empty when there is none.</param>
    public DomainEntry(EntryProtocol protocol, ulong address, MemoryRange kernel, MemoryRange ramdisk)
    {
        Protocol = protocol;
        Address = address;
        Kernel = kernel;
        Ramdisk = ramdisk;
    }

    /// <summary>How the kernel is entered.</summary>
    public EntryProtocol Protocol { get; }

    /// <summary>The entry's guest physical address.</summary>
    public ulong Address { get; }

    /// <summary>Where the kernel lies in guest memory, with the memory that it needs to unpack itself.</summary>
    public MemoryRange Kernel { get; }

    /// <summary>Where the ramdisk lies in guest memory; empty when there is none.</summary>
    public MemoryRange Ramdisk { get; }

    /// <summary>
    /// Puts the first vCPU into the state that the protocol demands: everything as after power-on but what the protocol names.
    /// Both of Linux's protocols and PVH want flat segments and interrupts off.
    /// </summary>
    public void WriteTo(IVirtualProcessor processor)
    {
        bool isLong = Protocol == EntryProtocol.LinuxLongMode;
        processor.Reset();
        WriteSegments(processor, isLong ? CodeAttributes64 : CodeAttributes32);
        processor.Cr0 = ControlBits.Cr0ProtectionEnable | ControlBits.Cr0ExtensionType | (isLong ? ControlBits.Cr0Paging : 0);
        processor.Cr3 = isLong ? BootStructures.PageTables : 0;
        processor.Cr4 = isLong ? ControlBits.Cr4PhysicalAddressExtension : 0;
        processor.Efer = isLong ? ControlBits.EferLongModeEnable | ControlBits.EferLongModeActive : 0;
        processor.Rflags = ControlBits.RflagsAlwaysOne;
        processor.Rip = Address;
        for (GuestRegister register = GuestRegister.Rax; register <= GuestRegister.R15; register++)
        {
            processor.SetRegister(register, 0);
        }

        if (Protocol == EntryProtocol.Pvh)
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
