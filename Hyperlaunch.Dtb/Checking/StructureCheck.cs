using System;

namespace Hyperlaunch.Dtb;

/// <summary>
/// The tokens of the structure block and their order: Devicetree Specification v0.4, 5.4. A blob that passes can be
/// walked without any further check: every token, name and value lies within its block.
/// </summary>
internal static class StructureCheck
{
    /// <summary>Walks the structure block once. Returns whether the blob can be read.</summary>
    internal static bool Run(ReadOnlySpan<byte> blob, ref DtbLayout layout, ref Findings findings)
    {
        ReadOnlySpan<byte> structure = blob.Slice(layout.StructureOffset, layout.StructureSize);
        ReadOnlySpan<byte> strings = blob.Slice(layout.StringsOffset, layout.StringsSize);
        // Every name that starts before the last NUL ends at or before it.
        uint terminated = (uint)(strings.LastIndexOf((byte)0) + 1);
        uint limit = (uint)structure.Length;
        uint at = 0;
        int depth = 0;
        bool rooted = false;
        bool afterChild = false;

        // Sums of an offset within the block and a size within the block stay below 2^32: both are below 2^31.
        while (at + FlattenedFormat.TokenSize <= limit)
        {
            switch (FlattenedFormat.ReadU32(structure, (int)at))
            {
                case FlattenedFormat.Property:
                    {
                        DtbErrorKind error = CheckProperty(structure, at, depth, terminated, (uint)strings.Length, out uint next);
                        if (error != DtbErrorKind.None)
                        {
                            findings.Add(error, layout.StructureOffset + (int)at);
                            return false;
                        }

                        if (afterChild && findings.Add(DtbErrorKind.PropertyAfterChild, layout.StructureOffset + (int)at))
                        {
                            return false;
                        }

                        at = next;
                        break;
                    }

                case FlattenedFormat.BeginNode:
                    {
                        DtbErrorKind error = CheckNode(structure, at, depth, rooted, out uint next);
                        if (error != DtbErrorKind.None)
                        {
                            findings.Add(error, layout.StructureOffset + (int)at);
                            return false;
                        }

                        if (!rooted)
                        {
                            rooted = true;
                            layout.RootOffset = (int)at;
                        }

                        depth++;
                        afterChild = false;
                        at = next;
                        break;
                    }

                case FlattenedFormat.EndNode:
                    if (depth == 0)
                    {
                        findings.Add(DtbErrorKind.ExtraEndNode, layout.StructureOffset + (int)at);
                        return false;
                    }

                    depth--;
                    afterChild = true;
                    at += FlattenedFormat.TokenSize;
                    break;

                case FlattenedFormat.Nop:
                    at += FlattenedFormat.TokenSize;
                    break;

                case FlattenedFormat.End:
                    return CheckEnd(ref layout, at, depth, rooted, ref findings);

                default:
                    findings.Add(DtbErrorKind.UnknownTag, layout.StructureOffset + (int)at);
                    return false;
            }
        }

        findings.Add(DtbErrorKind.MissingEnd, layout.StructureOffset + (int)Math.Min(at, limit));
        return false;
    }

    private static DtbErrorKind CheckProperty(
        ReadOnlySpan<byte> structure, uint at, int depth, uint terminated, uint stringsSize, out uint next)
    {
        next = 0;
        uint limit = (uint)structure.Length;
        if (depth == 0)
        {
            return DtbErrorKind.PropertyOutsideRoot;
        }

        if (at + FlattenedFormat.PropertyHeaderSize > limit)
        {
            return DtbErrorKind.PropertyOutOfBounds;
        }

        uint length = FlattenedFormat.ReadU32(structure, (int)at + FlattenedFormat.PropertyLengthField);
        uint value = at + FlattenedFormat.PropertyHeaderSize;
        if (length > limit - value)
        {
            return DtbErrorKind.PropertyOutOfBounds;
        }

        uint name = FlattenedFormat.ReadU32(structure, (int)at + FlattenedFormat.PropertyNameField);
        if (name >= terminated)
        {
            return name < stringsSize ? DtbErrorKind.PropertyNameUnterminated : DtbErrorKind.PropertyNameOutOfBounds;
        }

        next = AlignToken(value + length);
        return DtbErrorKind.None;
    }

    private static DtbErrorKind CheckNode(ReadOnlySpan<byte> structure, uint at, int depth, bool rooted, out uint next)
    {
        next = 0;
        if (depth == 0 && rooted)
        {
            return DtbErrorKind.SecondRoot;
        }

        if (depth == DeviceTree.MaxDepth)
        {
            return DtbErrorKind.TooDeep;
        }

        int length = structure.Slice((int)at + FlattenedFormat.TokenSize).IndexOf((byte)0);
        if (length < 0)
        {
            return DtbErrorKind.NodeNameUnterminated;
        }

        if (depth == 0 && length != 0)
        {
            return DtbErrorKind.NamedRoot;
        }

        next = AlignToken(at + FlattenedFormat.TokenSize + (uint)length + 1);
        return DtbErrorKind.None;
    }

    private static bool CheckEnd(ref DtbLayout layout, uint at, int depth, bool rooted, ref Findings findings)
    {
        int offset = layout.StructureOffset + (int)at;
        if (depth != 0)
        {
            findings.Add(DtbErrorKind.MissingEndNode, offset);
            return false;
        }

        if (!rooted)
        {
            findings.Add(DtbErrorKind.NoRoot, offset);
            return false;
        }

        int size = (int)at + FlattenedFormat.TokenSize;
        if (layout.HasStructureSize && size != layout.StructureSize
            && findings.Add(DtbErrorKind.DataAfterEnd, layout.StructureOffset + size))
        {
            return false;
        }

        if (!layout.HasStructureSize)
        {
            layout.StructureSize = size;
        }

        return true;
    }

    private static uint AlignToken(uint offset)
        => (offset + (FlattenedFormat.TokenAlignment - 1)) & ~(uint)(FlattenedFormat.TokenAlignment - 1);
}
