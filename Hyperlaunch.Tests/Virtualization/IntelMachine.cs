using System;
using System.Collections.Generic;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Vmx;

namespace Hyperlaunch.Tests.Virtualization;

/// <summary>An Intel processor: the words are those of Bochs 2.7's corei7_skylake_x.</summary>
internal sealed class IntelMachine : IHostProcessor, IDisposable
{
    private const uint Pae = 1u << 6;
    private const uint Rdtscp = 1u << 27;
    private const uint PhysicalAddressBits = 40;

    public IntelMachine()
    {
        Host = new FakeVirtualizationHost(this);
        foreach ((uint register, ulong value) in s_msrs)
        {
            Host.Msrs[register] = value;
        }
    }

    private static readonly Dictionary<uint, ulong> s_msrs = new()
    {
        [Msr.FeatureControl] = 0x5,
        [VmxMsr.Basic] = 0xD810000000002B,
        [VmxMsr.Pin] = 0x7F00000016,
        [VmxMsr.Primary] = 0xF7F9FFFE0401E172,
        [VmxMsr.Exit] = 0x7FFFFF00036DFF,
        [VmxMsr.Entry] = 0xFFFF000011FF,
        [VmxMsr.Miscellaneous] = 0x600401E0,
        [VmxMsr.Cr0Fixed0] = 0x80000021,
        [VmxMsr.Cr0Fixed1] = 0xFFFFFFFF,
        [VmxMsr.Cr4Fixed0] = 0x2000,
        [VmxMsr.Cr4Fixed1] = 0x3727FF,
        [VmxMsr.Enumeration] = 0x34,
        [VmxMsr.Secondary] = 0x2177FFF00000000,
        [VmxMsr.EptVpid] = 0xF0106334141,
        [VmxMsr.TruePin] = 0x7F00000016,
        [VmxMsr.TruePrimary] = 0xF7F9FFFE04006172,
        [VmxMsr.TrueExit] = 0x7FFFFF00036DFB,
        [VmxMsr.TrueEntry] = 0xFFFF000011FB,
    };

    public FakeVirtualizationHost Host { get; }

    public Dictionary<uint, ulong> Msrs => Host.Msrs;

    public bool HasVmx { get; set; } = true;

    /// <summary>What CPUID answers instead, by leaf and subleaf.</summary>
    public Dictionary<(uint Leaf, uint Subleaf), CpuidResult> Answers { get; } = [];

    public CpuidResult Cpuid(uint leaf, uint subleaf) => Answers.TryGetValue((leaf, subleaf), out CpuidResult answer)
        ? answer
        : Ordinary(leaf);

    private CpuidResult Ordinary(uint leaf) => leaf switch
    {
        1 => new CpuidResult { Ecx = HasVmx ? (1u << 3) | (1u << 5) : 0, Edx = Pae },
        7 => new CpuidResult { Ebx = 1u << 10 },
        0x8000_0000 => new CpuidResult { Eax = 0x8000_0008 },
        0x8000_0001 => new CpuidResult { Edx = Rdtscp },
        0x8000_0008 => new CpuidResult { Eax = PhysicalAddressBits },
        _ => default,
    };

    public void Dispose() => Host.Dispose();
}
