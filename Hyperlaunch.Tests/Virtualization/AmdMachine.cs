using System;
using System.Collections.Generic;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Tests.Virtualization;

/// <summary>An AMD processor with SVM, nested paging and the next instruction's address.</summary>
internal sealed class AmdMachine : IHostProcessor, IDisposable
{
    private const uint NestedPaging = 1u << 0;
    private const uint NextRip = 1u << 3;
    private const uint AddressSpaces = 16;

    public AmdMachine()
    {
        Host = new FakeVirtualizationHost(this);
        foreach (uint register in new[] { Msr.Efer, Msr.SvmControl, Msr.SvmHostSaveArea })
        {
            Host.Msrs[register] = 0;
        }
    }

    public FakeVirtualizationHost Host { get; }

    /// <summary>What CPUID answers instead, by leaf and subleaf.</summary>
    public Dictionary<(uint Leaf, uint Subleaf), CpuidResult> Answers { get; } = [];

    public CpuidResult Cpuid(uint leaf, uint subleaf) => Answers.TryGetValue((leaf, subleaf), out CpuidResult answer)
        ? answer
        : Ordinary(leaf);

    private static CpuidResult Ordinary(uint leaf) => leaf switch
    {
        0x8000_0000 => new CpuidResult { Eax = 0x8000_000A },
        0x8000_0001 => new CpuidResult { Ecx = 1u << 2 },
        0x8000_000A => new CpuidResult { Eax = 1, Ebx = AddressSpaces, Edx = NestedPaging | NextRip },
        _ => default,
    };

    public void Dispose() => Host.Dispose();
}
