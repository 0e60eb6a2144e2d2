using System;
using System.Buffers.Binary;

namespace Hyperlaunch.Modules.Images;

/// <summary>
/// A kernel that a domain can be started with. Holding one that was parsed proves what <see cref="BzImage"/> or
/// <see cref="ElfImage"/> prove. It refers to the bytes and copies nothing.
/// </summary>
public readonly ref struct KernelImage
{
    private const uint DeviceTreeMagic = 0xEDFE_0DD0;
    private const ushort PeMagic = 0x5A4D;
    private const int TextSample = 64;

    private readonly BzImage _bzImage;
    private readonly ElfImage _elf;

    private KernelImage(BzImage bzImage)
    {
        Kind = KernelImageKind.BzImage;
        _bzImage = bzImage;
        _elf = default;
    }

    private KernelImage(ElfImage elf)
    {
        Kind = KernelImageKind.PvhElf;
        _bzImage = default;
        _elf = elf;
    }

    /// <summary>What kind it is.</summary>
    public KernelImageKind Kind { get; }

    /// <summary>The bzImage, when it is one.</summary>
    public BzImage BzImage => _bzImage;

    /// <summary>The ELF file, when it is one.</summary>
    public ElfImage Elf => _elf;

    /// <summary>Bytes that the image needs beyond its own size, to unpack itself or for its zeroed memory.</summary>
    public ulong Headroom => Kind switch
    {
        KernelImageKind.BzImage => _bzImage.Headroom,
        KernelImageKind.PvhElf => _elf.Headroom,
        _ => 0,
    };

    /// <summary>Finds out what the bytes are, and checks them.</summary>
    /// <param name="bytes">The whole image.</param>
    /// <param name="image">The kernel.</param>
    /// <param name="problem">When it is none that can be started, why, and what it seems to be instead.</param>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out KernelImage image, out ImageProblem problem)
    {
        image = default;
        if (Images.BzImage.IsOne(bytes))
        {
            bool isParsed = Images.BzImage.TryParse(bytes, out BzImage bzImage, out problem);
            image = isParsed ? new KernelImage(bzImage) : default;
            return isParsed;
        }

        if (ElfImage.IsOne(bytes))
        {
            bool isParsed = ElfImage.TryParse(bytes, out ElfImage elf, out problem);
            image = isParsed ? new KernelImage(elf) : default;
            return isParsed;
        }

        problem = Recognise(bytes);
        return false;
    }

    /// <summary>Says what else the bytes may be, by their first ones.</summary>
    private static ImageProblem Recognise(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return new ImageProblem(ImageProblemKind.Empty);
        }

        Span<byte> start = stackalloc byte[sizeof(uint)];
        start.Clear();
        bytes.Slice(0, Math.Min(bytes.Length, start.Length)).CopyTo(start);
        uint first = BinaryPrimitives.ReadUInt32LittleEndian(start);
        ImageProblemKind kind =
            IsGzip(bytes) ? ImageProblemKind.Gzip
            : bytes.StartsWith(XzMagic) ? ImageProblemKind.Xz
            : bytes.StartsWith(ZstdMagic) ? ImageProblemKind.Zstd
            : bytes.StartsWith("BZh"u8) ? ImageProblemKind.Bzip2
            : bytes.StartsWith(Lz4FrameMagic) || bytes.StartsWith(Lz4LegacyMagic) ? ImageProblemKind.Lz4
            : bytes.StartsWith("070701"u8) || bytes.StartsWith("070702"u8) || bytes.StartsWith("070707"u8)
                ? ImageProblemKind.Ramdisk
            : first == DeviceTreeMagic ? ImageProblemKind.DeviceTree
            : (ushort)first == PeMagic ? ImageProblemKind.EfiOnly
            : IsText(bytes) ? ImageProblemKind.Text
            : ImageProblemKind.Unrecognised;
        return new ImageProblem(kind, 0, first);
    }

    /// <summary>RFC 1952, section 2.3.1: two identification bytes and the deflate method.</summary>
    private static bool IsGzip(ReadOnlySpan<byte> bytes)
        => bytes.Length >= 3 && bytes[0] == 0x1F && bytes[1] == 0x8B && bytes[2] == 8;

    /// <summary>The .xz File Format 1.1.0, section 2.1.1.1.</summary>
    private static ReadOnlySpan<byte> XzMagic => new byte[] { 0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00 };

    /// <summary>RFC 8878, section 3.1.1.</summary>
    private static ReadOnlySpan<byte> ZstdMagic => new byte[] { 0x28, 0xB5, 0x2F, 0xFD };

    /// <summary>LZ4 Frame Format 1.6, "Magic Number".</summary>
    private static ReadOnlySpan<byte> Lz4FrameMagic => new byte[] { 0x04, 0x22, 0x4D, 0x18 };

    /// <summary>LZ4 Frame Format 1.6, "Legacy frame".</summary>
    private static ReadOnlySpan<byte> Lz4LegacyMagic => new byte[] { 0x02, 0x21, 0x4C, 0x18 };

    /// <summary>Whether the first bytes are all printable characters or white space.</summary>
    private static bool IsText(ReadOnlySpan<byte> bytes)
    {
        int length = Math.Min(bytes.Length, TextSample);
        for (int i = 0; i < length; i++)
        {
            byte character = bytes[i];
            bool isSpace = character is (byte)'\t' or (byte)'\n' or (byte)'\r';
            if (!isSpace && (character < (byte)' ' || character > (byte)'~'))
            {
                return false;
            }
        }

        return true;
    }
}
