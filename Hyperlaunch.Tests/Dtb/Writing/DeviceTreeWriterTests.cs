using System;
using Hyperlaunch.Dtb;
using Xunit;

namespace Hyperlaunch.Tests.Dtb.Writing;

public class DeviceTreeWriterTests
{
    private delegate void Calls(ref DeviceTreeWriter writer);

    [Fact]
    public void Writes_what_is_asked_of_it()
    {
        DeviceTreeWriter writer = DeviceTreeWriter.Growing();
        writer.BootCpuId = 2;
        writer.AddReservation(0x1000, 0x2000);
        writer.BeginNode(""u8);
        writer.AddU32("u32"u8, 0x12345678);
        writer.AddU64("u64"u8, 0x123456789ABCDEF0);
        writer.AddCells("cells"u8, [1, 2, 3]);
        writer.AddString("string"u8, "text"u8);
        writer.AddString("strings"u8, "one\0two"u8);
        writer.AddProperty("empty"u8);
        writer.AddProperty("bytes"u8, [1, 2, 3, 4, 5]);
        writer.BeginNode("node@1"u8);
        writer.EndNode();
        writer.EndNode();
        Assert.True(writer.TryFinish(out ReadOnlySpan<byte> blob, out DtbError error), error.ToString());

        Assert.True(DeviceTree.TryOpen(blob, out DeviceTree tree, out _));
        Assert.Equal(
            """
            reserve 1000 2000
            0 '' cells 2 1
              u32=12345678
              u64=123456789ABCDEF0
              cells=000000010000000200000003
              string=7465787400
              strings=6F6E650074776F00
              empty=
              bytes=0102030405
            1 'node@1' cells 2 1

            """,
            CanonicalTree.Read(tree));
        Assert.Equal((17u, 16u, 2u), (tree.Version, tree.LastCompatibleVersion, tree.BootCpuId));
    }

    [Fact]
    public void A_tree_that_is_read_and_written_is_the_same_tree()
    {
        byte[] once = Rewrite(CanonicalTree.Describe(new BlobBuilder { BootCpu = 5 }).Build());

        Assert.True(DeviceTree.TryOpen(CanonicalTree.Build(), out DeviceTree before, out _));
        Assert.True(DeviceTree.TryOpen(once, out DeviceTree after, out _));
        Assert.Equal(CanonicalTree.Read(before), CanonicalTree.Read(after));
        Assert.Equal(5u, after.BootCpuId);
        Assert.Equal(once, Rewrite(once));
    }

