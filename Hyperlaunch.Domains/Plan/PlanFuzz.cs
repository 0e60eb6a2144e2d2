using System;
using System.Buffers.Binary;
using Hyperlaunch.Domains.Boot;

namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// Reads launch plans of trees made up from a seed: well-formed ones with odd properties, and damaged ones. The same seed gives the
/// same digest on every host, which is how the hypervisor's own <c>selftest</c> is compared with a desk's. It allocates a few
/// dozen KiB a case.
/// </summary>
public sealed class PlanFuzz : IModuleBytes
{
    /// <summary>The seed that the hypervisor's <c>selftest</c> runs, and a desk compares with.</summary>
    public const ulong SelfTestSeed = 2021;

    /// <summary>How many trees it makes of that: few enough for the memory of a kernel that gives none back.</summary>
    public const int SelfTestCases = 50;

    private const int MaximumTree = 16 * 1024;
    private const int HeaderSize = 40;
    private const int ReservationSize = 16;
    private const uint Magic = 0xD00DFEED;
    private const uint BeginNode = 1;
    private const uint EndNode = 2;
    private const uint Property = 3;
    private const uint End = 9;

    // FNV-1a, 64 bits (Fowler, Noll, Vo).
    private const ulong DigestStart = 0xCBF29CE484222325;
    private const ulong DigestPrime = 0x100000001B3;

    private static readonly string[] s_names =
    [
        "compatible", "domid", "permissions", "functions", "role", "capability", "capabilities", "mode", "memory", "mem-min", "mem-max",
        "cpus", "domain-uuid", "security-id", "mb-index", "module-index", "module-addr", "reg", "bootargs", "#address-cells",
        "#size-cells", "hyperlaunch,boot-timeout-ms", "hyperlaunch,retain-modules", "hyperlaunch,on-crash", "hyperlaunch,direct-map", "memori", "phandle",
    ];

    private static readonly string[] s_texts =
    [
        "xen,domain", "xen,config", "hypervisor,xen", "xen,x86", "module,kernel", "module,ramdisk", "module,config", "module,index",
        "module,addr", "module,microcode", "multiboot,kernel", "multiboot,ramdisk", "multiboot,module", "module,kern", "512M", "min:64M",
        "1G,max:2G", "restart", "console=raw end=halt", "",
    ];

    private readonly byte[] _tree = new byte[MaximumTree];
    private readonly byte[] _structure = new byte[MaximumTree / 2];
    private readonly byte[] _strings = new byte[MaximumTree / 4];
    private readonly int[] _nameOffsets = new int[s_names.Length];
    private ulong _state;
    private int _length;
    private int _size;
    private readonly int _stringsSize;

    private PlanFuzz(ulong seed)
    {
        _state = seed;
        for (int index = 0; index < s_names.Length; index++)
        {
            _nameOffsets[index] = _stringsSize;
            Latin1.Write(s_names[index], _strings.AsSpan(_stringsSize));
            _stringsSize += s_names[index].Length + 1;
        }
    }

