using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Virtualization.Vmx;

/// <summary>
/// An event as the fields for entries, exits and interrupted deliveries hold it, which agree in these bits (Intel SDM vol 3,
/// 25.8.3, 25.9.2 and 25.9.3).
/// </summary>
internal static class VmxEvent
{
    /// <summary>Nothing.</summary>
    public const uint None = 0;

    /// <summary>In an exit's information: the exit interrupted an IRET that had unmasked NMIs (28.2.3).</summary>
    public const uint NmiUnblocked = 1u << 12;

    private const uint Valid = 1u << 31;
    private const uint HasErrorBit = 1u << 11;
    private const uint TypeMask = 7u << 8;
    private const uint TypeInterrupt = 0u << 8;
    private const uint TypeNmi = 2u << 8;
    private const uint TypeException = 3u << 8;
    private const uint TypePrivilegedSoftware = 5u << 8;

    // What an entry may be asked to deliver: vector, type, whether there is an error code, whether there is an event.
    private const uint DeliveryMask = Valid | HasErrorBit | TypeMask | 0xFF;

    /// <summary>A maskable interrupt.</summary>
    public static uint Interrupt(byte vector) => Valid | TypeInterrupt | vector;

    /// <summary>A non-maskable interrupt.</summary>
    public static uint Nmi() => Valid | TypeNmi | ExceptionVector.Nmi;

    /// <summary>An exception.</summary>
    public static uint Exception(byte vector, bool hasErrorCode)
        => Valid | TypeException | vector | (hasErrorCode ? HasErrorBit : 0);

    /// <summary>Whether there is an event.</summary>
    public static bool IsValid(uint value) => (value & Valid) != 0;

    /// <summary>Whether it comes with an error code.</summary>
    public static bool HasErrorCode(uint value) => (value & HasErrorBit) != 0;

    /// <summary>The vector.</summary>
    public static byte Vector(uint value) => (byte)value;

    /// <summary>Whether it is an exception that the processor raised.</summary>
    public static bool IsException(uint value) => (value & (Valid | TypeMask)) == (Valid | TypeException);

    /// <summary>Whether it is the #DB of INT1, which is the only privileged software exception (25.9.2).</summary>
    public static bool IsInt1(uint value) => (value & (Valid | TypeMask)) == (Valid | TypePrivilegedSoftware);

    /// <summary>Whether it is a non-maskable interrupt.</summary>
    public static bool IsNmi(uint value) => (value & (Valid | TypeMask)) == (Valid | TypeNmi);

    /// <summary>
    /// Whether the guest's next instruction raises the event again by itself: INT n, INT1, INT3 and INTO, at which RIP still
    /// points.
    /// </summary>
    public static bool IsRaisedByInstruction(uint value) => (value & TypeMask) > TypeException;

    /// <summary>An event whose delivery an exit cut short, in the form in which an entry delivers it again.</summary>
    public static uint ForDelivery(uint vectoring) => vectoring & DeliveryMask;
}
