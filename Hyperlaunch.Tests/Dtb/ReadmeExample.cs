using System;
using System.Text;
using Hyperlaunch.Dtb;

namespace Hyperlaunch.Tests.Dtb;

internal static class ReadmeExample
{
    // README: begin
    public static string Describe(ReadOnlySpan<byte> blob)
    {
        if (!DeviceTree.TryOpen(blob, out DeviceTree tree, out DtbError error))
        {
            return error.ToString();            // "Offset 0x48: The structure block ends before its END token."
        }

        StringBuilder text = new();
        foreach (DeviceTreeNode domain in tree.FindCompatible("xen,domain"u8))
        {
            text.Append(Encoding.ASCII.GetString(domain.Name));

            PropertyStatus status = domain.TryGetU32("cpus"u8, out uint cpus);
            text.Append(status.Kind switch
            {
                PropertyStatusKind.Present => $" has {cpus} cpus",
                PropertyStatusKind.Absent => " has one cpu",
                _ => $" has a cpus of {status.FoundLength} bytes where {status.ExpectedLength} belong",
            });

            foreach (DeviceTreeNode module in domain.Children)
            {
                if (module.IsCompatible("multiboot,kernel"u8)
                    && module.TryGetReg(out RegList reg).IsPresent && reg.Count == 1 && reg[0].TryGetAddress(out ulong address))
                {
                    text.Append($" and a kernel at 0x{address:x}");
                }
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    public static byte[] Write()
    {
        DeviceTreeWriter writer = DeviceTreeWriter.Growing();
        writer.BeginNode(""u8);
        writer.BeginNode("chosen"u8);
        writer.BeginNode("domU1"u8);
        writer.AddString("compatible"u8, "xen,domain"u8);
        writer.AddU32("cpus"u8, 2);
        writer.BeginNode("module@8000000"u8);
        writer.AddString("compatible"u8, "multiboot,kernel\0multiboot,module"u8);
        writer.AddCells("reg"u8, [0, 0x8000000, 0x100000]);
        writer.EndNode();
        writer.EndNode();
        writer.EndNode();
        writer.EndNode();

        return writer.TryFinish(out ReadOnlySpan<byte> blob, out DtbError error)
            ? blob.ToArray()
            : throw new InvalidOperationException(error.ToString());
    }
    // README: end
}
