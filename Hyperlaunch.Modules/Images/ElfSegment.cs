using System;

namespace Hyperlaunch.Modules.Images;

/// <summary>One part of an ELF file that is loaded.</summary>
public readonly ref struct ElfSegment
{
    /// <summary>Makes a segment.</summary>
    internal ElfSegment(ulong address, ulong memorySize, ReadOnlySpan<byte> content)
    {
        Address = address;
        MemorySize = memorySize;
        Content = content;
    }

    /// <summary>The physical address that it loads at (<c>p_paddr</c>).</summary>
    public ulong Address { get; }

    /// <summary>Bytes that it takes in memory; those after its content are zero (<c>p_memsz</c>).</summary>
    public ulong MemorySize { get; }

    /// <summary>Its bytes in the file (<c>p_offset</c>, <c>p_filesz</c>).</summary>
    public ReadOnlySpan<byte> Content { get; }

    /// <summary>The address after its last one in memory.</summary>
    public ulong End => Address + MemorySize;
}
