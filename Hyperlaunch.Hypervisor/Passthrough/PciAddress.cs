namespace Hyperlaunch.Hypervisor.Passthrough;

/// <summary>Where a PCI function is: bus, device and function number, as bits 15:8, 7:3 and 2:0 of one number.</summary>
internal readonly struct PciAddress
{
    /// <summary>Devices on a bus.</summary>
    public const int DeviceCount = 32;

    /// <summary>Functions of a device.</summary>
    public const int FunctionCount = 8;

    private const int BusShift = 8;
    private const int DeviceShift = 3;

    /// <summary>Makes an address of its number.</summary>
    public PciAddress(ushort value)
    {
        Value = value;
    }

    /// <summary>Makes an address.</summary>
    /// <param name="bus">The bus, 0 to 255.</param>
    /// <param name="device">The device, 0 to 31.</param>
    /// <param name="function">The function, 0 to 7.</param>
    public PciAddress(int bus, int device, int function)
    {
        Value = (ushort)((bus << BusShift) | (device << DeviceShift) | function);
    }

    /// <summary>All three as one number.</summary>
    public ushort Value { get; }

    /// <summary>The bus.</summary>
    public int Bus => Value >> BusShift;

    /// <summary>The device on it.</summary>
    public int Device => (Value >> DeviceShift) & (DeviceCount - 1);

    /// <summary>The function of that.</summary>
    public int Function => Value & (FunctionCount - 1);
}
