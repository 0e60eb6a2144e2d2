using System.Runtime;
using Hyperlaunch.Hypervisor;
using Hyperlaunch.Kernel.Consoles;
using Hyperlaunch.Kernel.Cpus;
using Hyperlaunch.Kernel.Faults;
using Hyperlaunch.Kernel.Interrupts;
using Hyperlaunch.Kernel.Memory;
using Hyperlaunch.Kernel.Runtime;
using Hyperlaunch.Kernel.Virtualization;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Kernel.Boot;

/// <summary>The first C# of the kernel.</summary>
internal static unsafe partial class KernelEntry
{
    // What the launch allocates for its domains: 8 MiB beside what the image brings.
    private const ulong HeapPages = 2048;

    /// <summary>
    /// Called by <c>entry.S</c> on the first processor's stack, interrupts off, the first 4 GiB identity-mapped.
    /// </summary>
    [RuntimeExport("KernelStart")]
    private static void Start(uint magic, ulong information)
    {
        ImageLayout* image = ImageLayout.Current;
        SerialPort.Start();
        Heap.Initialize(image);
        CpuArea.Check();
        InterruptTable.Build();
        CpuArea.Load(image->BootCpuArea);
        TypeManager.Start(image);
        HostMemory.Start(image);
        Main(magic, information);
    }

    private static MemoryRange Image => MemoryRange.FromEnd(ImageLayout.Current->TextStart, ImageLayout.Current->ImageEnd);

    // Where launching begins.
    private static void Main(uint magic, ulong information)
    {
        if (!TryReadBootInfo(magic, information, out BootInfo? info))
        {
            Panic.Stop("the boot loader left no boot information that the kernel can read"u8);
        }

        ProcessorSetup setup = new(new HostProcessor());
        bool hasAllMemory = HostMemory.TryMapMemory(info!.MemoryMap);
        Screen.Start(info.Framebuffer);
        PcMachine machine = new(info, new MachineConsole(), setup);
        TestItself(machine, info);
        Launch(machine, info, hasAllMemory);
    }

    /// <summary>What the kernel with tests in it does first; the kernel itself has none.</summary>
    static partial void TestItself(PcMachine machine, BootInfo info);

    private static void Launch(PcMachine machine, BootInfo info, bool hasAllMemory)
    {
        LaunchMemory memory = new(info, Image, HostMemory.End);
        if (memory.TryTakeForHost(HeapPages, out MemoryRange heap))
        {
            Heap.AddRegion(heap.Start, heap.Length);
        }

        HypervisorLaunch hypervisor = new(machine, info, memory);
        if (!hasAllMemory)
        {
            hypervisor.Log.Say(
                "Memory above " + (HostMemory.End >> 30) + " GiB is not used: without pages of 1 GiB it is too much to map.");
        }

        MachineLife life = hypervisor.Launch();
        life.BootCpu.Run(machine.BootCpu, life);
        machine.End(life.Ending);
    }

    private static bool TryReadBootInfo(uint magic, ulong information, out BootInfo? info)
    {
        info = null;
        return magic switch
        {
            Multiboot2Reader.Magic => Multiboot2Reader.TryRead(HostMemory.Instance, information, out info, out _),
            Multiboot1Reader.Magic => Multiboot1Reader.TryRead(HostMemory.Instance, information, out info, out _),
            _ => false,
        };
    }
}
