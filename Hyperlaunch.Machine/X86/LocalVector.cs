namespace Hyperlaunch.Machine.X86;

/// <summary>Entries of a local APIC's vector table (Intel SDM volume 3, section 11.5.1).</summary>
public static class LocalVector
{
    /// <summary>The entry delivers nothing.</summary>
    public const uint Masked = 1 << 16;

    private const uint DeliveryMask = 7 << 8;
    private const uint DeliverySmi = 2 << 8;

    /// <summary>
    /// What is written so that an entry delivers nothing to the hypervisor. One that delivers to firmware's own mode is
    /// firmware's: it throttles a processor that is too hot.
    /// </summary>
    /// <param name="entry">What was read.</param>
    public static uint MaskUnlessFirmwares(uint entry) => (entry & DeliveryMask) == DeliverySmi ? entry : Masked;
}
