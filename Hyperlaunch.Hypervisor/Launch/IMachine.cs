using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Hypervisor.Passthrough;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.Time;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>The machine that the hypervisor runs on: everything that the libraries ask of the kernel that hosts them.</summary>
public interface IMachine
{
    /// <summary>Its time.</summary>
    IClock Clock { get; }

    /// <summary>Its memory.</summary>
    IPhysicalMemory Memory { get; }

    /// <summary>Its console.</summary>
    IConsoleDevice Console { get; }

    /// <summary>What its processor can do.</summary>
    IHostProcessor Processor { get; }

    /// <summary>The CPU that this is called on.</summary>
    IPhysicalCpu BootCpu { get; }

    /// <summary>How many CPUs it has.</summary>
    int CpuCount { get; }

    /// <summary>The local APIC's number of a CPU, which tells the threads of a core.</summary>
    /// <param name="index">Its number, 0 to <see cref="CpuCount"/> - 1.</param>
    uint ApicIdOf(int index);

    /// <summary>Its devices, for the hardware domain; null when they cannot be handed on.</summary>
    IMachineHardware? Hardware { get; }

    /// <summary>Gives the managed heap more memory, which stays its own.</summary>
    /// <param name="region">The memory, of whole pages.</param>
    void GrowHeap(MemoryRange region);

    /// <summary>How often memory was taken from the managed heap since the hypervisor was entered.</summary>
    ulong HeapAllocations { get; }

    /// <summary>
    /// Takes what the machine has noticed about itself and a person should know: a sentence. Asked now and then, on the boot CPU.
    /// </summary>
    /// <returns>Null when there is nothing new.</returns>
    string? TakeNotice();

    /// <summary>
    /// Starts another CPU, which enables virtualization for itself and then runs <paramref name="program"/> for ever. Only after
    /// <see cref="TryEnableVirtualization"/>.
    /// </summary>
    /// <param name="index">Its number, 1 to <see cref="CpuCount"/> - 1.</param>
    /// <param name="program">What it does.</param>
    /// <returns>False when it did not answer in time.</returns>
    bool TryStartCpu(int index, ICpuProgram program);

    /// <summary>Enables the processor's virtualization extension on this CPU.</summary>
    /// <param name="virtualization">The extension.</param>
    /// <param name="problem">Where this returns false: one sentence that says what is missing and what to do.</param>
    bool TryEnableVirtualization(out IVirtualization? virtualization, out string problem);
}
