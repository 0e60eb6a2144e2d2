using System;
using System.Text;
using Hyperlaunch.Dtb;
using Xunit;

namespace Hyperlaunch.Tests.Dtb.Reading;

public class PropertyValueTests
{
    private readonly byte[] blob = CanonicalTree.Build();

    [Fact]
    public void Reads_numbers()
    {
        DeviceTreeNode chosen = Find("/chosen");

        Assert.True(chosen.TryGetU32("u32"u8, out uint u32).IsPresent);
        Assert.Equal(0x12345678u, u32);
        Assert.True(chosen.TryGetU64("u64"u8, out ulong u64).IsPresent);
        Assert.Equal(0x123456789ABCDEF0u, u64);
        Assert.True(chosen.TryGetU32Array("u64"u8, out U32Array array).IsPresent);
        Assert.Equal(2, array.Count);
        Assert.Equal(0x9ABCDEF0u, array[1]);
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("u3")]
    [InlineData("u321")]
    [InlineData("")]
    public void Says_that_a_property_is_absent(string name)
    {
        DeviceTreeNode chosen = Find("/chosen");
        byte[] key = Encoding.ASCII.GetBytes(name);

        Assert.True(chosen.TryGetU32(key, out _).IsAbsent);
        Assert.True(chosen.TryGetU64(key, out _).IsAbsent);
        Assert.True(chosen.TryGetString(key, out _).IsAbsent);
        Assert.True(chosen.TryGetStrings(key, out _).IsAbsent);
        Assert.True(chosen.TryGetU32Array(key, out _).IsAbsent);
        Assert.True(chosen.TryGetBytes(key, out _).IsAbsent);
        Assert.True(chosen.TryGetReg(key, out _).IsAbsent);
        Assert.True(chosen.TryGetRanges(key, out _).IsAbsent);
        Assert.False(chosen.HasProperty(key));
    }

    [Fact]
    public void Says_what_is_malformed_with_found_and_expected_length()
    {
        DeviceTreeNode chosen = Find("/chosen");

        AssertMalformed(chosen.TryGetU32("odd"u8, out uint u32), PropertyStatusKind.WrongLength, 5, 4);
        AssertMalformed(chosen.TryGetU64("u32"u8, out _), PropertyStatusKind.WrongLength, 4, 8);
        AssertMalformed(chosen.TryGetU32Array("odd"u8, out U32Array array), PropertyStatusKind.NotAMultiple, 5, 4);
        AssertMalformed(chosen.TryGetString("unterminated"u8, out _), PropertyStatusKind.Unterminated, 2, 3);
        AssertMalformed(chosen.TryGetStrings("unterminated"u8, out StringList strings), PropertyStatusKind.Unterminated, 2, 3);
        AssertMalformed(Find("/").TryGetString("compatible"u8, out _), PropertyStatusKind.SeveralStrings, 22, 11);
        AssertMalformed(Find("/").TryGetString("empty"u8, out _), PropertyStatusKind.Unterminated, 0, 1);
        AssertMalformed(Find("/").TryGetStrings("empty"u8, out _), PropertyStatusKind.Unterminated, 0, 1);
        AssertMalformed(Find("/soc/serial@2000").TryGetReg(out RegList reg), PropertyStatusKind.NotAMultiple, 12, 8);
        AssertMalformed(Find("/bad-cells/child").TryGetReg(out _), PropertyStatusKind.BadCellCounts, 8, 0);
        Assert.Equal(0u, u32);
        Assert.Equal(0, array.Count);
        Assert.Equal(0, reg.Count);
        Assert.False(strings.MoveNext());
    }

    [Fact]
    public void Reads_strings()
    {
        Assert.True(Find("/chosen").TryGetString("bootargs"u8, out ReadOnlySpan<byte> bootargs).IsPresent);
        Assert.Equal("console=ttyS0"u8, bootargs);

        Assert.True(Find("/").TryGetStrings("compatible"u8, out StringList strings).IsPresent);
        StringBuilder all = new();
        foreach (ReadOnlySpan<byte> text in strings)
        {
            all.Append(Encoding.ASCII.GetString(text)).Append(';');
        }

        Assert.Equal("acme,board;virt,board;", all.ToString());
    }

