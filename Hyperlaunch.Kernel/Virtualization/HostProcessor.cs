using Hyperlaunch.Kernel.Instructions;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Kernel.Virtualization;

/// <summary>The processor that this code runs on.</summary>
internal sealed unsafe class HostProcessor : IHostProcessor
{
    private const int RegisterCount = 4;

    /// <inheritdoc/>
    public CpuidResult Cpuid(uint leaf, uint subleaf)
    {
        uint* registers = stackalloc uint[RegisterCount];
        Processor.Identify(leaf, subleaf, registers);
        return new CpuidResult { Eax = registers[0], Ebx = registers[1], Ecx = registers[2], Edx = registers[3] };
    }
}
