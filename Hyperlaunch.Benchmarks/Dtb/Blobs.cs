using System;
using System.IO;
using System.Linq;
using System.Text;
using Hyperlaunch.Dtb;

namespace Hyperlaunch.Benchmarks.Dtb;

/// <summary>The trees that are measured.</summary>
internal static class Blobs
{
    private const int Domains = 64;

    /// <summary>A launch control module of 64 domains, each with a kernel and a ramdisk, in the dialect of 2025.</summary>
    public static byte[] Lcm()
    {
        DeviceTreeWriter writer = DeviceTreeWriter.Growing();
        writer.BeginNode(""u8);
        writer.BeginNode("chosen"u8);
        writer.BeginNode("hypervisor"u8);
        writer.AddString("compatible"u8, "hypervisor,xen"u8);
        writer.AddU32("#address-cells"u8, 2);
        writer.AddU32("#size-cells"u8, 1);
        for (uint i = 0; i < Domains; i++)
        {
            writer.BeginNode(Encoding.ASCII.GetBytes($"domU{i}"));
            writer.AddString("compatible"u8, "xen,domain"u8);
            writer.AddU32("domid"u8, i + 1);
            writer.AddU32("capabilities"u8, i == 0 ? 7u : 0);
            writer.AddU32("mode"u8, 4);
            writer.AddProperty("domain-uuid"u8, new Guid(i, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10).ToByteArray());
            writer.AddU32("cpus"u8, 1 + (i % 4));
            writer.AddU64("memory"u8, 131072);
            writer.AddString("security-id"u8, "system_u:system_r:domU_t"u8);
            writer.BeginNode("kernel"u8);
            writer.AddString("compatible"u8, "multiboot,kernel\0multiboot,module"u8);
            writer.AddU32("module-index"u8, 1);
            writer.AddString("bootargs"u8, "console=hvc0 earlyprintk=xen root=/dev/ram0 rw"u8);
            writer.EndNode();
            writer.BeginNode("ramdisk"u8);
            writer.AddString("compatible"u8, "multiboot,ramdisk\0multiboot,module"u8);
            writer.AddU32("module-index"u8, 2);
            writer.EndNode();
            writer.EndNode();
        }

        writer.EndNode();
        writer.EndNode();
        writer.EndNode();
        return writer.TryFinish(out ReadOnlySpan<byte> blob, out DtbError error)
            ? blob.ToArray() : throw new InvalidOperationException(error.ToString());
    }

    /// <summary>The largest tree of Debian's arm64 and armhf kernels.</summary>
    public static byte[] LargestOfDebian()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Hyperlaunch.sln")))
        {
            folder = folder.Parent;
        }

        DirectoryInfo cache = new(Path.Combine(folder?.FullName ?? ".", "build", "cache", "dtbs"));
        if (!cache.Exists)
        {
            throw new InvalidOperationException("There are no trees in build/cache/dtbs; build/fetch-dtbs.sh fetches them.");
        }

        FileInfo largest = cache.EnumerateFiles("*.dtb", SearchOption.AllDirectories)
            .OrderByDescending(file => file.Length).ThenBy(file => file.FullName, StringComparer.Ordinal).First();
        return File.ReadAllBytes(largest.FullName);
    }
}
