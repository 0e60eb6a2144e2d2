using System;
using System.Collections.Generic;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Tests.Virtualization;

/// <summary>An AMD processor with SVM, nested paging and the next instruction's address.</summary>
internal sealed class AmdMachine : IHostProcessor, IDisposable
{
    private const uint NestedPaging = 1u << 0;
    private const uint BranchRecords = 1u << 1;
    private const uint NextRip = 1u << 3;
    private const uint DecodeAssists = 1u << 7;
    private const uint BusLockThreshold = 1u << 29;
    private const uint Pae = 1u << 6;
    private const uint MachineCheck = 1u << 7;
    private const uint Pcid = 1u << 17;
    private const uint AddressSpaces = 16;

    public AmdMachine()
    {
        Host = new FakeVirtualizationHost(this);
        foreach (uint register in new[] { Msr.Efer, Msr.SvmControl, Msr.SvmHostSaveArea })
        {
            Host.Msrs[register] = 0;
        }
    }

    /// <summary>Whether exits tell what the instruction was.</summary>
    public bool HasDecodeAssists { get; set; } = true;

    /// <summary>Whether bus locks can be made to exit.</summary>
    public bool HasBusLockThreshold { get; set; }

    /// <summary>Whether it is QEMU's, emulated.</summary>
    public bool IsTcg { get; set; }

    private uint Assists => (HasDecodeAssists ? DecodeAssists : 0) | (HasBusLockThreshold ? BusLockThreshold : 0);

    public FakeVirtualizationHost Host { get; }

    /// <summary>What CPUID answers instead, by leaf and subleaf.</summary>
    public Dictionary<(uint Leaf, uint Subleaf), CpuidResult> Answers { get; } = [];

    public CpuidResult Cpuid(uint leaf, uint subleaf) => Answers.TryGetValue((leaf, subleaf), out CpuidResult answer)
        ? answer
        : Ordinary(leaf);

    private CpuidResult Ordinary(uint leaf) => leaf switch
    {
        1 => new CpuidResult { Edx = Pae | MachineCheck, Ecx = Pcid | (IsTcg ? 1u << 31 : 0) },
        0x4000_0000 when IsTcg => new CpuidResult { Ebx = 0x5447_4354, Ecx = 0x4354_4743, Edx = 0x4743_5447 },
        0x8000_0000 => new CpuidResult { Eax = 0x8000_000A },
        0x8000_0001 => new CpuidResult { Ecx = 1u << 2 },
        0x8000_000A => new CpuidResult { Eax = 1, Ebx = AddressSpaces, Edx = NestedPaging | BranchRecords | NextRip | Assists },
        _ => default,
    };

    public void Dispose() => Host.Dispose();
}
