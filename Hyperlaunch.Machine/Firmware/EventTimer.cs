namespace Hyperlaunch.Machine.Firmware;

/// <summary>Where the machine's high precision event timer is (IA-PC HPET Specification 1.0a, section 3.2.4).</summary>
public static class EventTimer
{
    /// <summary>Bytes of its registers.</summary>
    public const ulong RegistersSize = 0x400;

    private const int AddressOffset = 40;

    /// <summary>Reads the address of its registers from its table.</summary>
    /// <returns>0 when there is none, or its registers are not in memory.</returns>
    public static ulong FindAddress(FirmwareTables? tables)
    {
        if (tables is null)
        {
            return 0;
        }

        AcpiRegister register = AcpiRegister.Read(tables.Find("HPET"u8), AddressOffset);
        return register.Space == AcpiRegisterSpace.Memory ? register.Address : 0;
    }
}
