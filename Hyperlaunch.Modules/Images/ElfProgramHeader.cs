namespace Hyperlaunch.Modules.Images;

/// <summary>One program header of an ELF file, of either class, as it stands there (System V ABI, chapter 5).</summary>
internal readonly struct ElfProgramHeader
{
    private const uint TypeLoad = 1;
    private const uint TypeNote = 4;

    /// <summary>Makes a program header.</summary>
    public ElfProgramHeader(uint type, ulong offset, ulong address, ulong fileSize, ulong memorySize, ulong alignment)
    {
        Type = type;
        Offset = offset;
        Address = address;
        FileSize = fileSize;
        MemorySize = memorySize;
        Alignment = alignment;
    }

    /// <summary>The type (<c>p_type</c>).</summary>
    public uint Type { get; }

    /// <summary>Where its bytes start in the file (<c>p_offset</c>).</summary>
    public ulong Offset { get; }

    /// <summary>The physical address (<c>p_paddr</c>).</summary>
    public ulong Address { get; }

    /// <summary>Bytes in the file (<c>p_filesz</c>).</summary>
    public ulong FileSize { get; }

    /// <summary>Bytes in memory (<c>p_memsz</c>).</summary>
    public ulong MemorySize { get; }

    /// <summary>The alignment (<c>p_align</c>).</summary>
    public ulong Alignment { get; }

    /// <summary>Whether it is loaded: a PT_LOAD that takes memory.</summary>
    public bool IsLoaded => Type == TypeLoad && (MemorySize != 0 || FileSize != 0);

    /// <summary>Whether it holds notes: PT_NOTE.</summary>
    public bool IsNote => Type == TypeNote;
}
