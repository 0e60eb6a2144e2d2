using System;
using System.Buffers.Binary;

namespace Hyperlaunch.Dtb;

/// <summary>
/// The numbers of the flattened format: Devicetree Specification v0.4, chapter 5. All fields are big-endian.
/// </summary>
internal static class FlattenedFormat
{
    /// <summary>First word of every blob (5.2, <c>magic</c>).</summary>
    internal const uint Magic = 0xD00DFEED;

    // Byte offsets of the header's fields (5.2).
    internal const int MagicField = 0;
    internal const int TotalSizeField = 4;
    internal const int StructureOffsetField = 8;
    internal const int StringsOffsetField = 12;
    internal const int ReservationsOffsetField = 16;
    internal const int VersionField = 20;
    internal const int LastCompatibleVersionField = 24;
    internal const int BootCpuField = 28;
    internal const int StringsSizeField = 32;
    internal const int StructureSizeField = 36;

    /// <summary>Size of a version 16 header: it ends before <c>size_dt_struct</c>, which version 17 added.</summary>
    internal const int HeaderSizeVersion16 = 36;

    /// <summary>Size of a header from version 17 on (5.2).</summary>
    internal const int HeaderSizeVersion17 = 40;

    /// <summary>The oldest version in the present structure block format (5.1).</summary>
    internal const uint OldestVersion = 16;

    /// <summary>The version that the specification describes and that this library writes (5.1).</summary>
    internal const uint CurrentVersion = 17;

    /// <summary>One memory reservation: two 64-bit numbers (5.3.2).</summary>
    internal const int ReservationSize = 16;

    /// <summary>Alignment of the memory reservation block (5.6).</summary>
    internal const int ReservationAlignment = 8;

    /// <summary>Alignment of the structure block and of every token in it (5.4, 5.6).</summary>
    internal const int TokenAlignment = 4;

    // Tokens (5.4.1).
    internal const uint BeginNode = 1;
    internal const uint EndNode = 2;
    internal const uint Property = 3;
    internal const uint Nop = 4;
    internal const uint End = 9;

    /// <summary>Size of a token (5.4.1).</summary>
    internal const int TokenSize = 4;

    /// <summary>Offset of the value's length from the start of a property (5.4.1, <c>FDT_PROP</c>).</summary>
    internal const int PropertyLengthField = 4;

    /// <summary>Offset of the name's offset from the start of a property (5.4.1, <c>FDT_PROP</c>).</summary>
    internal const int PropertyNameField = 8;

    /// <summary>What precedes a property's value: token, length, name offset (5.4.1).</summary>
    internal const int PropertyHeaderSize = 12;

    /// <summary>Size of one cell: a big-endian 32-bit number (2.2.4).</summary>
    internal const int CellSize = 4;

    /// <summary>Whether <paramref name="length"/> bytes from <paramref name="offset"/> lie below <paramref name="limit"/>,
    /// without wrapping. Every size and offset that a blob states goes through here.</summary>
    internal static bool Fits(ulong offset, ulong length, ulong limit) => offset <= limit && length <= limit - offset;

    /// <summary>The next multiple of four.</summary>
    internal static int AlignToken(int offset) => (offset + (TokenAlignment - 1)) & ~(TokenAlignment - 1);

    /// <summary>The big-endian 32-bit number at <paramref name="offset"/>.</summary>
    internal static uint ReadU32(ReadOnlySpan<byte> bytes, int offset)
        => BinaryPrimitives.ReadUInt32BigEndian(bytes.Slice(offset));

    /// <summary>The big-endian 64-bit number at <paramref name="offset"/>.</summary>
    internal static ulong ReadU64(ReadOnlySpan<byte> bytes, int offset)
        => BinaryPrimitives.ReadUInt64BigEndian(bytes.Slice(offset));
}