    [Fact]
    public void Reads_reg_by_the_cell_counts_of_the_parent()
    {
        Assert.True(Find("/memory").TryGetReg(out RegList reg).IsPresent);
        Assert.Equal(2, reg.Count);
        Assert.True(reg[0].TryGetAddress(out ulong address));
        Assert.True(reg[1].TryGetSize(out ulong size));
        Assert.Equal(0x80000000u, address);
        Assert.Equal(0x1000u, size);

        Assert.True(Find("/soc/serial@1000").TryGetReg(out reg).IsPresent);
        Assert.Equal(1, reg.Count);
        Assert.True(reg[0].TryGetAddress(out address));
        Assert.Equal(0x1000u, address);
    }

    [Fact]
    public void Reads_ranges_by_the_cell_counts_of_node_and_parent()
    {
        Assert.True(Find("/soc").TryGetRanges(out RangesList ranges).IsPresent);
        Assert.Equal(1, ranges.Count);
        Assert.True(ranges[0].TryGetChildAddress(out ulong child));
        Assert.True(ranges[0].TryGetParentAddress(out ulong parent));
        Assert.True(ranges[0].TryGetSize(out ulong size));
        Assert.Equal((0ul, 0x120000000ul, 0x10000ul), (child, parent, size));
    }

    [Fact]
    public void An_address_of_three_cells_fits_only_without_its_first()
    {
        byte[] pci = new BlobBuilder().Begin("").Property("#address-cells", BlobBuilder.Cells(3))
            .Begin("a").Property("reg", BlobBuilder.Cells(1, 2, 3, 4)).End()
            .Begin("b").Property("reg", BlobBuilder.Cells(0, 2, 3, 4)).End().End().Build();
        Assert.True(DeviceTree.TryOpen(pci, out DeviceTree tree, out _));

        Assert.True(tree.TryFindNode("/a"u8, out DeviceTreeNode a));
        Assert.True(a.TryGetReg(out RegList reg).IsPresent);
        Assert.False(reg[0].TryGetAddress(out _));
        Assert.Equal(BlobBuilder.Cells(1, 2, 3), reg[0].AddressCells);
        Assert.True(tree.TryFindNode("/b"u8, out DeviceTreeNode b));
        Assert.True(b.TryGetReg(out reg).IsPresent);
        Assert.True(reg[0].TryGetAddress(out ulong address));
        Assert.Equal(0x200000003u, address);
    }

    [Fact]
    public void Cell_counts_have_defaults_and_reject_what_cannot_be_used()
    {
        Assert.Equal((2, 2, true), Split(Find("/chosen").ParentCells));
        Assert.Equal((2, 1, true), Split(Find("/chosen").Cells));
        Assert.Equal((2, 1, true), Split(Find("/").ParentCells));
        Assert.Equal((1, 1, true), Split(Find("/soc").Cells));
        Assert.False(Find("/bad-cells").Cells.IsValid);
    }

    [Fact]
    public void A_reg_of_no_cells_must_be_empty()
    {
        byte[] none = new BlobBuilder().Begin("")
            .Property("#address-cells", BlobBuilder.Cells(0)).Property("#size-cells", BlobBuilder.Cells(0))
            .Begin("a").Property("reg", BlobBuilder.Cells(1)).End()
            .Begin("b").Property("reg").End().End().Build();
        Assert.True(DeviceTree.TryOpen(none, out DeviceTree tree, out _));

        Assert.True(tree.TryFindNode("/a"u8, out DeviceTreeNode a));
        AssertMalformed(a.TryGetReg(out _), PropertyStatusKind.BadCellCounts, 4, 0);
        Assert.True(tree.TryFindNode("/b"u8, out DeviceTreeNode b));
        Assert.True(b.TryGetReg(out RegList reg).IsPresent);
        Assert.Equal(0, reg.Count);
    }

    private static (int Address, int Size, bool IsValid) Split(CellCounts cells) => (cells.Address, cells.Size, cells.IsValid);

    private static void AssertMalformed(PropertyStatus status, PropertyStatusKind kind, int found, int expected)
    {
        Assert.True(status.IsMalformed);
        Assert.Equal((kind, found, expected), (status.Kind, status.FoundLength, status.ExpectedLength));
    }

    private DeviceTreeNode Find(string path)
    {
        Assert.True(DeviceTree.TryOpen(blob, out DeviceTree tree, out DtbError error), error.ToString());
        Assert.True(tree.TryFindNode(Encoding.ASCII.GetBytes(path), out DeviceTreeNode node));
        return node;
    }
}
