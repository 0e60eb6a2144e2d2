using System.Runtime;

using Hyperlaunch.Kernel.Machine;
using Hyperlaunch.Kernel.Runtime;

namespace Hyperlaunch.Kernel.Boot;

/// <summary>The first C# of the kernel.</summary>
internal static unsafe class KernelEntry
{
    /// <summary>Called by <c>entry.S</c> on the first processor's stack, interrupts off, the first 4 GiB identity-mapped.</summary>
    [RuntimeExport("KernelStart")]
    private static void Start(uint magic, ulong information)
    {
        ImageLayout* image = ImageLayout.Current;
        Heap.Initialize(image);
        CpuArea.Check();
        InterruptTable.Build();
        CpuArea.Load(image->BootCpuArea);
        TypeManager.Start(image);
        Main(magic, information);
    }

    // Where launching begins.
    private static void Main(uint magic, ulong information)
    {
        DirectConsole.Write($"(HV) Hyperlaunch magic={magic:x8} information={information:x}\n");
        SelfTest.SelfTests.Run();
    }
}
