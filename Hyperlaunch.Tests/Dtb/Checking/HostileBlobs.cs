using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using Hyperlaunch.Dtb;

namespace Hyperlaunch.Tests.Dtb.Checking;

/// <summary>Blobs that break one rule each and keep all others, by the rule.</summary>
internal static class HostileBlobs
{
    private const int TotalSize = 4;
    private const int StructureOffset = 8;
    private const int StringsOffset = 12;
    private const int ReservationsOffset = 16;
    private const int Version = 20;
    private const int LastCompatibleVersion = 24;
    private const int StringsSize = 32;
    private const int StructureSize = 36;

    public static IEnumerable<(string Name, DtbErrorKind Rule, byte[] Blob)> All()
    {
        yield return ("nothing", DtbErrorKind.HeaderTruncated, []);
        yield return ("the magic alone", DtbErrorKind.HeaderTruncated, Small().Build()[..4]);
        yield return ("a header of version 17 without its last field", DtbErrorKind.HeaderTruncated, Small().Build()[..36]);
        yield return ("a text", DtbErrorKind.BadMagic, Encoding.ASCII.GetBytes("#!/bin/sh\necho this is not a device tree\n"));
        yield return ("a short text", DtbErrorKind.BadMagic, Encoding.ASCII.GetBytes("#!/bin/sh"));
        yield return ("the magic in the other byte order", DtbErrorKind.BadMagic, Patched(0, 0xEDFE0DD0));
        yield return ("version 15", DtbErrorKind.UnsupportedVersion, Patched(Version, 15));
        yield return ("a version whose readers must know 18", DtbErrorKind.UnsupportedVersion, Small(18, 18).Build());
        yield return ("compatible with later versions only", DtbErrorKind.UnsupportedVersion, Small(16, 17).Build());

        int length = Small().Build().Length;
        yield return ("one byte short", DtbErrorKind.TotalSizeBeyondBuffer, Small().Build()[..^1]);
        yield return ("a total size of one byte more", DtbErrorKind.TotalSizeBeyondBuffer, Patched(TotalSize, (uint)length + 1));
        yield return ("a total size beyond all memory", DtbErrorKind.TotalSizeBeyondBuffer, Patched(TotalSize, uint.MaxValue));
        yield return ("a total size of 0", DtbErrorKind.TotalSizeBelowHeader, Patched(TotalSize, 0));
        yield return ("a total size of one byte less than the header", DtbErrorKind.TotalSizeBelowHeader, Patched(TotalSize, 39));

        foreach (uint offset in new uint[] { 0, 39, (uint)length, (uint)length - 15, 0x7FFFFFF8, 0xFFFFFFF8 })
        {
            yield return ($"reservations at {offset:x}", DtbErrorKind.ReservationsOutOfBounds, Patched(
                ReservationsOffset, offset));
        }

        yield return ("reservations that run into nothing", DtbErrorKind.ReservationsOutOfBounds, UnendedReservations());
        foreach (uint offset in new uint[] { 0, 36, (uint)length + 4, 0x7FFFFFFC, 0xFFFFFFFC })
        {
            yield return ($"a structure at {offset:x}", DtbErrorKind.StructureOutOfBounds, Patched(StructureOffset, offset));
            yield return ($"strings at {offset:x}", DtbErrorKind.StringsOutOfBounds, Patched(StringsOffset, offset));
        }

        yield return ("a structure of version 16 past the end", DtbErrorKind.StructureOutOfBounds,
            BlobBuilder.Patch(Small(16).Build(), StructureOffset, 0xFFFFFFFC));
        yield return ("a structure size of one byte too many", DtbErrorKind.StructureOutOfBounds, PatchedBy(
            StructureSize, length));
        yield return ("a structure size that wraps", DtbErrorKind.StructureOutOfBounds, Patched(StructureSize, uint.MaxValue));
        yield return ("a strings size of one byte too many", DtbErrorKind.StringsOutOfBounds, PatchedBy(StringsSize, 1));
        yield return ("a strings size that wraps", DtbErrorKind.StringsOutOfBounds, Patched(StringsSize, uint.MaxValue));

        yield return ("no END", DtbErrorKind.MissingEnd, Small().Build(end: false));
        yield return ("half an END", DtbErrorKind.MissingEnd, Small().Raw(0, 0).Build(end: false));
        yield return ("an empty structure", DtbErrorKind.MissingEnd, new BlobBuilder().Build(end: false));
        yield return ("a structure of one node without END", DtbErrorKind.MissingEnd, new BlobBuilder().Begin(
            "").Build(end: false));
        foreach (uint tag in new uint[] { 0, 5, 8, 10, 0x01000000, uint.MaxValue })
        {
            yield return ($"the tag {tag:x}", DtbErrorKind.UnknownTag, Root().Word(tag).End().Build());
        }

        yield return ("an END alone", DtbErrorKind.NoRoot, new BlobBuilder().Build());
        yield return ("NOPs alone", DtbErrorKind.NoRoot, new BlobBuilder().Word(4).Word(4).Build());
        yield return ("two roots", DtbErrorKind.SecondRoot, Root().End().Begin("").End().Build());
        yield return ("a root with a name", DtbErrorKind.NamedRoot, new BlobBuilder().Begin("root").End().Build());
        yield return ("a property before the root", DtbErrorKind.PropertyOutsideRoot,
            new BlobBuilder().Property("a").Begin("").End().Build());
        yield return ("a property after the root", DtbErrorKind.PropertyOutsideRoot, Root().End().Property("a").Build());
        yield return ("an END_NODE first", DtbErrorKind.ExtraEndNode, new BlobBuilder().End().Build());
        yield return ("an END_NODE too many", DtbErrorKind.ExtraEndNode, Root().End().End().Build());
        yield return ("an END_NODE too few", DtbErrorKind.MissingEndNode, Root().Begin("a").End().Build());
        yield return ("a name without an end", DtbErrorKind.NodeNameUnterminated,
            Root().Word(1).Raw((byte)'a', (byte)'b', (byte)'c', (byte)'d').Build(end: false));
        yield return ("a BEGIN_NODE at the end", DtbErrorKind.NodeNameUnterminated, Root().Word(1).Build(end: false));

        yield return ("a property without a name offset", DtbErrorKind.PropertyOutOfBounds, Root().Word(
            3).Word(0).Build(end: false));
        yield return ("a property without a length", DtbErrorKind.PropertyOutOfBounds, Root().Word(3).Build(end: false));
        foreach (uint size in new uint[] { 9, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFD, 0xFFFFFFFF })
        {
            yield return ($"a property of {size:x} bytes", DtbErrorKind.PropertyOutOfBounds,
                Root("a").Word(3).Word(size).Word(0).End().Build());
        }

        // libfdt 1.6 follows this one in circles: header and value together are no bytes long.
        yield return ("a property that ends where it begins", DtbErrorKind.PropertyOutOfBounds,
            Root("a").Word(3).Word(0xFFFFFFF4).Word(0).End().Build());
        yield return ("a name at the end of the strings", DtbErrorKind.PropertyNameOutOfBounds, Root(
            "a").Property(2).End().Build());
        yield return ("a name beyond all strings", DtbErrorKind.PropertyNameOutOfBounds, Root(
            "a").Property(uint.MaxValue).End().Build());
        yield return ("a name without strings", DtbErrorKind.PropertyNameOutOfBounds, Root().Property(0u).End().Build());
        yield return ("a property name without an end", DtbErrorKind.PropertyNameUnterminated,
            Root("a").RawStrings((byte)'b').Property(2).End().Build());
        yield return ("65 nodes deep", DtbErrorKind.TooDeep, Nested(65));

        yield return ("reservations at 4 modulo 8", DtbErrorKind.ReservationsMisaligned, MisalignedReservations());
        yield return ("reservations that end at an address", DtbErrorKind.AmbiguousReservationEnd,
            new BlobBuilder().Reserve(1, 1).Reserve(1, 0).Begin("").End().Build());
        yield return ("a structure at 2 modulo 4", DtbErrorKind.StructureMisaligned, MisalignedStructure());
        yield return ("strings in the structure", DtbErrorKind.OverlappingBlocks, StringsInStructure());
        yield return ("reservations in the structure", DtbErrorKind.OverlappingBlocks, ReservationsInStructure());
        yield return ("reservations in the strings", DtbErrorKind.OverlappingBlocks, ReservationsInStrings());
        yield return ("an END after END", DtbErrorKind.DataAfterEnd, Root().End().Word(9).Build());
        yield return ("a byte after END", DtbErrorKind.DataAfterEnd, Root().End().Word(9).Raw(0).Build(end: false));
        yield return ("a property after a child", DtbErrorKind.PropertyAfterChild, Root().Begin(
            "a").End().Property("b").End().Build());
        yield return ("a property between children", DtbErrorKind.PropertyAfterChild,
            Root().Begin("a").End().Property("b").Begin("c").End().End().Build());

        yield return ("a property without a name", DtbErrorKind.EmptyPropertyName, Root().Property("").End().Build());
        foreach (string name in new[] { " ", "a b", "a/b", "a@b", "a:b", "a=", "\u007F", "\u0080", "\u00FF", "a\n", "*" })
        {
            yield return ($"a property {Show(name)}", DtbErrorKind.IllegalPropertyName, Root().Property(name).End().Build());
        }

        foreach (string name in new[] { " ", "a b", "a/b", "a@b@c", "@", "@0", "a#", "a?", "a:b", "\u007F", "\u0080", "\u00FF",
            "a\n" })
        {
            yield return ($"a node {Show(name)}", DtbErrorKind.IllegalNodeName, Root().Begin(name).End().End().Build());
        }

        yield return ("a property name of 256 bytes", DtbErrorKind.PropertyNameTooLong, Root().Property(
            new string('a', 256)).End().Build());
        yield return ("a node without a name", DtbErrorKind.EmptyNodeName, Root().Begin("").End().End().Build());
        yield return ("two properties of one name", DtbErrorKind.DuplicateProperty, Root().Property(
            "a").Property("a").End().Build());
        yield return ("two properties of one name, apart", DtbErrorKind.DuplicateProperty,
            Root().Property("a").Property("b").Property("c").Property("a").End().Build());
        yield return ("two properties of one name that is stored twice", DtbErrorKind.DuplicateProperty, StoredTwice());
        yield return ("two properties of one name, the end of another", DtbErrorKind.DuplicateProperty,
            Root("xreg", "reg").Property(1).Property(5).End().Build());
        yield return ("two nodes of one name", DtbErrorKind.DuplicateNode, Root().Begin(
            "a").End().Begin("a").End().End().Build());
        yield return ("two nodes of one name, apart", DtbErrorKind.DuplicateNode,
            Root().Begin("a@1").Begin("a@1").End().End().Begin("b").End().Begin("a@1").End().End().Build());
        yield return ("a phandle of two cells", DtbErrorKind.BadPhandle, Root().Property(
            "phandle", BlobBuilder.Cells(1, 2)).End().Build());
        yield return ("a phandle of no cells", DtbErrorKind.BadPhandle, Root().Property("linux,phandle").End().Build());
        yield return ("the phandle 0", DtbErrorKind.BadPhandle, Root().Property("phandle", BlobBuilder.Cells(0)).End().Build());
        yield return ("the phandle -1", DtbErrorKind.BadPhandle, Root().Property(
            "phandle", BlobBuilder.Cells(uint.MaxValue)).End().Build());
        foreach (uint phandle in new uint[] { 1, 65535, 65536, 0xFFFFFFFE })
        {
            yield return ($"the phandle {phandle:x} twice", DtbErrorKind.DuplicatePhandle,
                Root().Property("phandle", BlobBuilder.Cells(phandle)).Begin(
                    "a").Property("linux,phandle", BlobBuilder.Cells(phandle)).End().End().Build());
        }
    }

