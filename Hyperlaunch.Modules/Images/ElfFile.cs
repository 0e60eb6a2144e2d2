using System;
using System.Buffers.Binary;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Modules.Images;

/// <summary>
/// An ELF file for x86, of 32 or 64 bits (System V ABI, chapters 4 and 5). Holding one that was parsed proves that its program
/// headers lie inside its bytes.
/// </summary>
internal readonly ref struct ElfFile
{
    /// <summary>The most program headers that are accepted; kernels have about five.</summary>
    public const int MaximumHeaders = 64;

    private const uint Magic = 0x464C_457F;
    private const int ClassOffset = 4;
    private const byte Class32 = 1;
    private const byte Class64 = 2;
    private const int ByteOrderOffset = 5;
    private const byte LittleEndian = 1;
    private const int TypeOffset = 16;
    private const ushort TypeExecutable = 2;
    private const ushort TypeShared = 3;
    private const int MachineOffset = 18;
    private const ushort Machine386 = 3;
    private const ushort MachineX64 = 62;
    private const int HeaderSize32 = 52;
    private const int HeaderSize64 = 64;
    private const int ProgramHeaderSize32 = 32;
    private const int ProgramHeaderSize64 = 56;
    private const int SectionHeaderSize32 = 40;
    private const int SectionHeaderSize64 = 64;
    private const uint SectionTypeNote = 7;

    private readonly bool _is64;
    private readonly ulong _programHeaders;
    private readonly int _programHeaderSize;

    private ElfFile(ReadOnlySpan<byte> bytes, bool is64, ulong programHeaders, int programHeaderSize, int headerCount)
    {
        Bytes = bytes;
        _is64 = is64;
        _programHeaders = programHeaders;
        _programHeaderSize = programHeaderSize;
        HeaderCount = headerCount;
    }

    /// <summary>The whole file.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>The file's length.</summary>
    public ulong Length => (ulong)Bytes.Length;

    /// <summary>How many program headers it has (<c>e_phnum</c>).</summary>
    public int HeaderCount { get; }

    /// <summary>How many section headers it says it has (<c>e_shnum</c>).</summary>
    public int SectionCount => Read16(Bytes, _is64 ? 60 : 48);

    /// <summary>Whether the bytes begin with the magic number.</summary>
    public static bool HasMagic(ReadOnlySpan<byte> bytes) => bytes.Length >= sizeof(uint) && Read32(bytes, 0) == Magic;

    /// <summary>Checks the file's header and where its program headers lie.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out ElfFile file, out ImageProblem problem)
    {
        file = default;
        if (bytes.Length < HeaderSize32)
        {
            problem = new ImageProblem(ImageProblemKind.ElfHeaders, 0, (ulong)bytes.Length, HeaderSize32);
            return false;
        }

        byte fileClass = bytes[ClassOffset];
        if ((fileClass != Class32 && fileClass != Class64) || bytes[ByteOrderOffset] != LittleEndian)
        {
            problem = new ImageProblem(
                ImageProblemKind.ElfClass, ClassOffset, ((uint)fileClass << 8) | bytes[ByteOrderOffset]);
            return false;
        }

        bool is64 = fileClass == Class64;
        if (is64 && bytes.Length < HeaderSize64)
        {
            problem = new ImageProblem(ImageProblemKind.ElfHeaders, 0, (ulong)bytes.Length, HeaderSize64);
            return false;
        }

        ushort machine = Read16(bytes, MachineOffset);
        if (machine != Machine386 && machine != MachineX64)
        {
            problem = new ImageProblem(ImageProblemKind.ElfMachine, MachineOffset, machine);
            return false;
        }

        ushort type = Read16(bytes, TypeOffset);
        if (type != TypeExecutable && type != TypeShared)
        {
            problem = new ImageProblem(ImageProblemKind.ElfType, TypeOffset, type);
            return false;
        }

        return TryLocateHeaders(bytes, is64, out file, out problem);
    }

    /// <summary>A program header.</summary>
    /// <param name="index">From 0 to <see cref="HeaderCount"/> - 1.</param>
    public ElfProgramHeader GetHeader(int index)
    {
        ReadOnlySpan<byte> entry = Bytes.Slice((int)OffsetOfHeader(index), _programHeaderSize);
        return _is64
            ? new ElfProgramHeader(
                Read32(entry, 0), Read64(entry, 8), Read64(entry, 24), Read64(entry, 32), Read64(entry, 40), Read64(entry, 48))
            : new ElfProgramHeader(
                Read32(entry, 0), Read32(entry, 4), Read32(entry, 12), Read32(entry, 16), Read32(entry, 20), Read32(entry, 28));
    }

    /// <summary>Where a program header is in the file.</summary>
    public ulong OffsetOfHeader(int index) => _programHeaders + ((ulong)index * (ulong)_programHeaderSize);

    /// <summary>Gives the bytes of a section that holds notes (SHT_NOTE).</summary>
    /// <param name="index">From 0 to <see cref="SectionCount"/> - 1.</param>
    /// <param name="offset">Where they start in the file.</param>
    /// <param name="notes">The bytes.</param>
    /// <returns>False when it holds none, or does not lie inside the file.</returns>
    public bool TryGetNoteSection(int index, out ulong offset, out ReadOnlySpan<byte> notes)
    {
        offset = 0;
        notes = default;
        int size = _is64 ? SectionHeaderSize64 : SectionHeaderSize32;
        ulong table = _is64 ? Read64(Bytes, 40) : Read32(Bytes, 32);
        ulong stated = Read16(Bytes, _is64 ? 58 : 46);
        ulong start = SafeSize.Add(table, (ulong)index * stated);
        if (stated < (ulong)size || !SafeSize.Fits(start, (ulong)size, Length))
        {
            return false;
        }

        ReadOnlySpan<byte> entry = Bytes.Slice((int)start, size);
        offset = _is64 ? Read64(entry, 24) : Read32(entry, 16);
        ulong length = _is64 ? Read64(entry, 32) : Read32(entry, 20);
        if (Read32(entry, 4) != SectionTypeNote || !SafeSize.Fits(offset, length, Length))
        {
            return false;
        }

        notes = Bytes.Slice((int)offset, (int)length);
        return true;
    }

    private static bool TryLocateHeaders(ReadOnlySpan<byte> bytes, bool is64, out ElfFile file, out ImageProblem problem)
    {
        file = default;
        problem = default;
        int size = is64 ? ProgramHeaderSize64 : ProgramHeaderSize32;
        ulong offset = is64 ? Read64(bytes, 32) : Read32(bytes, 28);
        int stated = Read16(bytes, is64 ? 54 : 42);
        int count = Read16(bytes, is64 ? 56 : 44);
        if (count > MaximumHeaders)
        {
            problem = new ImageProblem(ImageProblemKind.ElfTooManyHeaders, offset, (ulong)count, MaximumHeaders);
            return false;
        }

        ulong needed = (ulong)stated * (ulong)count;
        if ((count != 0 && stated < size) || !SafeSize.Fits(offset, needed, (ulong)bytes.Length))
        {
            problem = new ImageProblem(
                ImageProblemKind.ElfHeaders,
                offset,
                SafeSize.Subtract((ulong)bytes.Length, offset),
                Math.Max(needed, (ulong)size * (ulong)count));
            return false;
        }

        file = new ElfFile(bytes, is64, offset, stated, count);
        return true;
    }

    private static ulong Read64(ReadOnlySpan<byte> bytes, int offset)
        => BinaryPrimitives.ReadUInt64LittleEndian(bytes.Slice(offset));

    private static uint Read32(ReadOnlySpan<byte> bytes, int offset)
        => BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(offset));

    private static ushort Read16(ReadOnlySpan<byte> bytes, int offset)
        => BinaryPrimitives.ReadUInt16LittleEndian(bytes.Slice(offset));
}
