using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Domains.Construction;

/// <summary>
/// Where and how a built domain's first vCPU starts, and where its parts were put. All of the boot protocols want flat segments,
/// no interrupts and one register with the address of their information; they differ in whether the kernel is entered in long
/// mode.
/// </summary>
public readonly struct DomainEntry
{
    private const uint FlatLimit = 0xFFFF_FFFF;
    private const ushort CodeAttributes32 = 0xC9B;
    private const ushort CodeAttributes64 = 0xA9B;
    private const ushort DataAttributes = 0xC93;
    private const ushort TaskAttributes = 0x8B;
    private const uint TaskLimit = 0x67;

    /// <summary>Makes the description.</summary>
    /// <param name="mode">The word for the protocol on the console, such as <c>pvh</c>.</param>
    /// <param name="address">The entry's guest physical address.</param>
    /// <param name="kernel">Where the kernel lies, with the memory that it needs to unpack itself.</param>
    /// <param name="ramdisk">Where the ramdisk lies; empty when there is none.</param>
    /// <param name="register">The register that holds the address of the protocol's information.</param>
    /// <param name="information">That address.</param>
    /// <param name="pageTables">Where the identity mapping lies, for an entry in long mode; 0 for one with paging off.</param>
    public DomainEntry(
        string mode, ulong address, MemoryRange kernel, MemoryRange ramdisk, GuestRegister register, ulong information,
        ulong pageTables = 0)
    {
        Mode = mode;
        Address = address;
        Kernel = kernel;
        Ramdisk = ramdisk;
        InformationRegister = register;
        Information = information;
        Cr3 = pageTables;
    }

    /// <summary>The word for the protocol on the console.</summary>
    public string Mode { get; }

    /// <summary>The entry's guest physical address.</summary>
    public ulong Address { get; }

    /// <summary>Where the kernel lies in guest memory, with the memory that it needs to unpack itself.</summary>
    public MemoryRange Kernel { get; }

    /// <summary>Where the ramdisk lies in guest memory; empty when there is none.</summary>
    public MemoryRange Ramdisk { get; }

    /// <summary>The register that holds <see cref="Information"/>; all others are zero.</summary>
    public GuestRegister InformationRegister { get; }

    /// <summary>The guest physical address of what the protocol tells the kernel.</summary>
    public ulong Information { get; }

    /// <summary>Whether the kernel is entered in long mode; otherwise it is in protected mode, with paging off.</summary>
    public bool IsLongMode => Cr3 != 0;

    /// <summary>What CR0 holds.</summary>
    public ulong Cr0 => ControlBits.Cr0ProtectionEnable | ControlBits.Cr0ExtensionType | (IsLongMode ? ControlBits.Cr0Paging : 0);

    /// <summary>The guest physical address of the page tables; 0 with paging off.</summary>
    public ulong Cr3 { get; }

    /// <summary>What CR4 holds.</summary>
    public ulong Cr4 => IsLongMode ? ControlBits.Cr4PhysicalAddressExtension : 0;

    /// <summary>What EFER holds.</summary>
    public ulong Efer => IsLongMode ? ControlBits.EferLongModeEnable | ControlBits.EferLongModeActive : 0;

    /// <summary>What RFLAGS holds, whatever the protocol: interrupts are off.</summary>
    public static ulong Rflags => ControlBits.RflagsAlwaysOne;

    /// <summary>The code segment.</summary>
    public SegmentState Code => new(BootStructures.CodeSelector, IsLongMode ? CodeAttributes64 : CodeAttributes32, FlatLimit, 0);

    /// <summary>The data segments: DS, ES, SS, FS and GS.</summary>
    public static SegmentState Data => new(BootStructures.DataSelector, DataAttributes, FlatLimit, 0);

    /// <summary>The task state segment, as PVH names it.</summary>
    public static SegmentState Task => new(0, TaskAttributes, TaskLimit, 0);

    /// <summary>The global descriptor table, in which the segments stand.</summary>
    public static SegmentState DescriptorTable => new(0, 0, BootStructures.GdtLimit, BootStructures.Gdt);
}
