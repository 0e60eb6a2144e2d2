using System;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Modules.Boot;

/// <summary>What the boot loader said, in one form for every boot protocol.</summary>
public sealed class BootInfo
{
    /// <summary>Makes the boot information.</summary>
    public BootInfo(
        BootProtocol protocol,
        string loaderName,
        string commandLine,
        BootModule[] modules,
        MemoryMapEntry[] memoryMap,
        ulong rootPointerAddress,
        Framebuffer? framebuffer,
        MemoryRange informationRange = default,
        BootProblem[]? problems = null)
    {
        Protocol = protocol;
        LoaderName = loaderName;
        CommandLine = commandLine;
        Modules = modules;
        MemoryMap = memoryMap;
        RootPointerAddress = rootPointerAddress;
        Framebuffer = framebuffer;
        InformationRange = informationRange;
        Problems = problems ?? Array.Empty<BootProblem>();
    }

    /// <summary>The protocol it came by.</summary>
    public BootProtocol Protocol { get; }

    /// <summary>The boot loader's name; empty when it gave none.</summary>
    public string LoaderName { get; }

    /// <summary>The hypervisor's own command line, without the file name.</summary>
    public string CommandLine { get; }

    /// <summary>The modules, in the boot loader's order.</summary>
    public BootModule[] Modules { get; }

    /// <summary>The machine's memory, sorted by address and without overlaps.</summary>
    public MemoryMapEntry[] MemoryMap { get; }

    /// <summary>
    /// Physical address of the ACPI root pointer (RSDP) or of the boot loader's copy of it; 0 when it gave none.
    /// </summary>
    public ulong RootPointerAddress { get; }

    /// <summary>The screen; null when the boot loader described none.</summary>
    public Framebuffer? Framebuffer { get; }

    /// <summary>
    /// Where the boot loader's information lies that must stay in place, because the ACPI root pointer is in it; empty when none
    /// must.
    /// </summary>
    public MemoryRange InformationRange { get; }

    /// <summary>What was wrong with it and has been left out, in the order met; the first 16.</summary>
    public BootProblem[] Problems { get; }
}
