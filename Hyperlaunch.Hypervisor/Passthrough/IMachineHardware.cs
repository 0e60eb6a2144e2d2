using System;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Hypervisor.Passthrough;

/// <summary>
/// The machine's devices, as far as the kernel below hands them on: what the hardware domain is given is made of it.
/// </summary>
public interface IMachineHardware
{
    /// <summary>Ports that the hypervisor keeps: no domain reaches them.</summary>
    ReadOnlySpan<PortRange> KeptPorts { get; }

    /// <summary>Registers in memory that the hypervisor keeps: the interrupt controllers, its timers.</summary>
    ReadOnlySpan<MemoryRange> KeptMemory { get; }

    /// <summary>Reads a port.</summary>
    /// <param name="port">The port.</param>
    /// <param name="size">1, 2 or 4 bytes.</param>
    uint ReadPort(ushort port, int size);

    /// <summary>Writes a port.</summary>
    /// <param name="port">The port.</param>
    /// <param name="size">1, 2 or 4 bytes.</param>
    /// <param name="value">The value; bytes beyond <paramref name="size"/> are 0.</param>
    void WritePort(ushort port, int size, uint value);

    /// <summary>
    /// Lets the interrupts of the machine's controller pair reach the boot CPU, or no longer. Called on that CPU. Which of its 16
    /// lines are open is the caller's business: they are closed at first.
    /// </summary>
    void ConnectLines(bool connected);

    /// <summary>
    /// Takes note of the lines that have interrupted the boot CPU since the last call; they are still in service. Called on that
    /// CPU.
    /// </summary>
    /// <returns>A bit for each line, 0 to 15.</returns>
    uint TakeInterrupts();
}
