namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>What a handle of <see cref="ForeignMappings"/> stands for.</summary>
internal enum ForeignMappingState : byte
{
    /// <summary>Nothing.</summary>
    Free,

    /// <summary>Its page is being asked for.</summary>
    Pending,

    /// <summary>A page of another domain's.</summary>
    Mapped,

    /// <summary>A page that was another domain's and is gone: the guest sees a spare one.</summary>
    Revoked,

    /// <summary>A page that is out of the guest's tables, and perhaps not yet out of what its processors remember.</summary>
    Ending,
}
