using System;
using System.Collections.Generic;
using Hyperlaunch.Hypervisor.Passthrough;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Tests.Hypervisor.Passthrough;

/// <summary>
/// A machine's ports: PCI's configuration, two interrupt controllers that remember their masks, and all others noted.
/// </summary>
internal sealed class FakeHardware : IMachineHardware
{
    private uint _address;

    public FakePciBus Pci { get; } = new();

    /// <summary>Accesses to ports that are not PCI's, as <c>out 3f8/1=2a</c> and <c>in 3f8/1</c>.</summary>
    public List<string> Log { get; } = [];

    public List<PortRange> Ports { get; } = [];

    public List<MemoryRange> Memory { get; } = [];

    public ReadOnlySpan<PortRange> KeptPorts => Ports.ToArray();

    public ReadOnlySpan<MemoryRange> KeptMemory => Memory.ToArray();

    /// <summary>Lines that have fired and are not taken note of.</summary>
    public uint Fired { get; set; }

    /// <summary>What is masked at the controllers.</summary>
    public uint Masked { get; private set; } = 0xFFFF;

    /// <summary>What is in service at the controllers.</summary>
    public uint InService { get; set; }

    /// <summary>The level-triggered lines.</summary>
    public uint Level { get; private set; }

    public bool IsConnected { get; private set; }

    public uint ReadPort(ushort port, int size)
    {
        switch (port)
        {
            case >= 0xCFC and <= 0xCFF:
                return Pci.Read(new PciAddress((ushort)(_address >> 8)), (int)(_address & 0xFC) + (port - 0xCFC), size);
            case 0x20:
                return InService & 0xFF;
            case 0xA0:
                return InService >> 8;
            case 0x4D0:
                return Level & 0xFF;
            case 0x4D1:
                return Level >> 8;
            default:
                Log.Add($"in {port:x}/{size}");
                return 0x5A5A_5A5A & (size == 4 ? uint.MaxValue : (1u << (size * 8)) - 1);
        }
    }

    public void WritePort(ushort port, int size, uint value)
    {
        switch (port)
        {
            case 0xCF8:
                _address = value;
                break;
            case >= 0xCFC and <= 0xCFF:
                Pci.Write(new PciAddress((ushort)(_address >> 8)), (int)(_address & 0xFC) + (port - 0xCFC), size, value);
                break;
            case 0x21:
                Masked = (Masked & 0xFF00) | value;
                break;
            case 0xA1:
                Masked = (Masked & 0xFF) | (value << 8);
                break;
            case 0x20 when value >= 0x60:
                InService &= ~(1u << (int)(value & 7));
                break;
            case 0xA0 when value >= 0x60:
                InService &= ~(1u << (int)((value & 7) + 8));
                break;
            case 0x4D0:
                Level = (Level & 0xFF00) | value;
                break;
            case 0x4D1:
                Level = (Level & 0xFF) | (value << 8);
                break;
            case 0x20 or 0xA0:
                break;
            default:
                Log.Add($"out {port:x}/{size}={value:x}");
                break;
        }
    }

    public void ConnectLines(bool connected) => IsConnected = connected;

    public uint TakeInterrupts()
    {
        uint fired = Fired;
        Fired = 0;
        return fired;
    }

    /// <summary>A device asks at a line: it fires if it is open.</summary>
    public void Ask(int line)
    {
        if ((Masked & (1u << line)) == 0)
        {
            Fired |= 1u << line;
            InService |= 1u << line;
            InService |= line >= 8 ? 1u << 2 : 0;
        }
    }
}
