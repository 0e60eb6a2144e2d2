namespace Hyperlaunch.Domains.Construction;

/// <summary>Why a domain cannot be built.</summary>
public enum ConstructionProblemKind
{
    /// <summary>It can.</summary>
    None = 0,

    /// <summary>The domain's memory is smaller than the least that any domain needs.</summary>
    MemoryTooSmall,

    /// <summary>The domain's memory does not fit a guest's address space.</summary>
    MemoryTooLarge,

    /// <summary>The machine has less free memory than the domain is to get.</summary>
    MachineMemory,

    /// <summary>The machine's free memory suffices, but in too many pieces.</summary>
    MachineMemoryPieces,

    /// <summary>There is no memory for the nested page tables.</summary>
    TableMemory,

    /// <summary>More vCPUs than the platform describes.</summary>
    ProcessorCount,

    /// <summary>The command line is longer than the kernel accepts.</summary>
    CommandLine,

    /// <summary>The kernel, with what it needs to unpack itself, does not fit the domain's memory.</summary>
    KernelSize,

    /// <summary>A kernel that cannot be moved asks for an address that is not the domain's memory.</summary>
    KernelAddress,

    /// <summary>A kernel that cannot be moved, in a domain whose memory lies where the machine's does.</summary>
    KernelCannotMove,

    /// <summary>The ramdisk does not fit beside the kernel.</summary>
    RamdiskSize,

    /// <summary>The domain's memory cannot be written; the machine lacks memory that it said it had.</summary>
    MemoryAccess,
}
