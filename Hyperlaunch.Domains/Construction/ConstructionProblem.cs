namespace Hyperlaunch.Domains.Construction;

/// <summary>Why a domain cannot be built: what, with the number found and the number expected.</summary>
public readonly struct ConstructionProblem
{
    private const ulong KiB = 1024;

    /// <summary>Makes a problem.</summary>
    /// <param name="kind">What is wrong.</param>
    /// <param name="found">The number found; what it counts depends on <paramref name="kind"/>.</param>
    /// <param name="expected">The number that it had to keep to.</param>
    /// <param name="address">Where, as a guest physical address; 0 where no place is meant.</param>
    public ConstructionProblem(ConstructionProblemKind kind, ulong found, ulong expected, ulong address = 0)
    {
        Kind = kind;
        Found = found;
        Expected = expected;
        Address = address;
    }

    /// <summary>What is wrong; <see cref="ConstructionProblemKind.None"/> when nothing is.</summary>
    public ConstructionProblemKind Kind { get; }

    /// <summary>The number found.</summary>
    public ulong Found { get; }

    /// <summary>The number that it had to keep to.</summary>
    public ulong Expected { get; }

    /// <summary>A guest physical address; 0 where no place is meant.</summary>
    public ulong Address { get; }

    /// <summary>Says it in one sentence. Allocates the string.</summary>
    public string Describe() => Kind switch
    {
        ConstructionProblemKind.None => "The domain can be built.",
        ConstructionProblemKind.MemoryTooSmall =>
            $"The domain's memory of {Found / KiB} KiB is less than the {Expected / KiB} KiB that any domain needs.",
        ConstructionProblemKind.MemoryTooLarge =>
            $"The domain's memory of {Found / KiB} KiB is more than the {Expected / KiB} KiB that a domain can have.",
        ConstructionProblemKind.MachineMemory =>
            $"The domain's memory of {Found / KiB} KiB is more than the {Expected / KiB} KiB that are free in aligned pieces of "
                + "2 MiB.",
        ConstructionProblemKind.MachineMemoryPieces =>
            $"The machine's free memory is in pieces: {Found / KiB} KiB would need more than {Expected} of them.",
        ConstructionProblemKind.TableMemory =>
            $"The domain's page tables need {Found / KiB} KiB in one piece; {Expected / KiB} KiB are free altogether.",
        ConstructionProblemKind.ProcessorCount => $"The domain is to have {Found} vCPUs; 1 to {Expected} are possible.",
        ConstructionProblemKind.CommandLine =>
            $"The command line has {Found} characters; this kernel accepts at most {Expected}.",
        ConstructionProblemKind.KernelSize =>
            $"The kernel needs {Found / KiB} KiB to load and unpack itself; the largest place for it in the domain's memory has "
                + $"{Expected / KiB} KiB.",
        ConstructionProblemKind.KernelAddress =>
            $"The kernel has to be loaded at 0x{Address:x} and needs {Found / KiB} KiB there; the domain has {Expected / KiB} "
                + "KiB from there on.",
        ConstructionProblemKind.KernelCannotMove =>
            $"The kernel can be loaded at 0x{Address:x} only, and the memory of a direct-mapped domain lies elsewhere; take a "
                + "kernel that can be moved, such as Linux's bzImage.",
        ConstructionProblemKind.RamdiskSize =>
            $"The ramdisk has {Found} bytes; the largest place that the kernel leaves for it has {Expected}.",
        ConstructionProblemKind.MemoryAccess =>
            $"The domain's memory at 0x{Address:x} ({Found} bytes) cannot be written.",
        _ => "The domain has an unknown problem.",
    };
}
