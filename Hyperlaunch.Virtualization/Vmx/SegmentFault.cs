namespace Hyperlaunch.Virtualization.Vmx;

/// <summary>What can be wrong with a segment register at an entry (Intel SDM vol 3, 27.3.1.2).</summary>
internal enum SegmentFault
{
    /// <summary>It is not as virtual-8086 mode has it.</summary>
    Virtual8086,

    /// <summary>It has a base beyond 32 bits.</summary>
    WideBase,

    /// <summary>It has a base that is not canonical.</summary>
    NotCanonical,

    /// <summary>It has a type that is neither accessed code nor, for an unrestricted guest, data.</summary>
    NoCode,

    /// <summary>It has both L and D.</summary>
    LongAndDefault,

    /// <summary>It has a type that cannot be loaded, or is not accessed.</summary>
    NoData,

    /// <summary>It is a system segment.</summary>
    System,

    /// <summary>It has a privilege level that does not fit the mode, or CS and SS do not agree.</summary>
    Privilege,

    /// <summary>It is no local descriptor table.</summary>
    NoLocalTable,

    /// <summary>It is no busy task state.</summary>
    NoTask,

    /// <summary>It is usable but not present.</summary>
    NotPresent,

    /// <summary>It has reserved bits in its access rights.</summary>
    ReservedRights,

    /// <summary>It has a limit that does not fit its granularity.</summary>
    Granularity,

    /// <summary>How many there are.</summary>
    Count,
}
