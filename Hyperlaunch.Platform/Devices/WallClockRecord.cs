using System.Runtime.InteropServices;

namespace Hyperlaunch.Platform.Devices;

/// <summary>
/// The time of day at which a domain's time was 0, as it lies in the guest's memory, little-endian: pvclock_wall_clock of Linux,
/// the first part of wc_* in Xen's shared_info.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 12)]
public struct WallClockRecord
{
    /// <summary>Odd while the record is written.</summary>
    [FieldOffset(0)]
    public uint Version;

    /// <summary>Seconds since 1970, of which the lower 32 bits.</summary>
    [FieldOffset(4)]
    public uint Seconds;

    /// <summary>Nanoseconds beyond them.</summary>
    [FieldOffset(8)]
    public uint Nanoseconds;
}
