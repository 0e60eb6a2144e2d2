using Hyperlaunch.Domains.Boot;

namespace Hyperlaunch.Domains.Construction;

/// <summary>Where and how a built domain's first vCPU starts, and where its parts were put.</summary>
public readonly struct DomainEntry
{
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
}
