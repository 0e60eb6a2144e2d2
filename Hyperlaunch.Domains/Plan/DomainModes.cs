using System;

namespace Hyperlaunch.Domains.Plan;

/// <summary>The bits of a domain's <c>mode</c> property, as requested.</summary>
[Flags]
public enum DomainModes : uint
{
    /// <summary>Hardware-assisted, without a device model: PVH.</summary>
    None = 0,

    /// <summary>Paravirtualized; not a mode that this hypervisor runs.</summary>
    Paravirtualized = 1 << 0,

    /// <summary>With a device model; not a mode that this hypervisor runs.</summary>
    DeviceModel = 1 << 1,

    /// <summary>A 64-bit domain. Without effect: every domain may enter long mode.</summary>
    Long = 1 << 2,

    /// <summary>Started when the launch is final, as every domain here is.</summary>
    StartOnBoot = 1 << 3,
}
