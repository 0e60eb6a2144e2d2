using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using Hyperlaunch.Dtb;
using Hyperlaunch.Tests.Dtb.Writing;
using Xunit;

namespace Hyperlaunch.Tests.Dtb.Conformance;

/// <summary>
/// Every device tree of Debian's arm64 and armhf kernels, which <c>build/fetch-dtbs.sh</c> fetches, through every part of
/// the library and back through dtc.
/// </summary>
public class DebianTreesTests(ITestOutputHelper output)
{
    private const string Cache = "build/cache/dtbs";

    /// <summary>How many there were when this was written, give or take what a kernel update adds or drops.</summary>
    private const int FewestTrees = 1300;

    [Fact]
    [Trait("Category", "Slow")]
    public void Reads_prints_and_writes_every_tree_as_dtc_sees_it()
    {
        List<string> files = Files();
        int sameBlobs = 0;
        ConcurrentBag<string> failures = [];
        Parallel.ForEach(files, file =>
        {
            byte[] blob = File.ReadAllBytes(file);
            try
            {
                byte[] compiled = Dtc.Compile(Encoding.ASCII.GetBytes(Print(blob)), BootCpu(blob));
                byte[] seen = Dtc.Decompile(blob);
                if (!seen.AsSpan().SequenceEqual(Dtc.Decompile(compiled)))
                {
                    failures.Add($"{file}: printed, it compiles to another tree");
                }

                if (!seen.AsSpan().SequenceEqual(Dtc.Decompile(DeviceTreeWriterTests.Rewrite(blob))))
                {
                    failures.Add($"{file}: written again, it is another tree");
                }

                System.Threading.Interlocked.Add(ref sameBlobs, blob.AsSpan().SequenceEqual(compiled) ? 1 : 0);
            }
            catch (Exception e)
            {
                failures.Add($"{file}: {e.Message}");
            }
        });

        output.WriteLine($"{files.Count} trees; {sameBlobs} printed and compiled to the same bytes");
        Assert.Empty(failures);
        // Where another version of dtc made the blob, the bytes may differ though the tree does not.
        Assert.True(sameBlobs * 10 > files.Count * 9, $"only {sameBlobs} of {files.Count} compile to the same bytes");
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Opens_and_reads_everything_in_every_tree_without_a_finding()
    {
        List<string> files = Files();
        foreach (string file in files)
        {
            byte[] blob = File.ReadAllBytes(file);
            Assert.True(DeviceTree.TryOpen(blob, out DeviceTree tree, out DtbError error), $"{file}: {error}");
            Assert.Equal(0, DtbChecker.Check(blob, []));
            Assert.Equal(0, Libfdt.CheckFull(blob));
            Everything.Read(tree);
        }

        output.WriteLine($"{files.Count} trees");
    }

    [Fact]
    public void The_canonical_tree_prints_as_what_dtc_compiles_to_the_same_tree()
    {
        byte[] blob = CanonicalTree.Describe(new BlobBuilder { BootCpu = 3, Order = "trs" }).Build();

        byte[] compiled = Dtc.Compile(Encoding.ASCII.GetBytes(Print(blob)), BootCpu(blob));

        Assert.Equal(Encoding.ASCII.GetString(Dtc.Decompile(blob)), Encoding.ASCII.GetString(Dtc.Decompile(compiled)));
        Assert.True(DeviceTree.TryOpen(blob, out DeviceTree before, out _));
        Assert.True(DeviceTree.TryOpen(compiled, out DeviceTree after, out _));
        Assert.Equal(CanonicalTree.Read(before), CanonicalTree.Read(after));
    }

    private static List<string> Files()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Hyperlaunch.sln")))
        {
            folder = folder.Parent;
        }

        string cache = Path.Combine(folder?.FullName ?? ".", Cache);
        Assert.SkipUnless(Directory.Exists(cache), $"{Cache} is empty; build/fetch-dtbs.sh fills it.");
        List<string> files
            = [.. Directory.EnumerateFiles(cache, "*.dtb", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        Assert.InRange(files.Count, FewestTrees, int.MaxValue);
        return files;
    }

    private static string Print(byte[] blob)
    {
        Assert.True(DeviceTree.TryOpen(blob, out DeviceTree tree, out DtbError error), error.ToString());
        return DeviceTreeText.Format(tree);
    }

    private static uint BootCpu(byte[] blob) => DeviceTree.TryOpen(blob, out DeviceTree tree, out _) ? tree.BootCpuId : 0;
}
