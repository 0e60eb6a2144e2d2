using System.Collections.Generic;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Tests.Hypervisor.Execution;

/// <summary>A processor that says it has everything, except where a test says otherwise.</summary>
internal sealed class FakeHostProcessor : IHostProcessor
{
    private readonly Dictionary<(uint Leaf, uint Subleaf), CpuidResult> _answers = new()
    {
        [(0xD, 2)] = new CpuidResult { Eax = 256, Ebx = 576 },
    };

    public void Set(uint leaf, uint subleaf, uint eax, uint ebx, uint ecx, uint edx)
        => _answers[(leaf, subleaf)] = new CpuidResult { Eax = eax, Ebx = ebx, Ecx = ecx, Edx = edx };

    public CpuidResult Cpuid(uint leaf, uint subleaf)
        => _answers.TryGetValue((leaf, subleaf), out CpuidResult answer)
            ? answer
            : new CpuidResult { Eax = uint.MaxValue, Ebx = uint.MaxValue, Ecx = uint.MaxValue, Edx = uint.MaxValue };
}
