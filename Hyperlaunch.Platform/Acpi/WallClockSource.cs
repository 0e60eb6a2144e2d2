namespace Hyperlaunch.Platform.Acpi;

/// <summary>Where a guest is to look for the time of day.</summary>
public enum WallClockSource
{
    /// <summary>In the real-time clock, as on a PC.</summary>
    Device,

    /// <summary>
    /// Nowhere but in the interface that its hypervisor offers: a Linux kernel under Xen then knows that it is in no emulated PC,
    /// and uses what other domains grant it, by whichever protocol it was started (arch/x86/xen/enlighten_pvh.c).
    /// </summary>
    Interface,
}
