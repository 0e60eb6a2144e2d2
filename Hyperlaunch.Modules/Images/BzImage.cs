using System;
using System.Buffers.Binary;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Modules.Images;

/// <summary>
/// A Linux kernel that unpacks itself, and what its setup header asks for (Linux Documentation/arch/x86/boot.rst; the names in
/// brackets are the fields'). Holding one that was parsed proves that its header and its code lie inside its bytes, and that its
/// figures do not contradict each other.
/// </summary>
public readonly ref struct BzImage
{
    /// <summary>Offset of the setup header, in the file and in the zero page (<c>setup_sects</c>).</summary>
    public const int HeaderOffset = 0x1F1;

    /// <summary>Where the 64-bit entry is, in bytes from the start of the code (boot.rst, "64-bit Boot Protocol").</summary>
    public const ulong LongModeEntryOffset = 0x200;

    /// <summary>The oldest boot protocol that is accepted: 2.06, which has <c>cmdline_size</c>.</summary>
    public const ushort MinimumVersion = 0x0206;

    private const int SystemSizeOffset = 0x1F4;
    private const int BootFlagOffset = 0x1FE;
    private const ushort BootFlag = 0xAA55;
    private const int JumpDistanceOffset = 0x201;
    private const int MagicOffset = 0x202;
    private const uint Magic = 0x5372_6448;
    private const int VersionOffset = 0x206;
    private const int LoadFlagsOffset = 0x211;
    private const byte LoadedHigh = 1 << 0;
    private const int RamdiskMaximumOffset = 0x22C;
    private const int AlignmentOffset = 0x230;
    private const int RelocatableOffset = 0x234;
    private const int ExtendedLoadFlagsOffset = 0x236;
    private const ushort HasLongModeEntry = 1 << 0;
    private const ushort LoadableAbove4GiB = 1 << 1;
    private const int CommandLineSizeOffset = 0x238;
    private const int PayloadOffsetOffset = 0x248;
    private const int PayloadLengthOffset = 0x24C;
    private const int PreferredAddressOffset = 0x258;
    private const int InitialSizeOffset = 0x260;

    private const ushort VersionWithPayload = 0x0208;
    private const ushort VersionWithInitialSize = 0x020A;
    private const ushort VersionWithExtendedFlags = 0x020C;

    private const int EndOfMagic = 0x206;
    private const int EndOfHeader206 = 0x23C;
    private const int EndOfHeader208 = 0x250;
    private const int EndOfHeader210 = 0x264;

    /// <summary>The zero page has room for the header up to its next field (zero-page.rst, <c>edd_mbr_sig_buffer</c>).</summary>
    private const int EndOfHeaderRoom = 0x290;

    private const uint SectorSize = 512;
    private const uint ParagraphSize = 16;
    private const byte DefaultSetupSectors = 4;
    private const ulong DefaultAddress = 0x10_0000;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _codeOffset;
    private readonly int _codeSize;

    private BzImage(ReadOnlySpan<byte> bytes, int codeOffset, int codeSize)
    {
        _bytes = bytes;
        _codeOffset = codeOffset;
        _codeSize = codeSize;
    }

    /// <summary>The boot protocol, major version in the upper byte (<c>version</c>).</summary>
    public ushort Version => Read16(_bytes, VersionOffset);

    /// <summary>
    /// The setup header, to be copied into the zero page at <see cref="HeaderOffset"/>. The jump at its start leads to its end.
    /// </summary>
    public ReadOnlySpan<byte> Header
    {
        get
        {
            int end = Math.Max(MagicOffset + _bytes[JumpDistanceOffset], HeaderEnd(Version));
            return _bytes.Slice(HeaderOffset, Math.Min(end, Math.Min(EndOfHeaderRoom, _codeOffset)) - HeaderOffset);
        }
    }

    /// <summary>The code, which is loaded as it is and entered at its start, or at <see cref="LongModeEntryOffset"/>.</summary>
    public ReadOnlySpan<byte> Code => _bytes.Slice(_codeOffset, _codeSize);

    /// <summary>Where the kernel would like to be (<c>pref_address</c>; 1 MiB before protocol 2.10).</summary>
    public ulong PreferredAddress => Version >= VersionWithInitialSize
        ? BinaryPrimitives.ReadUInt64LittleEndian(_bytes.Slice(PreferredAddressOffset))
        : DefaultAddress;

    /// <summary>
    /// Bytes of memory that it needs from its load address on, to unpack itself (<c>init_size</c>). Before protocol 2.10 a kernel
    /// does not say, and only its code is known to be needed.
    /// </summary>
    public ulong InitialSize => Version >= VersionWithInitialSize ? Read32(_bytes, InitialSizeOffset) : (ulong)_codeSize;

    /// <summary>What another load address must be a multiple of, a power of two (<c>kernel_alignment</c>).</summary>
    public ulong Alignment => Read32(_bytes, AlignmentOffset);

    /// <summary>Whether it runs from other addresses than the preferred one (<c>relocatable_kernel</c>).</summary>
    public bool IsRelocatable => _bytes[RelocatableOffset] != 0;

    /// <summary>Whether it has the 64-bit entry (<c>XLF_KERNEL_64</c>).</summary>
    public bool HasLongMode => HasFlag(HasLongModeEntry) && (ulong)_codeSize > LongModeEntryOffset;

    /// <summary>Whether its ramdisk may lie above 4 GiB (<c>XLF_CAN_BE_LOADED_ABOVE_4G</c>).</summary>
    public bool IsRamdiskAllowedAbove4GiB => HasFlag(LoadableAbove4GiB);

    /// <summary>The longest command line, in bytes without its end mark (<c>cmdline_size</c>).</summary>
    public uint CommandLineSize => Read32(_bytes, CommandLineSizeOffset);

    /// <summary>The highest address that a byte of the ramdisk may have (<c>initrd_addr_max</c>).</summary>
    public uint RamdiskMaximum => Read32(_bytes, RamdiskMaximumOffset);

    /// <summary>Bytes that it needs beyond its own size, to unpack itself in place.</summary>
    public ulong Headroom => SafeSize.Subtract(InitialSize, (ulong)_bytes.Length);

    /// <summary>Whether the bytes have the header's magic numbers, whatever else is wrong with them.</summary>
    public static bool IsOne(ReadOnlySpan<byte> bytes)
        => bytes.Length >= EndOfMagic && Read32(bytes, MagicOffset) == Magic && Read16(bytes, BootFlagOffset) == BootFlag;

    /// <summary>Checks a file.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="image">What it asks for.</param>
    /// <param name="problem">When it is no such kernel, why.</param>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out BzImage image, out ImageProblem problem)
    {
        image = default;
        problem = FindSetupProblem(bytes);
        if (problem.Kind != ImageProblemKind.None)
        {
            return false;
        }

        // The size is in paragraphs, so the file may end within the last one.
        uint codeOffset = CodeOffset(bytes);
        ulong announced = (ulong)Read32(bytes, SystemSizeOffset) * ParagraphSize;
        ulong present = (ulong)bytes.Length - codeOffset;
        if (announced == 0 || announced >= present + ParagraphSize)
        {
            problem = new ImageProblem(ImageProblemKind.CodeTruncated, codeOffset, present, announced);
            return false;
        }

        var candidate = new BzImage(bytes, (int)codeOffset, (int)Math.Min(announced, present));
        problem = candidate.FindContradiction();
        if (problem.Kind != ImageProblemKind.None)
        {
            return false;
        }

        image = candidate;
        return true;
    }

    private static ImageProblem FindSetupProblem(ReadOnlySpan<byte> bytes)
    {
        if (!IsOne(bytes))
        {
            return new ImageProblem(ImageProblemKind.Unrecognised, 0, bytes.Length >= 4 ? Read32(bytes, 0) : 0);
        }

        if (bytes.Length < EndOfHeader206)
        {
            return new ImageProblem(ImageProblemKind.SetupTruncated, 0, (ulong)bytes.Length, EndOfHeader206);
        }

        ushort version = Read16(bytes, VersionOffset);
        if (version < MinimumVersion)
        {
            return new ImageProblem(ImageProblemKind.ProtocolVersion, VersionOffset, version, MinimumVersion);
        }

        // The setup part has two sectors at least, and so holds all of the header.
        uint setupSize = CodeOffset(bytes);
        if ((uint)bytes.Length < setupSize)
        {
            return new ImageProblem(ImageProblemKind.SetupTruncated, 0, (ulong)bytes.Length, setupSize);
        }

        return (bytes[LoadFlagsOffset] & LoadedHigh) == 0
            ? new ImageProblem(ImageProblemKind.NotLoadedHigh, LoadFlagsOffset)
            : default;
    }

    private static uint CodeOffset(ReadOnlySpan<byte> bytes)
    {
        byte sectors = bytes[HeaderOffset];
        return ((sectors == 0 ? DefaultSetupSectors : (uint)sectors) + 1) * SectorSize;
    }

    /// <summary>The end of the fields that are read here.</summary>
    private static int HeaderEnd(ushort version)
        => version >= VersionWithInitialSize ? EndOfHeader210 : version >= VersionWithPayload ? EndOfHeader208 : EndOfHeader206;

    private static uint Read32(ReadOnlySpan<byte> bytes, int offset)
        => BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(offset));

    private static ushort Read16(ReadOnlySpan<byte> bytes, int offset)
        => BinaryPrimitives.ReadUInt16LittleEndian(bytes.Slice(offset));

    private bool HasFlag(ushort flag)
        => Version >= VersionWithExtendedFlags && (Read16(_bytes, ExtendedLoadFlagsOffset) & flag) != 0;

    private ImageProblem FindContradiction()
    {
        if (Version >= VersionWithPayload)
        {
            ulong payloadEnd = (ulong)Read32(_bytes, PayloadOffsetOffset) + Read32(_bytes, PayloadLengthOffset);
            if (payloadEnd > (ulong)_codeSize)
            {
                return new ImageProblem(ImageProblemKind.PayloadBounds, PayloadOffsetOffset, payloadEnd, (ulong)_codeSize);
            }
        }

        if (IsRelocatable && (!SafeSize.IsPowerOfTwo(Alignment) || Alignment < PageSizes.Page))
        {
            return new ImageProblem(ImageProblemKind.Alignment, AlignmentOffset, Alignment, PageSizes.Page);
        }

        return InitialSize < (ulong)_codeSize || !SafeSize.Fits(PreferredAddress, InitialSize, PageSizes.FourGigabytes)
            ? new ImageProblem(ImageProblemKind.LoadRange, InitialSizeOffset, InitialSize, (ulong)_codeSize)
            : default;
    }
}
