using System;
using System.Text;
using Hyperlaunch.Dtb;
using Xunit;

namespace Hyperlaunch.Tests.Dtb.Reading;

public class DeviceTreeTests
{
    [Fact]
    public void Opens_a_tree_without_fault_and_tells_its_header()
    {
        DeviceTree tree = Open(CanonicalTree.Describe(new BlobBuilder { BootCpu = 3 }).Build());

        Assert.Equal(17u, tree.Version);
        Assert.Equal(16u, tree.LastCompatibleVersion);
        Assert.Equal(3u, tree.BootCpuId);
    }

    [Fact]
    public void Ignores_what_follows_the_total_size()
    {
        byte[] blob = CanonicalTree.Build();
        DeviceTree tree = Open([.. blob, 0xFF, 0xFF, 0xFF]);

        Assert.Equal(blob.Length, tree.Blob.Length);
    }

    [Fact]
    public void Lists_reservations_in_order()
    {
        DeviceTree tree = Open(CanonicalTree.Build());

        Assert.Equal(2, tree.Reservations.Count);
        Assert.Equal(0x10000000u, tree.Reservations[0].Address);
        Assert.Equal(0xFFFFFFFF00000000u, tree.Reservations[1].Address);
        Assert.Equal(0x1000u, tree.Reservations[1].Size);
    }

    [Fact]
    public void Visits_every_node_before_its_children_with_depth_and_parent()
    {
        DeviceTree tree = Open(CanonicalTree.Build());
        StringBuilder visited = new();
        foreach (DeviceTreeNode node in tree.Nodes)
        {
            visited.Append(node.Depth).Append(Encoding.ASCII.GetString(node.Name)).Append(' ');
            if (tree.TryFindParent(node, out DeviceTreeNode parent))
            {
                Assert.Equal(node.Depth - 1, parent.Depth);
                Assert.True(parent.TryFindChild(node.Name, out DeviceTreeNode same));
                Assert.Equal(node.Offset, same.Offset);
            }
            else
            {
                Assert.True(node.IsRoot);
            }
        }

        Assert.Equal(
            "0 1aliases 1chosen 2hypervisor 1memory@80000000 1soc 2serial@1000 2serial@2000 2serial 1bad-cells 2child ",
            visited.ToString());
    }

    [Fact]
    public void Descendants_stop_at_the_end_of_their_node()
    {
        DeviceTree tree = Open(CanonicalTree.Build());
        Assert.True(tree.TryFindNode("/chosen"u8, out DeviceTreeNode chosen));
        int count = 0;
        foreach (DeviceTreeNode node in chosen.Descendants)
        {
            Assert.Equal("hypervisor", Encoding.ASCII.GetString(node.Name));
            count++;
        }

        Assert.Equal(1, count);
        Assert.True(tree.TryFindNode("/chosen/hypervisor"u8, out DeviceTreeNode leaf));
        Assert.False(leaf.Descendants.MoveNext());
        Assert.False(leaf.Children.MoveNext());
    }

