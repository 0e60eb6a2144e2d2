using System.Text;
using Hyperlaunch.Dtb;

namespace Hyperlaunch.Tests.Dtb;

/// <summary>One tree with everything in it that reading tells apart, for every encoding.</summary>
internal static class CanonicalTree
{
    public static byte[] Build() => Describe(new BlobBuilder()).Build();

    /// <summary>Adds the tree to a builder, whatever its encoding.</summary>
    public static BlobBuilder Describe(BlobBuilder blob) => blob
        .Reserve(0x10000000, 0x4000)
        .Reserve(0xFFFFFFFF00000000, 0x1000)
        .Begin("")
            .Property("#address-cells", BlobBuilder.Cells(2))
            .Property("#size-cells", BlobBuilder.Cells(2))
            .Property("compatible", BlobBuilder.Text("acme,board", "virt,board"))
            .Property("empty")
            .Begin("aliases")
                .Property("serial0", BlobBuilder.Text("/soc/serial@1000"))
                .Property("relative", BlobBuilder.Text("soc/serial@1000"))
                .Property("dangling", BlobBuilder.Text("/soc/nothing"))
                .Property("number", BlobBuilder.Cells(0x2F000000))
            .End()
            .Begin("chosen")
                .Property("bootargs", BlobBuilder.Text("console=ttyS0"))
                .Property("u32", BlobBuilder.Cells(0x12345678))
                .Property("u64", BlobBuilder.Cells(0x12345678, 0x9ABCDEF0))
                .Property("odd", 1, 2, 3, 4, 5)
                .Property("unterminated", (byte)'a', (byte)'b')
                .Begin("hypervisor")
                    .Property("compatible", BlobBuilder.Text("hypervisor,xen"))
                .End()
            .End()
            .Begin("memory@80000000")
                .Property("device_type", BlobBuilder.Text("memory"))
                .Property("reg", BlobBuilder.Cells(0, 0x80000000, 0, 0x40000000, 1, 0, 0, 0x1000))
            .End()
            .Begin("soc")
                .Property("#address-cells", BlobBuilder.Cells(1))
                .Property("#size-cells", BlobBuilder.Cells(1))
                .Property("compatible", BlobBuilder.Text("simple-bus"))
                .Property("ranges", BlobBuilder.Cells(0, 0x1, 0x20000000, 0x10000))
                .Begin("serial@1000")
                    .Property("compatible", BlobBuilder.Text("ns16550a"))
                    .Property("reg", BlobBuilder.Cells(0x1000, 0x100))
                    .Property("phandle", BlobBuilder.Cells(7))
                .End()
                .Begin("serial@2000")
                    .Property("compatible", BlobBuilder.Text("acme,uart", "ns16550a"))
                    .Property("reg", BlobBuilder.Cells(0x2000, 0x100, 0x3000))
                    .Property("linux,phandle", BlobBuilder.Cells(8))
                .End()
                .Begin("serial")
                    .Property("interrupt-parent", BlobBuilder.Cells(7))
                .End()
            .End()
            .Begin("bad-cells")
                .Property("#address-cells", BlobBuilder.Cells(5))
                .Begin("child")
                    .Property("reg", BlobBuilder.Cells(1, 2))
                .End()
            .End()
        .End();

    /// <summary>Everything a tree says, as text: what two encodings of one tree must have in common.</summary>
    public static string Read(DeviceTree tree)
    {
        StringBuilder text = new();
        foreach (Reservation reservation in tree.Reservations)
        {
            text.Append($"reserve {reservation.Address:x} {reservation.Size:x}\n");
        }

        foreach (DeviceTreeNode node in tree.Nodes)
        {
            text.Append($"{node.Depth} '{Encoding.Latin1.GetString(node.Name)}' cells {node.ParentCells.Address} "
                + $"{node.ParentCells.Size}\n");
            foreach (DeviceTreeProperty property in node.Properties)
            {
                text.Append($"  {Encoding.Latin1.GetString(property.Name)}={System.Convert.ToHexString(property.Value)}\n");
            }
        }

        return text.ToString();
    }
}
