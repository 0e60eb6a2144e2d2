using System;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Hyperlaunch.Dtb;

namespace Hyperlaunch.Benchmarks.Dtb;

/// <summary>
/// The device tree library against libfdt on the same blobs: opening with all checks, and walks. Before anything is measured,
/// both walks must have seen the same.
/// </summary>
[InProcess]
[MemoryDiagnoser]
[MinColumn]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory, BenchmarkLogicalGroupRule.ByParams)]
[CategoriesColumn]
public unsafe class DtbBenchmarks
{
    private byte[] blob = [];
    private byte* native;

    [Params("lcm-64", "debian-largest")]
    public string Tree { get; set; } = "lcm-64";

    [GlobalSetup]
    public void Setup()
    {
        blob = Tree == "lcm-64" ? Blobs.Lcm() : Blobs.LargestOfDebian();
        native = (byte*)NativeMemory.AlignedAlloc((nuint)blob.Length, 8);
        // Sound: as long as the allocation before.
        blob.CopyTo(new Span<byte>(native, blob.Length));
        if (LibfdtOpens() != 0 || !Opens() || LibfdtWalks() != Walks() || LibfdtLooksUp() != LooksUp())
        {
            throw new InvalidOperationException("The two libraries do not see the same tree.");
        }

        Console.WriteLine($"// {Tree}: {blob.Length} bytes");
    }

    [GlobalCleanup]
    public void Cleanup() => NativeMemory.AlignedFree(native);

    [BenchmarkCategory("open"), Benchmark(Baseline = true, Description = "libfdt fdt_check_full")]
    public int LibfdtOpens() => Libfdt.CheckFull(native, (nuint)blob.Length);

    [BenchmarkCategory("open"), Benchmark(Description = "DeviceTree.TryOpen, all checks")]
    public bool Opens() => DeviceTree.TryOpen(blob, out _, out _);

    /// <summary>Every node, every property, its name and value in the order of the blob.</summary>
    [BenchmarkCategory("walk"), Benchmark(Baseline = true, Description = "libfdt")]
    public long LibfdtWalks()
    {
        long sum = 0;
        int depth = 0;
        for (int node = 0; node >= 0 && depth >= 0; node = Libfdt.NextNode(native, node, &depth))
        {
            int nameLength;
            Libfdt.GetName(native, node, &nameLength);
            sum += nameLength;
            for (int property = Libfdt.FirstProperty(native, node); property >= 0;
                property = Libfdt.NextProperty(native, property))
            {
                byte* name;
                int length;
                byte* value = Libfdt.PropertyByOffset(native, property, &name, &length);
                sum += *name + length + (length > 0 ? *value : 0);
            }
        }

        return sum;
    }

    [BenchmarkCategory("walk"), Benchmark(Description = "Hyperlaunch.Dtb")]
    public long Walks()
    {
        DeviceTree.TryOpen(blob, DtbStrictness.Lenient, out DeviceTree tree, out _);
        long sum = 0;
        foreach (DeviceTreeNode node in tree.Nodes)
        {
            sum += node.Name.Length;
            foreach (DeviceTreeProperty property in node.Properties)
            {
                sum += property.Name[0] + property.Value.Length + (property.Value.Length > 0 ? property.Value[0] : 0);
            }
        }

        return sum;
    }

    /// <summary>Every node, and every property found again by its name, as a reader of a launch control module does.</summary>
    [BenchmarkCategory("look up by name"), Benchmark(Baseline = true, Description = "libfdt")]
    public long LibfdtLooksUp()
    {
        long sum = 0;
        int depth = 0;
        for (int node = 0; node >= 0 && depth >= 0; node = Libfdt.NextNode(native, node, &depth))
        {
            for (int property = Libfdt.FirstProperty(native, node); property >= 0;
                property = Libfdt.NextProperty(native, property))
            {
                byte* name;
                int length;
                Libfdt.PropertyByOffset(native, property, &name, &length);
                byte* value = Libfdt.PropertyByName(native, node, name, &length);
                sum += length + (length > 0 ? *value : 0);
            }
        }

        return sum;
    }

    [BenchmarkCategory("look up by name"), Benchmark(Description = "Hyperlaunch.Dtb")]
    public long LooksUp()
    {
        DeviceTree.TryOpen(blob, DtbStrictness.Lenient, out DeviceTree tree, out _);
        long sum = 0;
        foreach (DeviceTreeNode node in tree.Nodes)
        {
            foreach (DeviceTreeProperty property in node.Properties)
            {
                node.TryFindProperty(property.Name, out DeviceTreeProperty found);
                sum += found.Value.Length + (found.Value.Length > 0 ? found.Value[0] : 0);
            }
        }

        return sum;
    }
}
