using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>
/// The hypervisor's file as a boot loader reads it: ELF of 32 bits (System V ABI, 4 and 5) with a Multiboot2 header (3.1).
/// </summary>
internal sealed class KernelFile
{
    /// <summary>Segments that the processor may execute (<c>PF_X</c>).</summary>
    public const uint Executable = 1;

    private const uint HeaderMagic = 0xE852_50D6;
    private const int HeaderSearch = 32768;
    private const int HeaderSize = 16;
    private const ushort RelocatableTag = 10;
    private const uint Loaded = 1;

    private readonly byte[] _bytes;
    private readonly int _relocatable;

    /// <summary>Reads a file and finds the header's tag for relocation.</summary>
    public KernelFile(string path)
    {
        _bytes = File.ReadAllBytes(path);
        int at = 0;
        while (Read32(at) != HeaderMagic)
        {
            at += 8;
            if (at > HeaderSearch)
            {
                throw new InvalidDataException($"{path} has no Multiboot2 header.");
            }
        }

        for (at += HeaderSize; Read16(at) != RelocatableTag; at += ((int)Read32(at + 4) + 7) & ~7)
        {
            if (Read16(at) == 0)
            {
                throw new InvalidDataException($"{path} has no tag for relocation.");
            }
        }

        _relocatable = at;
    }

    /// <summary>Whether a boot loader that does not know the tag may pass it over.</summary>
    public bool IsOptional => (Read16(_relocatable + 2) & 1) != 0;

    /// <summary>The tag's size.</summary>
    public uint TagSize => Read32(_relocatable + 4);

    /// <summary>The lowest address for the image.</summary>
    public uint Lowest => Read32(_relocatable + 8);

    /// <summary>The address that it may not reach beyond.</summary>
    public uint Highest => Read32(_relocatable + 12);

    /// <summary>What its address is a multiple of.</summary>
    public uint Alignment => Read32(_relocatable + 16);

    /// <summary>1 for the lowest possible address, 2 for the highest.</summary>
    public uint Preference => Read32(_relocatable + 20);

    /// <summary>The segments that are loaded.</summary>
    public List<(uint Address, uint Size, uint Flags)> Segments
    {
        get
        {
            List<(uint Address, uint Size, uint Flags)> found = [];
            for (int i = 0; i < Read16(44); i++)
            {
                int at = (int)Read32(28) + (i * Read16(42));
                if (Read32(at) == Loaded)
                {
                    found.Add((Read32(at + 12), Read32(at + 20), Read32(at + 24)));
                }
            }

            return found;
        }
    }

    /// <summary>The types of all sections.</summary>
    public List<uint> SectionTypes
    {
        get
        {
            List<uint> found = [];
            for (int i = 0; i < Read16(48); i++)
            {
                found.Add(Read32((int)Read32(32) + (i * Read16(46)) + 4));
            }

            return found;
        }
    }

    /// <summary>Reads eight bytes of what is loaded from the file.</summary>
    public ulong ReadLoaded(uint address)
    {
        for (int i = 0; i < Read16(44); i++)
        {
            int at = (int)Read32(28) + (i * Read16(42));
            uint offset = address - Read32(at + 12);
            if (Read32(at) == Loaded && address >= Read32(at + 12) && offset + 8 <= Read32(at + 16))
            {
                return BinaryPrimitives.ReadUInt64LittleEndian(_bytes.AsSpan((int)(Read32(at + 4) + offset)));
            }
        }

        throw new InvalidDataException($"Nothing is loaded from the file to 0x{address:x}.");
    }

    /// <summary>Writes a copy that asks the boot loader for another place.</summary>
    /// <param name="name">The copy's name.</param>
    /// <param name="lowest">The lowest address.</param>
    /// <param name="preference">1 for the lowest possible address, 2 for the highest.</param>
    /// <returns>Its path.</returns>
    public string WriteAskingFor(string name, uint lowest, uint preference)
    {
        byte[] copy = [.. _bytes];
        BinaryPrimitives.WriteUInt32LittleEndian(copy.AsSpan(_relocatable + 8), lowest);
        BinaryPrimitives.WriteUInt32LittleEndian(copy.AsSpan(_relocatable + 20), preference);
        return RepositoryFiles.Write(name, copy);
    }

    private ushort Read16(int offset) => BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(offset));

    private uint Read32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(offset));
}
