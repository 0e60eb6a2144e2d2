namespace Hyperlaunch.Modules.Images;

/// <summary>Why bytes are no kernel that can be started: what, where, the number found and the number expected.</summary>
public readonly struct ImageProblem
{
    private const string Wanted = "a bzImage or an ELF file with a PVH entry note is expected";

    /// <summary>Makes a problem.</summary>
    /// <param name="kind">What is wrong.</param>
    /// <param name="offset">Bytes from the start of the image.</param>
    /// <param name="found">The number found; what it counts depends on <paramref name="kind"/>.</param>
    /// <param name="expected">The number that it had to keep to.</param>
    public ImageProblem(ImageProblemKind kind, ulong offset = 0, ulong found = 0, ulong expected = 0)
    {
        Kind = kind;
        Offset = offset;
        Found = found;
        Expected = expected;
    }

    /// <summary>What is wrong; <see cref="ImageProblemKind.None"/> when nothing is.</summary>
    public ImageProblemKind Kind { get; }

    /// <summary>Bytes from the start of the image.</summary>
    public ulong Offset { get; }

    /// <summary>The number found.</summary>
    public ulong Found { get; }

    /// <summary>The number that it had to keep to.</summary>
    public ulong Expected { get; }

    /// <summary>Says it in one sentence. Allocates the string.</summary>
    public string Describe() => Kind switch
    {
        ImageProblemKind.None => "The image is a kernel.",
        ImageProblemKind.Empty => $"The image is empty; {Wanted}.",
        ImageProblemKind.Unrecognised
            => $"The image begins with 0x{Found:x8}, which is no kind of kernel that is known; {Wanted}.",
        ImageProblemKind.Text => $"The image is a text file; {Wanted}.",
        ImageProblemKind.Gzip => Packed("a gzip"),
        ImageProblemKind.Xz => Packed("an xz"),
        ImageProblemKind.Zstd => Packed("a zstd"),
        ImageProblemKind.Bzip2 => Packed("a bzip2"),
        ImageProblemKind.Lz4 => Packed("an LZ4"),
        ImageProblemKind.Ramdisk
            => $"The image is a cpio archive, which is a ramdisk; {Wanted}; compare the order of the modules.",
        ImageProblemKind.DeviceTree => $"The image is a device tree; {Wanted}; compare the order of the modules.",
        ImageProblemKind.EfiOnly
            => $"The image is a PE file that only EFI firmware can start, without a Linux boot header; {Wanted}.",
        ImageProblemKind.SetupTruncated => $"The bzImage has {Found} bytes; its setup part alone needs {Expected}.",
        ImageProblemKind.ProtocolVersion =>
            $"The bzImage speaks boot protocol 0x{Found:x4} (offset 0x{Offset:x}); 0x{Expected:x4} or later is expected.",
        ImageProblemKind.NotLoadedHigh => "The image is a zImage, which loads below 640 KiB; a bzImage is expected.",
        ImageProblemKind.CodeTruncated =>
            $"The bzImage announces {Expected} bytes of code from offset 0x{Offset:x} on; {Found} are there.",
        ImageProblemKind.PayloadBounds =>
            $"The bzImage's compressed kernel ends at byte {Found} of its code, which has {Expected}.",
        ImageProblemKind.Alignment =>
            $"The bzImage's kernel_alignment is 0x{Found:x} (offset 0x{Offset:x}); a power of two from 0x{Expected:x} on is "
                + "expected.",
        ImageProblemKind.LoadRange =>
            $"The bzImage's init_size of {Found} bytes (offset 0x{Offset:x}) does not hold its {Expected} bytes of code, or "
                + "leaves the first 4 GiB.",
        ImageProblemKind.ElfClass =>
            $"The ELF file has class and byte order 0x{Found:x4}; a little-endian file of 32 or 64 bits is expected.",
        ImageProblemKind.ElfMachine => $"The ELF file is for machine {Found}; x86 (3 or 62) is expected.",
        ImageProblemKind.ElfType => $"The ELF file has type {Found}; an executable (2 or 3) is expected.",
        ImageProblemKind.ElfHeaders =>
            $"The ELF file's headers at offset 0x{Offset:x} need {Expected} bytes; {Found} are there.",
        ImageProblemKind.ElfTooManyHeaders => $"The ELF file has {Found} program headers; at most {Expected} are accepted.",
        ImageProblemKind.ElfSegmentBounds =>
            $"The ELF segment described at offset 0x{Offset:x} ends at byte {Found} of a file of {Expected}.",
        ImageProblemKind.ElfSegmentSize =>
            $"The ELF segment described at offset 0x{Offset:x} has {Found} bytes in the file and only {Expected} in memory.",
        ImageProblemKind.ElfSegmentAddress =>
            $"The ELF segment described at offset 0x{Offset:x} loads at 0x{Found:x} with {Expected} bytes, which leaves the "
                + "first 4 GiB.",
        ImageProblemKind.ElfSegmentOverlap =>
            $"The ELF segment described at offset 0x{Offset:x} loads at 0x{Found:x}, over the segment at 0x{Expected:x}.",
        ImageProblemKind.ElfNoSegment => "The ELF file has no segment to load.",
        ImageProblemKind.ElfNoPvhNote =>
            "The ELF file has no PVH entry note (owner Xen, type 18); build the kernel with CONFIG_PVH, or give its bzImage.",
        ImageProblemKind.ElfPvhNoteSize =>
            $"The ELF file's PVH entry note at offset 0x{Offset:x} has {Found} bytes; 4 or 8 are expected.",
        ImageProblemKind.ElfEntry => $"The ELF file's PVH entry at 0x{Found:x} is outside every segment's bytes.",
        ImageProblemKind.ElfRelocation =>
            $"The ELF file's relocation note at offset 0x{Offset:x} is wrong: alignment 0x{Found:x}, up to 0x{Expected:x}.",
        _ => "The image has an unknown problem.",
    };

    private static string Packed(string format)
        => $"The image is {format} stream; unpack it, or give the bzImage, which unpacks itself.";
}
