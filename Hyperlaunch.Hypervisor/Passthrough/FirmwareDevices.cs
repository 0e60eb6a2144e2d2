namespace Hyperlaunch.Hypervisor.Passthrough;

/// <summary>
/// What firmware and the boot loader left running among the machine's devices: a network card that waits for packets writes them
/// into memory that is to be a domain's, whether or not some domain is to have the devices.
/// </summary>
public static class FirmwareDevices
{
    private const int BusCount = 256;
    private const uint SystemClass = 0x08;
    private const uint IommuSubclass = 0x06;

    /// <summary>
    /// Takes the right to read and write memory from every PCI function, and its interrupts by message. Bridges keep both rights
    /// and buses: what is behind them has lost its own. Displays go on showing what is in memory, and IOMMUs are no devices.
    /// </summary>
    /// <param name="hardware">The machine. Its ports are used by nobody else meanwhile.</param>
    /// <returns>How many functions had the right.</returns>
    public static int Stop(IMachineHardware hardware) => Stop(new PciPorts(hardware));

    /// <summary>Does the same on a bus that need not be the machine's.</summary>
    internal static int Stop(IPciBus bus)
    {
        // A machine may have several buses that no bridge leads to: all are looked at.
        int stopped = 0;
        for (int number = 0; number < BusCount; number++)
        {
            for (int device = 0; device < PciAddress.DeviceCount; device++)
            {
                stopped += StopDevice(bus, number, device);
            }
        }

        return stopped;
    }

    private static int StopDevice(IPciBus bus, int number, int device)
    {
        int stopped = 0;
        int functions = 1;
        for (int function = 0; function < functions; function++)
        {
            PciAddress address = new(number, device, function);
            if ((bus.Read(address, PciRegister.Vendor, 4) & 0xFFFF) == PciRegister.NoVendor)
            {
                continue;
            }

            if (function == 0 && (bus.Read(address, PciRegister.HeaderType, 1) & PciRegister.ManyFunctions) != 0)
            {
                functions = PciAddress.FunctionCount;
            }

            stopped += TryStop(bus, address) ? 1 : 0;
        }

        return stopped;
    }

    private static bool TryStop(IPciBus bus, PciAddress address)
    {
        uint code = bus.Read(address, PciRegister.Class, 4);
        uint subclass = code >> 16 & 0xFF;
        bool isBridge = code >> 24 == PciRegister.BridgeClass;
        bool isIommu = code >> 24 == SystemClass && subclass == IommuSubclass;
        if ((isBridge && subclass != PciRegister.PciBridgeSubclass) || isIommu)
        {
            return false;
        }

        PciMessages.Disable(bus, address);
        uint command = bus.Read(address, PciRegister.Command, 2);
        if (isBridge || code >> 24 == PciRegister.DisplayClass || (command & PciRegister.CommandBusMaster) == 0)
        {
            return false;
        }

        // The status' bits are cleared by ones: only the command is written. The read waits for what is on its way.
        bus.Write(address, PciRegister.Command, 2, command & ~PciRegister.CommandBusMaster);
        bus.Read(address, PciRegister.Command, 2);
        return true;
    }
}
