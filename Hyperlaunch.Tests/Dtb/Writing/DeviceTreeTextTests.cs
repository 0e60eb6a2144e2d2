using System;
using Hyperlaunch.Dtb;
using Xunit;

namespace Hyperlaunch.Tests.Dtb.Writing;

public class DeviceTreeTextTests
{
    [Fact]
    public void Prints_a_tree_as_source()
    {
        byte[] blob = new BlobBuilder().Reserve(0x1000, 0xFFFFFFFF00000000).Begin("")
            .Property("empty").Property("text", BlobBuilder.Text("a \"b\" \\"))
            .Begin("a@1").Property("cells", BlobBuilder.Cells(1, 0xABCDEF01)).Begin("b").End().End()
            .Begin("c").End().End().Build();
        Assert.True(DeviceTree.TryOpen(blob, out DeviceTree tree, out _));

        Assert.Equal(
            """
            /dts-v1/;
            /memreserve/ 0x0000000000001000 0xffffffff00000000;

            / {
            	empty;
            	text = "a \"b\" \\";

            	a@1 {
            		cells = <0x00000001 0xabcdef01>;

            		b {
            		};
            	};

            	c {
            	};
            };

            """,
            DeviceTreeText.Format(tree));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("6100", "\"a\"")]
    [InlineData("6100620063646500", "\"a\", \"b\", \"cde\"")]
    [InlineData("610062", "[61 00 62]")]
    [InlineData("00", "[00]")]
    [InlineData("0000", "[00 00]")]
    [InlineData("00000000", "<0x00000000>")]
    [InlineData("61000000", "<0x61000000>")]
    [InlineData("00610000", "<0x00610000>")]
    [InlineData("61620A00", "<0x61620a00>")]
    [InlineData("7F00", "[7f 00]")]
    [InlineData("61626364", "<0x61626364>")]
    public void Prints_a_value_as_strings_or_cells_or_bytes(string hex, string expected)
    {
        byte[] blob = new BlobBuilder().Begin("").Property("a", Convert.FromHexString(hex)).End().Build();
        Assert.True(DeviceTree.TryOpen(blob, out DeviceTree tree, out _));
        Assert.True(tree.Root.TryFindProperty("a"u8, out DeviceTreeProperty property));

        Assert.Equal(expected, DeviceTreeText.FormatValue(property));
    }

    [Fact]
    public void Shows_unprintable_names_of_lenient_trees_as_numbers()
    {
        byte[] blob = new BlobBuilder().Begin("").Property("\u001B[2J").End().Build();
        Assert.True(DeviceTree.TryOpen(blob, DtbStrictness.Lenient, out DeviceTree tree, out _));

        Assert.Contains("\t\\x1b[2J;\n", DeviceTreeText.Format(tree), StringComparison.Ordinal);
    }
}