    [Theory]
    [InlineData("/", "/")]
    [InlineData("//", "/")]
    [InlineData("/chosen", "/chosen")]
    [InlineData("/chosen/", "/chosen")]
    [InlineData("//chosen//hypervisor", "/chosen/hypervisor")]
    [InlineData("/memory", "/memory@80000000")]
    [InlineData("/memory@80000000", "/memory@80000000")]
    [InlineData("/soc/serial", "/soc/serial")]
    [InlineData("/soc/serial@2000", "/soc/serial@2000")]
    [InlineData("serial0", "/soc/serial@1000")]
    [InlineData("serial0/", "/soc/serial@1000")]
    public void Finds_a_node_by_path(string path, string expected)
    {
        DeviceTree tree = Open(CanonicalTree.Build());

        Assert.True(tree.TryFindNode(Encoding.ASCII.GetBytes(path), out DeviceTreeNode node));
        Assert.Equal(expected, PathOf(tree, node));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/chose")]
    [InlineData("/chosen2")]
    [InlineData("/chosen/hypervisor/none")]
    [InlineData("/memory@8000000")]
    [InlineData("/memory@")]
    [InlineData("/soc/seria")]
    [InlineData("chosen")]
    [InlineData("relative")]
    [InlineData("dangling")]
    [InlineData("number")]
    [InlineData("serial")]
    public void Finds_no_node_by_a_path_that_does_not_exist(string path)
    {
        DeviceTree tree = Open(CanonicalTree.Build());

        Assert.False(tree.TryFindNode(Encoding.ASCII.GetBytes(path), out _));
    }

    [Theory]
    [InlineData(7u, "/soc/serial@1000")]
    [InlineData(8u, "/soc/serial@2000")]
    public void Finds_a_node_by_either_name_of_its_phandle(uint phandle, string expected)
    {
        DeviceTree tree = Open(CanonicalTree.Build());

        Assert.True(tree.TryFindPhandle(phandle, out DeviceTreeNode node));
        Assert.Equal(expected, PathOf(tree, node));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(9u)]
    [InlineData(0xFFFFFFFFu)]
    public void Finds_no_node_by_a_phandle_that_none_has(uint phandle) =>
        Assert.False(Open(CanonicalTree.Build()).TryFindPhandle(phandle, out _));

    [Fact]
    public void Finds_nodes_by_any_string_of_compatible()
    {
        DeviceTree tree = Open(CanonicalTree.Build());
        StringBuilder found = new();
        foreach (DeviceTreeNode node in tree.FindCompatible("ns16550a"u8))
        {
            found.Append(PathOf(tree, node)).Append(' ');
        }

        Assert.Equal("/soc/serial@1000 /soc/serial@2000 ", found.ToString());
        Assert.False(tree.FindCompatible("ns16550"u8).MoveNext());
        Assert.False(tree.FindCompatible(default).MoveNext());
    }

    [Fact]
    public void Writes_the_path_of_every_node_and_finds_it_again()
    {
        DeviceTree tree = Open(CanonicalTree.Build());
        foreach (DeviceTreeNode node in tree.Nodes)
        {
            Assert.True(tree.TryFindNode(Encoding.ASCII.GetBytes(PathOf(tree, node)), out DeviceTreeNode found));
            Assert.Equal(node.Offset, found.Offset);
        }
    }

    [Fact]
    public void Refuses_to_write_a_path_that_does_not_fit()
    {
        DeviceTree tree = Open(CanonicalTree.Build());
        Assert.True(tree.TryFindNode("/chosen/hypervisor"u8, out DeviceTreeNode node));

        for (int size = 0; size < "/chosen/hypervisor".Length; size++)
        {
            Assert.False(tree.TryWritePath(node, new byte[size], out _));
        }

        Assert.True(tree.TryWritePath(node, new byte["/chosen/hypervisor".Length], out _));
        Assert.False(tree.TryWritePath(tree.Root, default, out _));
    }

    [Fact]
    public void Goes_down_and_up_in_one_variable()
    {
        DeviceTree tree = Open(CanonicalTree.Build());
        DeviceTreeNode node = tree.Root;

        Assert.True(node.TryFindChild("soc"u8, out node));
        Assert.True(node.TryFindChild("serial@2000"u8, out node));
        Assert.Equal("/soc/serial@2000", PathOf(tree, node));
        Assert.True(tree.TryFindParent(node, out node));
        Assert.Equal("/soc", PathOf(tree, node));
        Assert.True(tree.TryFindParent(node, out node));
        Assert.True(node.IsRoot);
        Assert.False(tree.TryFindParent(node, out node));
    }

    [Fact]
    public void Splits_a_name_at_its_unit_address()
    {
        DeviceTree tree = Open(CanonicalTree.Build());
        Assert.True(tree.TryFindNode("/memory"u8, out DeviceTreeNode memory));

        Assert.Equal("memory"u8, memory.BaseName);
        Assert.Equal("80000000"u8, memory.UnitAddress);
        Assert.True(tree.Root.UnitAddress.IsEmpty);
    }

    [Fact]
    public void Recognises_the_magic_and_nothing_shorter()
    {
        byte[] blob = CanonicalTree.Build();

        Assert.True(DeviceTree.HasMagic(blob.AsSpan(0, 4)));
        Assert.False(DeviceTree.HasMagic(blob.AsSpan(0, 3)));
        Assert.False(DeviceTree.HasMagic(blob.AsSpan(1)));
    }

    private static DeviceTree Open(byte[] blob)
    {
        Assert.True(DeviceTree.TryOpen(blob, out DeviceTree tree, out DtbError error), error.ToString());
        return tree;
    }

    private static string PathOf(DeviceTree tree, DeviceTreeNode node)
    {
        Span<byte> path = stackalloc byte[256];
        Assert.True(tree.TryWritePath(node, path, out int written));
        return Encoding.ASCII.GetString(path[..written]);
    }
}
