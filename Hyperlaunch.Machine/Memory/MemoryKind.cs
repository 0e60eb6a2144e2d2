namespace Hyperlaunch.Machine.Memory;

/// <summary>What the firmware says a range of memory is (ACPI 6.5, section 15.2, address range types).</summary>
public enum MemoryKind
{
    /// <summary>RAM that the operating system may use.</summary>
    Usable = 1,

    /// <summary>Not to be used: devices, firmware.</summary>
    Reserved = 2,

    /// <summary>ACPI tables; RAM once they have been read.</summary>
    AcpiReclaimable = 3,

    /// <summary>ACPI non-volatile storage: to be preserved.</summary>
    AcpiNonVolatile = 4,

    /// <summary>RAM in which errors have been found.</summary>
    Unusable = 5,
}
