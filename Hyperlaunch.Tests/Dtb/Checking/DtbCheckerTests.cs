using System;
using System.Collections.Generic;
using System.Linq;
using Hyperlaunch.Dtb;
using Xunit;

namespace Hyperlaunch.Tests.Dtb.Checking;

public class DtbCheckerTests
{
    public static TheoryData<string> Names() => [.. HostileBlobs.All().Select(vector => vector.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Finds_the_one_rule_that_a_blob_breaks(string name)
    {
        (_, DtbErrorKind rule, byte[] blob) = HostileBlobs.All().Single(vector => vector.Name == name);
        DtbError[] findings = new DtbError[8];

        int count = DtbChecker.Check(blob, findings);

        Assert.Equal([rule], findings.Take(count).Select(finding => finding.Kind));
        Assert.InRange(findings[0].Offset, 0, blob.Length);
        Assert.False(DeviceTree.TryOpen(blob, out _, out DtbError error));
        Assert.Equal(rule, error.Kind);
        Assert.Equal(findings[0].Offset, error.Offset);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Lenience_lets_defects_pass_and_nothing_else(string name)
    {
        (_, DtbErrorKind rule, byte[] blob) = HostileBlobs.All().Single(vector => vector.Name == name);
        bool isDefect = rule >= DtbErrorKind.ReservationsMisaligned;

        bool opened = DeviceTree.TryOpen(blob, DtbStrictness.Lenient, out DeviceTree tree, out DtbError error);

        Assert.Equal(isDefect, opened);
        Assert.Equal(isDefect ? DtbErrorKind.None : rule, error.Kind);
        if (opened)
        {
            Everything.Read(tree);
        }
    }

    [Fact]
    public void Every_rule_has_a_blob_that_breaks_it()
    {
        HashSet<DtbErrorKind> broken = [.. HostileBlobs.All().Select(vector => vector.Rule)];
        DtbErrorKind[] notOfBlobs =
            [DtbErrorKind.None, DtbErrorKind.BufferTooSmall, DtbErrorKind.ReservationAfterRoot, DtbErrorKind.EmptyReservation];

        Assert.Empty(Enum.GetValues<DtbErrorKind>().Except(broken).Except(notOfBlobs));
    }

    [Fact]
    public void Every_rule_has_a_sentence_of_its_own()
    {
        string[] sentences = [.. Enum.GetValues<DtbErrorKind>().Select(kind => new DtbError(kind, 0).Sentence)];

        Assert.Equal(sentences.Length, sentences.Distinct().Count());
        Assert.DoesNotContain("The kind of this error is unknown.", sentences);
        Assert.Equal("Offset 0x10: The structure block ends before its END token.", new DtbError(
            DtbErrorKind.MissingEnd, 16).ToString());
    }

    [Fact]
    public void Reports_every_defect_and_ends_with_what_cannot_be_read()
    {
        byte[] blob = new BlobBuilder().Begin("")
            .Property("a b").Property("c").Property("c")
            .Begin("d").End().Begin("d").End().Property("e").End().Build();
        DtbError[] findings = new DtbError[8];

        int count = DtbChecker.Check(blob, findings);

        Assert.Equal(
            [DtbErrorKind.PropertyAfterChild, DtbErrorKind.IllegalPropertyName, DtbErrorKind.DuplicateProperty,
                DtbErrorKind.DuplicateNode],
            findings.Take(count).Select(finding => finding.Kind));
    }

    [Fact]
    public void Counts_findings_that_there_is_no_room_for()
    {
        byte[] blob = new BlobBuilder().Begin("").Property("a").Property("a").Property("a").End().Build();
        DtbError[] findings = new DtbError[1];

        Assert.Equal(2, DtbChecker.Check(blob, findings));
        Assert.Equal(2, DtbChecker.Check(blob, []));
        Assert.Equal(DtbErrorKind.DuplicateProperty, findings[0].Kind);
    }

    [Fact]
    public void Allows_64_nodes_deep()
    {
        byte[] blob = HostileBlobs.Nested(DeviceTree.MaxDepth);

        Assert.True(DeviceTree.TryOpen(blob, out DeviceTree tree, out _));
        Everything.Read(tree);
    }

    [Fact]
    public void Allows_one_name_for_a_property_and_a_node_and_for_cousins()
    {
        byte[] blob = new BlobBuilder().Begin("").Property("a").Begin("a").Begin("a").Property("a").End().End()
            .Begin("b").Begin("a").End().End().End().Build();

        Assert.Equal(0, DtbChecker.Check(blob, []));
    }

    [Fact]
    public void Allows_one_phandle_under_both_of_its_names() => Assert.Equal(0, DtbChecker.Check(
        new BlobBuilder().Begin(
            "").Property("phandle", BlobBuilder.Cells(70000)).Property("linux,phandle", BlobBuilder.Cells(70000)).End().Build(),
        []));

    [Theory]
    [InlineData(100)]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(5000)]
    public void Finds_one_duplicate_among_any_number_of_siblings(int count)
    {
        foreach (int again in new[] { 0, count / 2, count - 1 })
        {
            Assert.Equal([DtbErrorKind.DuplicateProperty], Kinds(Siblings(count, $"n{again}", properties: true)));
            Assert.Equal([DtbErrorKind.DuplicateNode], Kinds(Siblings(count, $"n{again}", properties: false)));
        }

        Assert.Empty(Kinds(Siblings(count, "other", properties: true)));
        Assert.Empty(Kinds(Siblings(count, "other", properties: false)));
    }

    [Theory]
    [InlineData(600)]
    [InlineData(3000)]
    public void Finds_one_duplicate_among_any_number_of_large_phandles(int count)
    {
        foreach (int again in new[] { 0, count / 2, count - 1 })
        {
            BlobBuilder blob = new BlobBuilder().Begin("");
            for (int i = 0; i < count; i++)
            {
                blob.Begin($"n{i}").Property("phandle", BlobBuilder.Cells(0x10000000 + ((uint)i * 7))).End();
            }

            Assert.Empty(Kinds(new BlobBuilder().Begin("").End().Build()));
            blob.Begin("again").Property("phandle", BlobBuilder.Cells(0x10000000 + ((uint)again * 7))).End();
            Assert.Equal([DtbErrorKind.DuplicatePhandle], Kinds(blob.End().Build()));
        }
    }

    [Fact]
    public void Names_may_have_255_bytes_and_longer_ones_are_not_compared()
    {
        string longest = new('a', 255);

        Assert.Empty(Kinds(new BlobBuilder().Begin("").Property(longest).Property(longest[1..]).End().Build()));
        Assert.Equal(
            [DtbErrorKind.PropertyNameTooLong, DtbErrorKind.PropertyNameTooLong],
            Kinds(new BlobBuilder().Begin("").Property(longest + "aa").Property(longest + "ab").End().Build()));
    }

    [Fact]
    public void Names_that_share_their_bytes_take_no_longer_than_others()
    {
        // Every end of one string is a name: two thousand million bytes of names in a blob of less than one million.
        const uint Count = 65_535;
        BlobBuilder blob = new BlobBuilder().RawStrings([.. Enumerable.Repeat((byte)'a', (int)Count), 0]).Begin("");
        for (uint i = 0; i < Count; i++)
        {
            blob.Property(i);
        }

        Assert.Equal((int)Count - 255, DtbChecker.Check(blob.End().Build(), []));
    }

    [Fact]
    public void Names_of_properties_that_readers_do_not_see_do_not_count()
    {
        byte[] blob = new BlobBuilder().Begin("").Property("a").Begin("b").End().Property("a").End().Build();

        Assert.Equal([DtbErrorKind.PropertyAfterChild], Kinds(blob));
    }

    private static byte[] Siblings(int count, string last, bool properties)
    {
        BlobBuilder blob = new BlobBuilder().Begin("");
        for (int i = 0; i <= count; i++)
        {
            string name = i < count ? $"n{i}" : last;
            _ = properties ? blob.Property(name) : blob.Begin(name).Property("x").End();
        }

        return blob.End().Build();
    }

    private static IEnumerable<DtbErrorKind> Kinds(byte[] blob)
    {
        DtbError[] findings = new DtbError[8];
        int count = DtbChecker.Check(blob, findings);
        return findings.Take(count).Select(finding => finding.Kind);
    }
}
