using System;
using System.Buffers.Binary;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Dtb;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Tests.Domains.Plan;

/// <summary>
/// Reads launch plans of trees made up from a seed: well-formed ones with odd properties, and damaged ones. The same seed gives
/// the same digest on every host, which is how the hypervisor's own <c>selftest</c>, which has this file too, is compared with
/// a desk's. It allocates a few dozen KiB a case.
/// </summary>
internal sealed class PlanFuzz : IModuleBytes
{
    /// <summary>The seed that the hypervisor's <c>selftest</c> runs, and a desk compares with.</summary>
    public const ulong SelfTestSeed = 2021;

    /// <summary>How many trees it makes of that: few enough for the memory of a kernel that gives none back.</summary>
    public const int SelfTestCases = 50;

    private const int MaximumTree = 16 * 1024;

    // Where a flattened device tree says how long it is (Devicetree Specification v0.4, 5.2, totalsize).
    private const int SizeOffset = 4;

    // FNV-1a, 64 bits (Fowler, Noll, Vo).
    private const ulong DigestStart = 0xCBF29CE484222325;
    private const ulong DigestPrime = 0x100000001B3;

    private static readonly string[] s_names =
    [
        "compatible", "domid", "permissions", "functions", "role", "capability", "capabilities", "mode", "memory", "mem-min",
        "mem-max", "cpus", "domain-uuid", "security-id", "mb-index", "module-index", "module-addr", "reg", "bootargs",
        "#address-cells", "#size-cells", "hyperlaunch,boot-timeout-ms", "hyperlaunch,retain-modules", "hyperlaunch,on-crash",
        "hyperlaunch,direct-map", "hyperlaunch,interface", "memori", "phandle",
    ];

    private static readonly string[] s_texts =
    [
        "xen,domain", "xen,config", "hypervisor,xen", "xen,x86", "module,kernel", "module,ramdisk", "module,config",
        "module,index", "module,addr", "module,microcode", "multiboot,kernel", "multiboot,ramdisk", "multiboot,module",
        "module,kern", "512M", "min:64M", "1G,max:2G", "restart", "console=raw end=halt", "",
    ];

    private readonly byte[] _tree = new byte[MaximumTree];
    private ulong _state;
    private int _size;

    private PlanFuzz(ulong seed) => _state = seed;

    /// <summary>Reads plans of trees made from a seed.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="cases">How many trees.</param>
    /// <returns>A digest of every plan and every problem.</returns>
    public static ulong Run(ulong seed, int cases)
    {
        PlanFuzz fuzz = new(seed);
        ulong digest = DigestStart;
        for (int i = 0; i < cases; i++)
        {
            digest = fuzz.RunOne(digest);
        }

        return digest;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Get(BootModule module) => module.Index == 0 ? _tree.AsSpan(0, _size) : default;

    /// <summary>Makes the next plan. Its tree is gone when the one after it is made.</summary>
    public LaunchPlan Next()
    {
        Generate();
        if (Below(3) == 0)
        {
            Damage();
        }

        const ulong MiB = 1 << 20;
        BootModule[] modules = new BootModule[1 + Below(5)];
        for (int i = 0; i < modules.Length; i++)
        {
            string text = Below(4) == 0 ? s_texts[Below(s_texts.Length)] : "";
            modules[i] = new BootModule(i, MemoryRange.FromLength((16 + (uint)i) * MiB, 1 + (uint)Below(100_000)), text);
        }

        bool isOnlyTree = Below(8) == 0;
        bool isMemoryKnown = Below(8) != 0;
        MemoryMapEntry[] map = isMemoryKnown
            ? [new MemoryMapEntry(MemoryRange.FromEnd(MiB, (64 + (uint)Below(8192)) * MiB), MemoryKind.Usable)]
            : [];
        uint processors = (uint)Below(4);
        BootInfo boot = new(BootProtocol.Multiboot2, "", s_texts[Below(s_texts.Length)], modules, map, 0, null);
        return LaunchPlanReader.Read(new PlanInput(boot, this, [], processors, isMemoryKnown, isOnlyTree));
    }

    /// <summary>Begins with a seed.</summary>
    public static PlanFuzz Start(ulong seed) => new(seed);

    private ulong RunOne(ulong digest)
    {
        LaunchPlan plan = Next();
        digest = Add(digest, (uint)plan.Dialect);
        digest = Add(digest, (uint)plan.OmittedProblems);
        for (int i = 0; i < plan.Problems.Length; i++)
        {
            digest = Add(digest, (uint)plan.Problems[i].Severity);
            digest = Add(digest, plan.Problems[i].Rule.Name);
            digest = Add(digest, plan.Problems[i].Describe());
        }

        for (int i = 0; i < plan.CreationOrder.Length; i++)
        {
            DomainPlan domain = plan.CreationOrder[i];
            digest = Add(digest, domain.Name);
            digest = Add(digest, domain.CommandLine);
            digest = Add(digest, domain.Id.Value);
            digest = Add(digest, (uint)domain.Roles);
            digest = Add(digest, domain.VirtualCpus);
            digest = Add(digest, domain.MemoryKib);
            digest = Add(digest, (uint)(domain.Kernel is null ? 0 : domain.Kernel.Index));
        }

        return digest;
    }

    private static ulong Add(ulong digest, string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            digest = unchecked((digest ^ text[i]) * DigestPrime);
        }

        return Add(digest, (uint)text.Length);
    }

