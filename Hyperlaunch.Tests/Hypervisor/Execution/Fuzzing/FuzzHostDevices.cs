using System;
using Hyperlaunch.Platform.Devices;

namespace Hyperlaunch.Tests.Hypervisor.Execution.Fuzzing;

/// <summary>The machine's own devices behind the virtual ones: they answer anything.</summary>
internal sealed class FuzzHostDevices : IHostDevices, IPortDevice, IInterruptEnd
{
    public IPortDevice Ports => this;

    public IPortDevice ConfigurationPorts => this;

    public IInterruptEnd InterruptEnd => this;

    public ReadOnlySpan<byte> Description => [0xA3, 0xA3];

    public uint ReadPort(int offset, int size) => size is 1 or 2 or 4
        ? (uint)offset * 0x0101_0101
        : throw new EscapeException($"A port of the machine's is read with {size} bytes.");

    public void WritePort(int offset, int size, uint value)
    {
        if (size is not (1 or 2 or 4))
        {
            throw new EscapeException($"A port of the machine's is written with {size} bytes.");
        }
    }

    public void OnEnded(int pin)
    {
        if (pin is < 0 or >= PlatformLayout.IoApicPins)
        {
            throw new EscapeException($"An interrupt of pin {pin} ended.");
        }
    }
}
