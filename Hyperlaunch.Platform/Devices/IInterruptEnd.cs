namespace Hyperlaunch.Platform.Devices;

/// <summary>Learns when a domain has ended a level-triggered interrupt of its I/O APIC.</summary>
public interface IInterruptEnd
{
    /// <summary>
    /// The interrupt of a pin has ended. If the pin asks again after this, it interrupts again; so whoever drives it lets go of
    /// it here. The domain's gate is held.
    /// </summary>
    void OnEnded(int pin);
}