    /// <summary>A chain of so many nodes.</summary>
    public static byte[] Nested(int depth)
    {
        BlobBuilder blob = new();
        for (int i = 0; i < depth; i++)
        {
            blob.Begin(i == 0 ? "" : "a");
        }

        for (int i = 0; i < depth; i++)
        {
            blob.End();
        }

        return blob.Build();
    }

    private static BlobBuilder Small(uint version = 17, uint lastCompatible = 16) =>
        new BlobBuilder { Version = version, LastCompatibleVersion = lastCompatible }.Begin("").Property("a", 1).End();

    /// <summary>An open root without properties, and strings.</summary>
    private static BlobBuilder Root(params string[] strings)
    {
        BlobBuilder blob = new BlobBuilder().Begin("");
        foreach (string text in strings)
        {
            blob.Intern(text);
        }

        return blob;
    }

    private static byte[] Patched(int field, uint value) => BlobBuilder.Patch(Small().Build(), field, value);

    private static byte[] PatchedBy(int field, int difference)
    {
        byte[] blob = Small().Build();
        return BlobBuilder.Patch(blob, field, BinaryPrimitives.ReadUInt32BigEndian(blob.AsSpan(field)) + (uint)difference);
    }

    private static byte[] UnendedReservations()
    {
        byte[] blob = new BlobBuilder { Order = "str" }.Begin("").End().Build();
        blob[^1] = 1;
        return blob;
    }