    /// <summary>Reads plans of trees made from a seed.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="cases">How many trees.</param>
    /// <returns>A digest of every plan and every problem.</returns>
    public static ulong Run(ulong seed, int cases)
    {
        PlanFuzz fuzz = new(seed);
        ulong digest = DigestStart;
        for (int index = 0; index < cases; index++)
        {
            digest = fuzz.RunOne(digest);
        }

        return digest;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Get(BootModule module) => module.Index == 0 ? _tree.AsSpan(0, _size) : default;

    /// <summary>Makes the next plan. Its tree is gone when the one after it is made.</summary>
    internal LaunchPlan Next()
    {
        Generate();
        if (Below(2) == 0)
        {
            Damage();
        }

        const ulong mib = 1 << 20;
        BootModule[] modules = new BootModule[1 + Below(5)];
        for (int index = 0; index < modules.Length; index++)
        {
            string text = Below(4) == 0 ? s_texts[Below(s_texts.Length)] : "";
            modules[index] = new BootModule(index, MemoryRange.FromLength((16 + (uint)index) * mib, 1 + (uint)Below(100_000)), text);
        }

        bool isOnlyTree = Below(8) == 0;
        bool isMemoryKnown = Below(8) != 0;
        MemoryMapEntry[] map = isMemoryKnown
            ? [new MemoryMapEntry(MemoryRange.FromEnd(mib, (64 + (uint)Below(8192)) * mib), MemoryKind.Usable)]
            : [];
        uint processors = (uint)Below(4);
        BootInfo boot = new(BootProtocol.Multiboot2, "", s_texts[Below(s_texts.Length)], modules, map, 0, null);
        return LaunchPlanReader.Read(new PlanInput(boot, this, [], processors, isMemoryKnown, isOnlyTree));
    }

    internal static PlanFuzz Start(ulong seed) => new(seed);

    private ulong RunOne(ulong digest)
    {
        LaunchPlan plan = Next();
        digest = Add(digest, (uint)plan.Dialect);
        digest = Add(digest, (uint)plan.OmittedProblems);
        for (int index = 0; index < plan.Problems.Length; index++)
        {
            digest = Add(digest, (uint)plan.Problems[index].Severity);
            digest = Add(digest, plan.Problems[index].Rule.Name);
            digest = Add(digest, plan.Problems[index].Describe());
        }

        for (int index = 0; index < plan.CreationOrder.Length; index++)
        {
            DomainPlan domain = plan.CreationOrder[index];
            digest = Add(digest, domain.Name);
            digest = Add(digest, domain.CommandLine);
            digest = Add(digest, domain.Id.Value);
            digest = Add(digest, (uint)domain.Roles);
            digest = Add(digest, domain.VirtualCpus);
            digest = Add(digest, domain.MemoryKib);
            digest = Add(digest, (uint)(domain.Kernel == null ? 0 : domain.Kernel.Index));
        }

        return digest;
    }

    private static ulong Add(ulong digest, string text)
    {
        for (int index = 0; index < text.Length; index++)
        {
            digest = unchecked((digest ^ text[index]) * DigestPrime);
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

    private void Generate()
    {
        _length = 0;
        OpenNode("");
        OpenNode("chosen");
        bool isBare = Below(4) == 0;
        if (!isBare)
        {
            OpenNode("hypervisor");
            TextProperty("compatible", Below(8) == 0 ? s_texts[Below(s_texts.Length)] : "hypervisor,xen");
        }

        int domains = Below(5);
        for (int index = 0; index < domains; index++)
        {
            GenerateDomain(index);
        }

        for (int index = isBare ? 2 : 3; index > 0; index--)
        {
            Token(EndNode);
        }

        Token(End);
        Assemble();
    }

    private void GenerateDomain(int index)
    {
        OpenNode("d" + NumberText.Decimal((uint)index));
        TextProperty("compatible", Below(10) == 0 ? "xen,config" : "xen,domain");
        CellsProperty("memory", 0, (uint)Below(1 << 21));
        GenerateProperties(Below(7));
        int modules = Below(4);
        for (int module = 0; module < modules; module++)
        {
            OpenNode("m" + NumberText.Decimal((uint)module));
            TextProperty("compatible", module == 0 ? "module,kernel" : s_texts[Below(s_texts.Length)]);
            if (Below(8) != 0)
            {
                Cell("mb-index", (uint)Below(6));
            }

            GenerateProperties(Below(3));
            Token(EndNode);
        }

        Token(EndNode);
    }

    private void GenerateProperties(int count)
    {
        for (int index = 0; index < count; index++)
        {
            string name = s_names[Below(s_names.Length)];
            switch (Below(5))
            {
                case 0:
                    TextProperty(name, s_texts[Below(s_texts.Length)]);
                    break;
                case 1:
                    CellsProperty(name, (uint)(NextBits() >> (32 + Below(32))), (uint)NextBits());
                    break;
                case 2:
                    PropertyHeader(name, Below(20));
                    break;
                default:
                    Cell(name, Below(3) == 0 ? (uint)NextBits() : (uint)Below(16));
                    break;
            }
        }
    }

    private void Damage()
    {
        int count = 1 + Below(4);
        for (int index = 0; index < count; index++)
        {
            _tree[Below(_size)] = (byte)NextBits();
        }

        if (Below(4) == 0)
        {
            _size = 1 + Below(_size);
        }
    }

    private void Assemble()
    {
        Span<byte> tree = _tree;
        int structure = HeaderSize + ReservationSize;
        int strings = structure + _length;
        _size = strings + _stringsSize;
        tree.Slice(0, structure).Clear();
        Write(0, Magic);
        Write(4, (uint)_size);
        Write(8, (uint)structure);
        Write(12, (uint)strings);
        Write(16, HeaderSize);
        Write(20, 17);
        Write(24, 16);
        Write(32, (uint)_stringsSize);
        Write(36, (uint)_length);
        _structure.AsSpan(0, _length).CopyTo(tree.Slice(structure));
        _strings.AsSpan(0, _stringsSize).CopyTo(tree.Slice(strings));
    }

    private void Write(int offset, uint value) => BinaryPrimitives.WriteUInt32BigEndian(_tree.AsSpan(offset), value);

    private void Token(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_structure.AsSpan(_length), value);
        _length += sizeof(uint);
    }

    private void OpenNode(string name)
    {
        Token(BeginNode);
        Text(name);
    }

    /// <summary>Writes text, its NUL, and zeros up to a whole cell.</summary>
    private void Text(string text)
    {
        int padded = (text.Length + sizeof(uint)) & ~(sizeof(uint) - 1);
        _structure.AsSpan(_length, padded).Clear();
        Latin1.Write(text, _structure.AsSpan(_length));
        _length += padded;
    }

    private void TextProperty(string name, string text)
    {
        PropertyStart(name, text.Length + 1);
        Text(text);
    }

    private void Cell(string name, uint value)
    {
        PropertyStart(name, sizeof(uint));
        Token(value);
    }

    private void CellsProperty(string name, uint high, uint low)
    {
        PropertyStart(name, 2 * sizeof(uint));
        Token(high);
        Token(low);
    }

    private void PropertyHeader(string name, int length)
    {
        PropertyStart(name, length);
        for (int written = 0; written < length; written += sizeof(uint))
        {
            Token((uint)NextBits());
        }
    }

    private void PropertyStart(string name, int length)
    {
        int index = s_names.Length - 1;
        while (s_names[index] != name)
        {
            index--;
        }

        Token(Property);
        Token((uint)length);
        Token((uint)_nameOffsets[index]);
    }
}