    private static ulong Add(ulong digest, ulong value)
    {
        for (int shift = 0; shift < 64; shift += 8)
        {
            digest = unchecked((digest ^ ((value >> shift) & 0xFF)) * DigestPrime);
        }

        return digest;
    }

    /// <summary>Sebastiano Vigna's SplitMix64: the next 64 bits.</summary>
    private ulong NextBits()
    {
        unchecked
        {
            _state += 0x9E3779B97F4A7C15;
            ulong bits = _state;
            bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
            bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
            return bits ^ (bits >> 31);
        }
    }

    /// <summary>A number from 0 to <paramref name="limit"/> - 1.</summary>
    private int Below(int limit) => (int)(((NextBits() >> 32) * (uint)limit) >> 32);

    // What the writer finds fault with in a finished tree, a property twice or of the wrong type, is what the reader shall meet
    // too: the tree is there all the same.
    private void Generate()
    {
        DeviceTreeWriter writer = new(_tree);
        writer.BeginNode(default);
        writer.BeginNode("chosen"u8);
        bool isBare = Below(4) == 0;
        if (!isBare)
        {
            writer.BeginNode("hypervisor"u8);
            Text(ref writer, "compatible", Below(8) == 0 ? s_texts[Below(s_texts.Length)] : "hypervisor,xen");
        }

        int domains = Below(5);
        for (int i = 0; i < domains; i++)
        {
            GenerateDomain(ref writer, i);
        }

        for (int i = isBare ? 2 : 3; i > 0; i--)
        {
            writer.EndNode();
        }

        writer.TryFinish(out _, out _);
        _size = BinaryPrimitives.ReadInt32BigEndian(_tree.AsSpan(SizeOffset));
    }

    private void GenerateDomain(ref DeviceTreeWriter writer, int number)
    {
        writer.BeginNode([(byte)'d', (byte)('0' + number)]);
        Text(ref writer, "compatible", Below(10) == 0 ? "xen,config" : "xen,domain");
        writer.AddU64("memory"u8, (uint)Below(1 << 21));
        GenerateProperties(ref writer, Below(7));
        int modules = Below(4);
        for (int i = 0; i < modules; i++)
        {
            writer.BeginNode([(byte)'m', (byte)('0' + i)]);
            Text(ref writer, "compatible", i == 0 ? "module,kernel" : s_texts[Below(s_texts.Length)]);
            if (Below(8) != 0)
            {
                writer.AddU32("mb-index"u8, (uint)Below(6));
            }

            GenerateProperties(ref writer, Below(3));
            writer.EndNode();
        }

        writer.EndNode();
    }

    private void GenerateProperties(ref DeviceTreeWriter writer, int count)
    {
        Span<byte> value = stackalloc byte[20];
        for (int i = 0; i < count; i++)
        {
            string name = s_names[Below(s_names.Length)];
            switch (Below(5))
            {
                case 0:
                    Text(ref writer, name, s_texts[Below(s_texts.Length)]);
                    break;
                case 1:
                    writer.AddU64(Bytes(name), (NextBits() >> (32 + Below(32)) << 32) | (uint)NextBits());
                    break;
                case 2:
                    int length = Below(value.Length);
                    for (int j = 0; j < length; j++)
                    {
                        value[j] = (byte)NextBits();
                    }

                    writer.AddProperty(Bytes(name), value[..length]);
                    break;
                default:
                    writer.AddU32(Bytes(name), Below(3) == 0 ? (uint)NextBits() : (uint)Below(16));
                    break;
            }
        }
    }

    private static void Text(ref DeviceTreeWriter writer, string name, string text) => writer.AddString(Bytes(name), Bytes(text));

    private static byte[] Bytes(string text)
    {
        byte[] bytes = new byte[text.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)text[i];
        }

        return bytes;
    }

    private void Damage()
    {
        int count = 1 + Below(4);
        for (int i = 0; i < count; i++)
        {
            _tree[Below(_size)] = (byte)NextBits();
        }

        if (Below(4) == 0)
        {
            _size = 1 + Below(_size);
        }
    }
}