    private static byte[] MisalignedReservations()
    {
        byte[] blob = new BlobBuilder { Order = "str", Gap = 8 }.Begin("").End().Build();
        uint offset = BinaryPrimitives.ReadUInt32BigEndian(blob.AsSpan(ReservationsOffset));
        return BlobBuilder.Patch(blob, ReservationsOffset, offset + 4);
    }

    private static byte[] MisalignedStructure()
    {
        byte[] blob = new BlobBuilder().Begin("").End().Build();
        int structure = (int)BinaryPrimitives.ReadUInt32BigEndian(blob.AsSpan(StructureOffset));
        byte[] shifted = [.. blob[..structure], 0, 0, .. blob[structure..]];
        foreach (int field in new[] { TotalSize, StructureOffset, StringsOffset })
        {
            BlobBuilder.Patch(shifted, field, BinaryPrimitives.ReadUInt32BigEndian(shifted.AsSpan(field)) + 2);
        }

        return shifted;
    }

    private static byte[] StringsInStructure()
    {
        byte[] blob = Root().Property("name", Encoding.ASCII.GetBytes("abc\0")).End().Build();
        int value = blob.AsSpan().IndexOf("abc\0"u8);
        BlobBuilder.Patch(blob, StringsOffset, (uint)value);
        return BlobBuilder.Patch(blob, StringsSize, 4);
    }

    private static byte[] ReservationsInStructure()
    {
        byte[] blob = Root("a").Property(0, new byte[24]).End().Build();
        int value = blob.AsSpan().LastIndexOf(new byte[24]);
        return BlobBuilder.Patch(blob, ReservationsOffset, (uint)(value + 7) & ~7u);
    }

    private static byte[] ReservationsInStrings()
    {
        byte[] blob = Root().RawStrings(new byte[24]).End().Build();
        return BlobBuilder.Patch(blob, ReservationsOffset, (uint)(blob.Length - 24 + 7) & ~7u);
    }

    private static byte[] StoredTwice()
    {
        BlobBuilder blob = Root("a");
        uint again = blob.Intern("a");
        return blob.Property(0u).Property(again).End().Build();
    }

    private static string Show(string name) => Convert.ToHexString(Encoding.Latin1.GetBytes(name));
}
