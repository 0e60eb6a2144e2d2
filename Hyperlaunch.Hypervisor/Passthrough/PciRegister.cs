namespace Hyperlaunch.Hypervisor.Passthrough;

/// <summary>
/// Offsets and bits in PCI configuration space (PCI Local Bus Specification 3.0, chapter 6 and appendix H; PCI-to-PCI Bridge
/// Architecture Specification 1.2, chapter 3).
/// </summary>
internal static class PciRegister
{
    /// <summary>Bytes of a function's configuration space.</summary>
    public const int SpaceSize = 256;

    /// <summary>Vendor; all ones where there is no function.</summary>
    public const int Vendor = 0x00;

    /// <summary>No vendor.</summary>
    public const uint NoVendor = 0xFFFF;

    /// <summary>Command; the status is the upper half of the same four bytes.</summary>
    public const int Command = 0x04;

    /// <summary>Status.</summary>
    public const int Status = 0x06;

    /// <summary>Class code, in the upper three of these four bytes: interface, subclass, class.</summary>
    public const int Class = 0x08;

    /// <summary>Header type.</summary>
    public const int HeaderType = 0x0E;

    /// <summary>The first base address register.</summary>
    public const int FirstBar = 0x10;

    /// <summary>Secondary bus of a bridge.</summary>
    public const int SecondaryBus = 0x19;

    /// <summary>Memory window of a bridge: base and limit.</summary>
    public const int MemoryWindow = 0x20;

    /// <summary>Prefetchable window of a bridge: base and limit.</summary>
    public const int PrefetchableWindow = 0x24;

    /// <summary>Upper 32 bits of the prefetchable window's base.</summary>
    public const int PrefetchableBaseHigh = 0x28;

    /// <summary>Upper 32 bits of the prefetchable window's limit.</summary>
    public const int PrefetchableLimitHigh = 0x2C;

    /// <summary>ROM address of a device.</summary>
    public const int DeviceRom = 0x30;

    /// <summary>ROM address of a bridge.</summary>
    public const int BridgeRom = 0x38;

    /// <summary>Where the list of capabilities begins.</summary>
    public const int Capabilities = 0x34;

    /// <summary>Interrupt line: the input of the controller pair that firmware routed the interrupt to.</summary>
    public const int InterruptLine = 0x3C;

    /// <summary>Interrupt pin: 1 to 4 for A to D, 0 for none.</summary>
    public const int InterruptPin = 0x3D;

    /// <summary>Where capabilities may lie.</summary>
    public const int FirstCapability = 0x40;

    /// <summary>Command: answers at its ports.</summary>
    public const uint CommandPorts = 1 << 0;

    /// <summary>Command: answers at its memory addresses.</summary>
    public const uint CommandMemory = 1 << 1;

    /// <summary>Command: may read and write memory by itself.</summary>
    public const uint CommandBusMaster = 1 << 2;

    /// <summary>Status: there is a list of capabilities.</summary>
    public const uint StatusCapabilities = 1 << 4;

    /// <summary>Header type: the device has more than one function.</summary>
    public const uint ManyFunctions = 1 << 7;

    /// <summary>The kind of header.</summary>
    public const uint HeaderKind = 0x7F;

    /// <summary>The header of a PCI-to-PCI bridge.</summary>
    public const uint BridgeHeader = 1;

    /// <summary>Base address: of ports.</summary>
    public const uint BarPorts = 1 << 0;

    /// <summary>Base address of ports: the bits that are no address.</summary>
    public const uint BarPortBits = 3;

    /// <summary>Base address of memory: the bits that are no address.</summary>
    public const uint BarMemoryBits = 0xF;

    /// <summary>Base address of memory: how wide it is.</summary>
    public const uint BarWidth = 3 << 1;

    /// <summary>Base address of memory: 64 bits, the upper half in the register after it.</summary>
    public const uint BarIs64 = 2 << 1;

    /// <summary>Class: display.</summary>
    public const uint DisplayClass = 0x03;

    /// <summary>Class: bridge.</summary>
    public const uint BridgeClass = 0x06;

    /// <summary>Subclass of a bridge: PCI to PCI.</summary>
    public const uint PciBridgeSubclass = 0x04;

    /// <summary>Capability: message signalled interrupts.</summary>
    public const uint MessageCapability = 0x05;

    /// <summary>Capability: message signalled interrupts, extended.</summary>
    public const uint ExtendedMessageCapability = 0x11;

    /// <summary>Capability: enhanced allocation, a second way to say where the memory of a device is.</summary>
    public const uint EnhancedAllocationCapability = 0x14;
}
