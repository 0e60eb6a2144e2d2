namespace Hyperlaunch.Platform.Interrupts;

/// <summary>
/// How an interrupt message is delivered, as ICR, LVT and redirection entries encode it (AMD APM volume 2, section 16.5).
/// </summary>
internal enum ApicDeliveryMode : byte
{
    /// <summary>The vector, to all destinations.</summary>
    Fixed = 0,

    /// <summary>The vector, to the destination that runs at the lowest priority.</summary>
    LowestPriority = 1,

    /// <summary>System management interrupt: guests have none.</summary>
    SystemManagement = 2,

    /// <summary>Reserved.</summary>
    Reserved = 3,

    /// <summary>Non-maskable interrupt.</summary>
    NonMaskable = 4,

    /// <summary>INIT.</summary>
    Init = 5,

    /// <summary>Startup IPI; the vector is the page to start at.</summary>
    Startup = 6,

    /// <summary>The interrupt controller pair supplies the vector.</summary>
    External = 7,
}
