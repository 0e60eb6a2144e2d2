using System;

namespace Hyperlaunch.Dtb;

/// <summary>
/// The header and the blocks' places: Devicetree Specification v0.4, 5.1 to 5.3 and 5.6. A check that did not have to
/// stop leaves a layout whose blocks lie within the blob.
/// </summary>
internal static class LayoutCheck
{
    /// <summary>The largest blob that offsets of 31 bits reach, with room to align one.</summary>
    internal const uint LargestTotalSize = int.MaxValue - FlattenedFormat.ReservationSize;

    /// <summary>Reads the header and finds the blocks. Returns whether the blob can be read so far.</summary>
    internal static bool Run(ReadOnlySpan<byte> buffer, ref Findings findings, out DtbLayout layout)
    {
        layout = default;
        if (buffer.Length < FlattenedFormat.HeaderSizeVersion16)
        {
            // A blob that is cut is told from something that never was one.
            DtbErrorKind kind = buffer.Length >= FlattenedFormat.TokenSize && !HasMagic(buffer)
                ? DtbErrorKind.BadMagic : DtbErrorKind.HeaderTruncated;
            findings.Add(kind, 0);
            return false;
        }

        if (!HasMagic(buffer))
        {
            findings.Add(DtbErrorKind.BadMagic, FlattenedFormat.MagicField);
            return false;
        }

        uint version = FlattenedFormat.ReadU32(buffer, FlattenedFormat.VersionField);
        uint lastCompatible = FlattenedFormat.ReadU32(buffer, FlattenedFormat.LastCompatibleVersionField);
        if (version < FlattenedFormat.OldestVersion)
        {
            findings.Add(DtbErrorKind.UnsupportedVersion, FlattenedFormat.VersionField);
            return false;
        }

        if (lastCompatible > FlattenedFormat.CurrentVersion || lastCompatible > version)
        {
            findings.Add(DtbErrorKind.UnsupportedVersion, FlattenedFormat.LastCompatibleVersionField);
            return false;
        }

        bool hasStructureSize = version >= FlattenedFormat.CurrentVersion;
        uint headerSize = hasStructureSize ? FlattenedFormat.HeaderSizeVersion17 : (uint)FlattenedFormat.HeaderSizeVersion16;
        if ((uint)buffer.Length < headerSize)
        {
            findings.Add(DtbErrorKind.HeaderTruncated, 0);
            return false;
        }

        uint total = FlattenedFormat.ReadU32(buffer, FlattenedFormat.TotalSizeField);
        if (total < headerSize)
        {
            findings.Add(DtbErrorKind.TotalSizeBelowHeader, FlattenedFormat.TotalSizeField);
            return false;
        }

        if (total > (uint)buffer.Length || total > LargestTotalSize)
        {
            findings.Add(DtbErrorKind.TotalSizeBeyondBuffer, FlattenedFormat.TotalSizeField);
            return false;
        }

        uint structure = FlattenedFormat.ReadU32(buffer, FlattenedFormat.StructureOffsetField);
        // Without a size of its own the structure block ends with its END token, which is yet to be found.
        uint structureSize = hasStructureSize ? FlattenedFormat.ReadU32(buffer, FlattenedFormat.StructureSizeField)
            : structure <= total ? total - structure : 0;
        if (structure < headerSize || !FlattenedFormat.Fits(structure, structureSize, total))
        {
            findings.Add(DtbErrorKind.StructureOutOfBounds, FlattenedFormat.StructureOffsetField);
            return false;
        }

        uint strings = FlattenedFormat.ReadU32(buffer, FlattenedFormat.StringsOffsetField);
        uint stringsSize = FlattenedFormat.ReadU32(buffer, FlattenedFormat.StringsSizeField);
        if (strings < headerSize || !FlattenedFormat.Fits(strings, stringsSize, total))
        {
            findings.Add(DtbErrorKind.StringsOutOfBounds, FlattenedFormat.StringsOffsetField);
            return false;
        }

        uint reservations = FlattenedFormat.ReadU32(buffer, FlattenedFormat.ReservationsOffsetField);
        if (reservations < headerSize
            || !TryCountReservations(buffer.Slice(0, (int)total), reservations, out int count, out bool isEndClear))
        {
            findings.Add(DtbErrorKind.ReservationsOutOfBounds, FlattenedFormat.ReservationsOffsetField);
            return false;
        }

        layout = new DtbLayout
        {
            TotalSize = (int)total,
            HeaderSize = (int)headerSize,
            Version = version,
            LastCompatibleVersion = lastCompatible,
            BootCpu = FlattenedFormat.ReadU32(buffer, FlattenedFormat.BootCpuField),
            ReservationsOffset = (int)reservations,
            ReservationCount = count,
            StructureOffset = (int)structure,
            StructureSize = (int)structureSize,
            HasStructureSize = hasStructureSize,
            StringsOffset = (int)strings,
            StringsSize = (int)stringsSize,
        };

        return !(!isEndClear && findings.Add(
                DtbErrorKind.AmbiguousReservationEnd, (int)reservations + (count * FlattenedFormat.ReservationSize)))
            && !((reservations & (FlattenedFormat.ReservationAlignment - 1)) != 0
                && findings.Add(DtbErrorKind.ReservationsMisaligned, FlattenedFormat.ReservationsOffsetField))
            && !((structure & (FlattenedFormat.TokenAlignment - 1)) != 0
                && findings.Add(DtbErrorKind.StructureMisaligned, FlattenedFormat.StructureOffsetField));
    }

    /// <summary>
    /// Whether no two of header, reservations, structure and strings share bytes, once the structure's size is known.
    /// </summary>
    internal static bool CheckOverlap(in DtbLayout layout, ref Findings findings)
    {
        int reservationsSize = (layout.ReservationCount + 1) * FlattenedFormat.ReservationSize;
        bool overlap =
            Overlap(layout.StructureOffset, layout.StructureSize, layout.StringsOffset, layout.StringsSize)
            || Overlap(layout.StructureOffset, layout.StructureSize, layout.ReservationsOffset, reservationsSize)
            || Overlap(layout.StringsOffset, layout.StringsSize, layout.ReservationsOffset, reservationsSize);
        return !(overlap && findings.Add(DtbErrorKind.OverlappingBlocks, FlattenedFormat.StructureOffsetField));
    }

    private static bool HasMagic(ReadOnlySpan<byte> buffer) =>
        FlattenedFormat.ReadU32(buffer, FlattenedFormat.MagicField) == FlattenedFormat.Magic;

    private static bool Overlap(int start, int size, int otherStart, int otherSize) =>
        size > 0 && otherSize > 0 && start < otherStart + otherSize && otherStart < start + size;

    /// <summary>Counts the entries before the one that ends the block: by the specification its address is 0 as well (5.3.2),
    /// yet libfdt, dtc and Linux look at the size alone.</summary>
    private static bool TryCountReservations(ReadOnlySpan<byte> blob, uint offset, out int count, out bool isEndClear)
    {
        count = 0;
        for (ulong at = offset; FlattenedFormat.Fits(at, FlattenedFormat.ReservationSize, (uint)blob.Length);
            at += FlattenedFormat.ReservationSize)
        {
            if (FlattenedFormat.ReadU64(blob, (int)at + sizeof(ulong)) == 0)
            {
                isEndClear = FlattenedFormat.ReadU64(blob, (int)at) == 0;
                return true;
            }

            count++;
        }

        isEndClear = false;
        return false;
    }
}
