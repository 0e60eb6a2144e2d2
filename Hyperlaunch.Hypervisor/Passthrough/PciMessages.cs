namespace Hyperlaunch.Hypervisor.Passthrough;

/// <summary>
/// Interrupts by message of PCI functions: while they are enabled a function raises none at its pin (PCI 3.0, sections 6.8.1.3
/// and 6.8.2.3), and writes to an address and of a value that firmware chose.
/// </summary>
internal static class PciMessages
{
    private const int ControlOffset = 2;
    private const uint MessageEnable = 1 << 0;
    private const uint ExtendedMessageEnable = 1 << 15;

    /// <summary>Disables a function's.</summary>
    public static void Disable(IPciBus bus, PciAddress address)
    {
        if ((bus.Read(address, PciRegister.Status, 2) & PciRegister.StatusCapabilities) == 0)
        {
            return;
        }

        // The list is the device's: every place is visited once at most.
        ulong visited = 0;
        int place = (int)bus.Read(address, PciRegister.Capabilities, 1) & ~3;
        while (place >= PciRegister.FirstCapability && (visited & (1UL << (place / 4))) == 0)
        {
            visited |= 1UL << (place / 4);
            uint header = bus.Read(address, place, 4);
            uint enable = (header & 0xFF) switch
            {
                PciRegister.MessageCapability => MessageEnable,
                PciRegister.ExtendedMessageCapability => ExtendedMessageEnable,
                _ => 0,
            };
            uint control = header >> 16;
            if ((control & enable) != 0)
            {
                bus.Write(address, place + ControlOffset, 2, control & ~enable);
            }

            place = (int)(header >> 8) & 0xFC;
        }
    }
}
