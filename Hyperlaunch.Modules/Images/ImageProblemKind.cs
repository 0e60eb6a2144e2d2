namespace Hyperlaunch.Modules.Images;

/// <summary>Why bytes are no kernel that can be started.</summary>
public enum ImageProblemKind
{
    /// <summary>They are one.</summary>
    None = 0,

    /// <summary>There are none.</summary>
    Empty,

    /// <summary>Nothing in them says what they are.</summary>
    Unrecognised,

    /// <summary>A text file or a script.</summary>
    Text,

    /// <summary>A gzip stream.</summary>
    Gzip,

    /// <summary>An xz stream.</summary>
    Xz,

    /// <summary>A zstd stream.</summary>
    Zstd,

    /// <summary>A bzip2 stream.</summary>
    Bzip2,

    /// <summary>An LZ4 stream.</summary>
    Lz4,

    /// <summary>A cpio archive: a ramdisk.</summary>
    Ramdisk,

    /// <summary>A flattened device tree.</summary>
    DeviceTree,

    /// <summary>A PE file without a Linux boot header: for EFI only.</summary>
    EfiOnly,

    /// <summary>bzImage: the file ends before its setup part does.</summary>
    SetupTruncated,

    /// <summary>bzImage: the boot protocol is older than 2.06.</summary>
    ProtocolVersion,

    /// <summary>bzImage: a zImage, which loads below 640 KiB.</summary>
    NotLoadedHigh,

    /// <summary>bzImage: the file ends before the code that the header announces.</summary>
    CodeTruncated,

    /// <summary>bzImage: the compressed kernel lies outside the code.</summary>
    PayloadBounds,

    /// <summary>bzImage: the alignment is no power of two, or less than a page.</summary>
    Alignment,

    /// <summary>
    /// bzImage: <c>init_size</c> is smaller than the code, or <c>pref_address</c> with it leaves the first 4 GiB.
    /// </summary>
    LoadRange,

    /// <summary>ELF: neither of the 32-bit nor of the 64-bit class, or not little-endian.</summary>
    ElfClass,

    /// <summary>ELF: for another processor.</summary>
    ElfMachine,

    /// <summary>ELF: not an executable.</summary>
    ElfType,

    /// <summary>ELF: the file ends before its header or its program headers do, or these have an impossible size.</summary>
    ElfHeaders,

    /// <summary>ELF: more program headers than are read.</summary>
    ElfTooManyHeaders,

    /// <summary>ELF: a segment's bytes lie outside the file.</summary>
    ElfSegmentBounds,

    /// <summary>ELF: a segment has more bytes in the file than in memory.</summary>
    ElfSegmentSize,

    /// <summary>ELF: a segment's addresses leave the first 4 GiB.</summary>
    ElfSegmentAddress,

    /// <summary>ELF: two segments overlap in memory.</summary>
    ElfSegmentOverlap,

    /// <summary>ELF: nothing is to be loaded.</summary>
    ElfNoSegment,

    /// <summary>ELF: there is no PVH entry note.</summary>
    ElfNoPvhNote,

    /// <summary>ELF: the PVH entry note has an impossible size.</summary>
    ElfPvhNoteSize,

    /// <summary>ELF: the PVH entry is outside every segment's bytes.</summary>
    ElfEntry,

    /// <summary>ELF: the relocation note contradicts itself.</summary>
    ElfRelocation,
}
