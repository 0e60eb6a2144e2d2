using System;
using System.Collections.Generic;
using Hyperlaunch.Hypervisor.Passthrough;
using Hyperlaunch.Kernel.Instructions;
using Hyperlaunch.Kernel.Interrupts;
using Hyperlaunch.Machine.Firmware;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Platform.Board;
using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Kernel.Devices;

/// <summary>The PC's devices for the hardware domain, and what of them the hypervisor keeps.</summary>
internal sealed class PcHardware : IMachineHardware
{
    // Intel's chipsets have all of ACPI's blocks, and a watchdog, in 128 ports (ICH9 data sheet, PMBASE).
    private const int PowerBlockSize = 128;

    private const ulong LocalApicAddress = 0xFEE0_0000;
    private const ulong LocalApicLength = 0x10_0000;

    // Where chipsets have the event timer, also when firmware tells nobody (IA-PC HPET Specification 1.0a, section 2.3.1).
    private const ulong UsualEventTimer = 0xFED0_0000;

    private readonly HostLocalApic _apic;
    private readonly PortRange[] _ports;
    private readonly MemoryRange[] _memory;

    /// <summary>Collects what is kept.</summary>
    /// <param name="apic">The local APIC.</param>
    /// <param name="fixedHardware">Where ACPI's registers are.</param>
    /// <param name="topology">The I/O APICs.</param>
    /// <param name="eventTimer">Where the event timer is; 0 when no table tells.</param>
    public PcHardware(HostLocalApic apic, FixedHardware fixedHardware, InterruptTopology topology, ulong eventTimer)
    {
        _apic = apic;
        List<PortRange> ports =
        [
            // The DMA controllers, which write to memory, and the port that shows how far firmware got.
            new(0x00, 0x1F), new(0x80, 0x91), new(0xC0, 0xDF),

            // The aliases of the interrupt controllers, of the timer and of the clock. Firmware's own mode is entered among them
            // (0xB2).
            new(0x22, 0x3F), new(0x44, 0x5F), new(0xA2, 0xBF), new(0x72, 0x77),

            // The screen.
            new(0x3B0, 0x3DF),
        ];

        // What a domain has virtually is the hypervisor's: interrupt controllers, timer, clock, serial ports, whatever resets.
        foreach (PortWindow window in PlatformPorts.All())
        {
            ports.Add(new PortRange(window.First, (ushort)window.Last));
        }

        Keep(ports, fixedHardware.ControlA, PowerBlockSize);
        Keep(ports, fixedHardware.ControlB, PowerBlockSize);
        Keep(ports, fixedHardware.Timer, PowerBlockSize);
        Keep(ports, fixedHardware.SmiCommandPort, 1);
        Keep(ports, fixedHardware.Reset, 1);
        _ports = ports.ToArray();

        List<MemoryRange> memory =
        [
            MemoryRange.FromLength(LocalApicAddress, LocalApicLength),
            MemoryRange.FromLength(UsualEventTimer, PageSizes.Page),
        ];
        if (eventTimer != 0)
        {
            memory.Add(MemoryRange.FromLength(eventTimer & ~PageSizes.PageMask, PageSizes.Page));
        }

        for (int i = 0; i < topology.IoApics.Count; i++)
        {
            memory.Add(MemoryRange.FromLength(topology.IoApics[i].Address & ~PageSizes.PageMask, PageSizes.Page));
        }

        _memory = memory.ToArray();
    }

    /// <inheritdoc/>
    public ReadOnlySpan<PortRange> KeptPorts => _ports;

    /// <inheritdoc/>
    public ReadOnlySpan<MemoryRange> KeptMemory => _memory;

    /// <inheritdoc/>
    public uint ReadPort(ushort port, int size) => size switch
    {
        1 => Ports.Read8(port),
        2 => Ports.Read16(port),
        _ => Ports.Read32(port),
    };

    /// <inheritdoc/>
    public void WritePort(ushort port, int size, uint value)
    {
        switch (size)
        {
            case 1:
                Ports.Write8(port, (byte)value);
                break;
            case 2:
                Ports.Write16(port, (ushort)value);
                break;
            default:
                Ports.Write32(port, value);
                break;
        }
    }

    /// <inheritdoc/>
    public void ConnectLines(bool connected) => _apic.ConnectControllers(connected);

    /// <inheritdoc/>
    public uint TakeInterrupts() => InterruptTable.TakeLines();

    private static void Keep(List<PortRange> ports, AcpiRegister register, int size)
    {
        if (register.Space == AcpiRegisterSpace.Port)
        {
            int first = (int)register.Address & ~(size - 1);
            ports.Add(new PortRange((ushort)first, (ushort)(first + size - 1)));
        }
    }
}
