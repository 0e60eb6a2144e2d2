namespace Hyperlaunch.Machine.Firmware;

/// <summary>An I/O APIC of the machine (ACPI 6.5, 5.2.12.3).</summary>
public sealed class IoApicDescription(byte id, uint address, uint firstInterrupt)
{
    /// <summary>Its APIC id.</summary>
    public byte Id { get; } = id;

    /// <summary>Physical address of its registers.</summary>
    public uint Address { get; } = address;

    /// <summary>The number of its first input among all of the machine's.</summary>
    public uint FirstInterrupt { get; } = firstInterrupt;
}