    [Fact]
    public void Fills_a_buffer_of_the_callers_exactly_and_allocates_nothing()
    {
        byte[] canonical = CanonicalTree.Build();
        byte[] expected = Rewrite(canonical);
        Assert.True(DeviceTree.TryOpen(canonical, out DeviceTree tree, out _));
        // While it is written a blob may need a little more room than in the end.
        byte[] buffer = new byte[expected.Length + 64];

        long before = GC.GetAllocatedBytesForCurrentThread();
        DeviceTreeWriter writer = new(buffer);
        writer.AddTree(tree);
        bool finished = writer.TryFinish(out ReadOnlySpan<byte> blob, out _);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(finished);
        Assert.Equal(expected, blob);
        Assert.True(blob.Overlaps(buffer, out int offset) && offset == 0);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Refuses_every_buffer_that_is_too_small()
    {
        byte[] expected = Rewrite(CanonicalTree.Build());
        Assert.True(DeviceTree.TryOpen(expected, out DeviceTree tree, out _));
        using GuardedMemory memory = new(expected.Length);
        for (int length = 0; length < expected.Length; length++)
        {
            DeviceTreeWriter writer = new(memory.AtEnd(length));
            writer.AddTree(tree);
            Assert.False(writer.TryFinish(out ReadOnlySpan<byte> blob, out DtbError error));
            Assert.Equal(DtbErrorKind.BufferTooSmall, error.Kind);
            Assert.True(blob.IsEmpty);
        }
    }

    [Fact]
    public void Stores_each_name_once_and_shares_ends()
    {
        byte[] blob = Write((ref DeviceTreeWriter writer) =>
        {
            writer.BeginNode(""u8);
            writer.AddProperty("long-reg"u8);
            writer.AddProperty("reg"u8);
            writer.BeginNode("a"u8);
            writer.AddProperty("reg"u8);
            writer.AddProperty("re"u8);
            writer.EndNode();
            writer.EndNode();
        });

        Assert.Equal("re\0long-reg\0"u8, blob.AsSpan(blob.Length - 12));
        Assert.NotEqual((byte)'g', blob[^13]);
    }

    [Fact]
    public void Refuses_what_the_checker_would()
    {
        AssertRefuses(DtbErrorKind.NoRoot, (ref DeviceTreeWriter w) => { });
        AssertRefuses(DtbErrorKind.NamedRoot, (ref DeviceTreeWriter w) => w.BeginNode("a"u8));
        AssertRefuses(DtbErrorKind.PropertyOutsideRoot, (ref DeviceTreeWriter w) => w.AddProperty("a"u8));
        AssertRefuses(DtbErrorKind.ExtraEndNode, (ref DeviceTreeWriter w) => w.EndNode());
        AssertRefuses(DtbErrorKind.MissingEndNode, (ref DeviceTreeWriter w) => w.BeginNode(""u8));
        AssertRefuses(DtbErrorKind.EmptyReservation, (ref DeviceTreeWriter w) => w.AddReservation(1, 0));
        AssertRefuses(DtbErrorKind.ReservationAfterRoot, (ref DeviceTreeWriter w) => InRoot(
            ref w, (ref DeviceTreeWriter x) => x.AddReservation(1, 1)));
        AssertRefuses(DtbErrorKind.SecondRoot, (ref DeviceTreeWriter w) =>
        {
            InRoot(ref w, (ref DeviceTreeWriter x) => { });
            w.BeginNode(""u8);
        });
        AssertRefuses(DtbErrorKind.PropertyAfterChild, (ref DeviceTreeWriter w) => InRoot(ref w, (ref DeviceTreeWriter x) =>
        {
            x.BeginNode("a"u8);
            x.EndNode();
            x.AddProperty("b"u8);
        }));
        AssertRefuses(DtbErrorKind.TooDeep, (ref DeviceTreeWriter w) =>
        {
            w.BeginNode(""u8);
            for (int i = 0; i < DeviceTree.MaxDepth; i++)
            {
                w.BeginNode("a"u8);
            }
        });
        AssertRefuses(DtbErrorKind.EmptyNodeName, (ref DeviceTreeWriter w) => InRoot(
            ref w, (ref DeviceTreeWriter x) => x.BeginNode(""u8)));
        AssertRefuses(DtbErrorKind.IllegalNodeName, (ref DeviceTreeWriter w) => InRoot(
            ref w, (ref DeviceTreeWriter x) => x.BeginNode("a\0b"u8)));
        AssertRefuses(DtbErrorKind.EmptyPropertyName, (ref DeviceTreeWriter w) => InRoot(
            ref w, (ref DeviceTreeWriter x) => x.AddU32(""u8, 1)));
        AssertRefuses(DtbErrorKind.IllegalPropertyName, (ref DeviceTreeWriter w) => InRoot(
            ref w, (ref DeviceTreeWriter x) => x.AddU64("a\0"u8, 1)));
        AssertRefuses(DtbErrorKind.DuplicateProperty, (ref DeviceTreeWriter w) => InRoot(ref w, (ref DeviceTreeWriter x) =>
        {
            x.AddProperty("a"u8);
            x.AddProperty("a"u8);
        }));
        AssertRefuses(DtbErrorKind.DuplicateNode, (ref DeviceTreeWriter w) => InRoot(ref w, (ref DeviceTreeWriter x) =>
        {
            for (int i = 0; i < 2; i++)
            {
                x.BeginNode("a"u8);
                x.EndNode();
            }
        }));
        AssertRefuses(DtbErrorKind.BadPhandle, (ref DeviceTreeWriter w) => InRoot(
            ref w, (ref DeviceTreeWriter x) => x.AddU32("phandle"u8, 0)));
        AssertRefuses(DtbErrorKind.DuplicatePhandle, (ref DeviceTreeWriter w) => InRoot(ref w, (ref DeviceTreeWriter x) =>
        {
            x.AddU32("phandle"u8, 1);
            x.BeginNode("a"u8);
            x.AddU32("phandle"u8, 1);
            x.EndNode();
        }));
    }

    [Fact]
    public void Refuses_to_copy_what_is_wrong_in_a_lenient_tree()
    {
        foreach ((string name, DtbErrorKind rule, byte[] blob) in Checking.HostileBlobs.All())
        {
            if (DeviceTree.TryOpen(blob, DtbStrictness.Lenient, out DeviceTree tree, out _))
            {
                DeviceTreeWriter writer = DeviceTreeWriter.Growing();
                writer.AddTree(tree);
                bool finished = writer.TryFinish(out _, out DtbError error);
                // What is wrong with the layout alone is made good; what readers do not see is not copied.
                bool isMended = rule is DtbErrorKind.ReservationsMisaligned or DtbErrorKind.StructureMisaligned
                    or DtbErrorKind.OverlappingBlocks or DtbErrorKind.DataAfterEnd or DtbErrorKind.PropertyAfterChild
                    or DtbErrorKind.AmbiguousReservationEnd;
                Assert.True(isMended == finished, name);
                Assert.Equal(isMended ? DtbErrorKind.None : rule, error.Kind);
            }
        }
    }

    [Fact]
    public void The_first_refusal_stays_and_nothing_is_written_after_it()
    {
        DeviceTreeWriter writer = DeviceTreeWriter.Growing();
        writer.EndNode();
        writer.BeginNode("named"u8);
        writer.BeginNode(""u8);
        writer.EndNode();

        Assert.False(writer.TryFinish(out _, out DtbError error));
        Assert.Equal(DtbErrorKind.ExtraEndNode, error.Kind);
        Assert.Equal(DtbErrorKind.ExtraEndNode, writer.Error.Kind);
    }

    [Fact]
    public void Grows_as_far_as_it_takes()
    {
        byte[] value = new byte[100_000];
        byte[] blob = Write((ref DeviceTreeWriter writer) =>
        {
            writer.BeginNode(""u8);
            for (int i = 0; i < 20; i++)
            {
                writer.AddProperty([(byte)('a' + i)], value);
            }

            writer.EndNode();
        });

        Assert.InRange(blob.Length, 2_000_000, 2_001_000);
    }

    internal static byte[] Rewrite(byte[] blob)
    {
        Assert.True(DeviceTree.TryOpen(blob, out DeviceTree tree, out DtbError error), error.ToString());
        DeviceTreeWriter writer = DeviceTreeWriter.Growing();
        writer.AddTree(tree);
        Assert.True(writer.TryFinish(out ReadOnlySpan<byte> written, out error), error.ToString());
        return written.ToArray();
    }

    private static void InRoot(ref DeviceTreeWriter writer, Calls calls)
    {
        writer.BeginNode(""u8);
        calls(ref writer);
        writer.EndNode();
    }

    private static byte[] Write(Calls calls)
    {
        DeviceTreeWriter writer = DeviceTreeWriter.Growing();
        calls(ref writer);
        Assert.True(writer.TryFinish(out ReadOnlySpan<byte> blob, out DtbError error), error.ToString());
        return blob.ToArray();
    }

    private static void AssertRefuses(DtbErrorKind kind, Calls calls)
    {
        DeviceTreeWriter writer = DeviceTreeWriter.Growing();
        calls(ref writer);
        Assert.False(writer.TryFinish(out ReadOnlySpan<byte> blob, out DtbError error));
        Assert.Equal(kind, error.Kind);
        Assert.True(blob.IsEmpty);
    }
}
