namespace Hyperlaunch.Modules.Boot;

/// <summary>One thing that is wrong with boot information: what, where, and the number that says so.</summary>
public readonly struct BootProblem
{
    /// <summary>Makes a problem.</summary>
    /// <param name="kind">What is wrong.</param>
    /// <param name="offset">Multiboot2: bytes from the start of the information block. Multiboot1: a physical address.</param>
    /// <param name="found">The number found there; what it counts depends on <paramref name="kind"/>.</param>
    public BootProblem(BootProblemKind kind, ulong offset, ulong found)
    {
        Kind = kind;
        Offset = offset;
        Found = found;
    }

    /// <summary>What is wrong; <see cref="BootProblemKind.None"/> when nothing is.</summary>
    public BootProblemKind Kind { get; }

    /// <summary>Where: bytes from the start of a Multiboot2 information block, or a physical address for Multiboot1.</summary>
    public ulong Offset { get; }

    /// <summary>The number found there.</summary>
    public ulong Found { get; }

    /// <summary>Says it in one sentence. Allocates the string.</summary>
    public string Describe() => Kind switch
    {
        BootProblemKind.None => "The boot information is in order.",
        BootProblemKind.Unreachable => $"Boot information: {Found} bytes at 0x{Offset:x} are not in memory that can be read.",
        BootProblemKind.TooShort => $"Boot information: {Found} bytes at 0x{Offset:x} are less than its fixed part.",
        BootProblemKind.TooLarge =>
            $"Boot information: its size of {Found} bytes is more than there is, or than the {Multiboot2Reader.MaximumSize} "
                + "accepted.",
        BootProblemKind.TagTooShort
            => $"Boot information: the tag at offset 0x{Offset:x} has {Found} bytes, too few for its type.",
        BootProblemKind.TagPastEnd =>
            $"Boot information: the tag at offset 0x{Offset:x} has {Found} bytes and runs past the end; it and what follows are "
                + "lost.",
        BootProblemKind.NoEndTag => $"Boot information: it ends at offset 0x{Offset:x} without an end tag.",
        BootProblemKind.ModuleRange =>
            $"Boot information: the module at 0x{Offset:x} does not end after its start at 0x{Found:x}; it counts as empty.",
        BootProblemKind.ModuleOutsideMemory =>
            $"Boot information: the module at 0x{Offset:x} with {Found} bytes is not all in usable memory; it counts as empty.",
        BootProblemKind.ModuleOverlap =>
            $"Boot information: the module at 0x{Offset:x} overlaps the one at 0x{Found:x}; it counts as empty.",
        BootProblemKind.TooManyModules =>
            $"Boot information: it lists {Found} modules; the {BootReading.MaximumModules} first are used.",
        BootProblemKind.StringTooLong =>
            $"Boot information: the string at 0x{Offset:x} has no end within {Found} bytes, and is cut there.",
        BootProblemKind.MemoryMapEntrySize =>
            $"Boot information: the memory map at 0x{Offset:x} has entries of {Found} bytes; it is read up to there.",
        BootProblemKind.TooManyMemoryMapEntries =>
            $"Boot information: the memory map has {Found} entries; the {BootReading.MaximumMemoryMapEntries} first are used.",
        BootProblemKind.NoMemory => "Boot information: it describes no usable memory.",
        BootProblemKind.Framebuffer =>
            $"Boot information: the screen at 0x{Offset:x} has lines of {Found} bytes, which do not hold its width; it is left "
                + "out.",
        _ => "The boot information has an unknown problem.",
    };
}
