using System.Runtime.InteropServices;

namespace Hyperlaunch.Platform.Devices;

/// <summary>
/// The record of a processor's clock as it lies in the guest's memory, little-endian: pvclock_vcpu_time_info of Linux,
/// vcpu_time_info of Xen.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
public struct TimeRecord
{
    /// <summary>Odd while the record is written.</summary>
    [FieldOffset(0)]
    public uint Version;

    /// <summary>tsc_timestamp: the guest's time-stamp counter at <see cref="SystemTime"/>.</summary>
    [FieldOffset(8)]
    public ulong TimeStamp;

    /// <summary>system_time: nanoseconds.</summary>
    [FieldOffset(16)]
    public ulong SystemTime;

    /// <summary>tsc_to_system_mul: nanoseconds per shifted tick, times 2^32.</summary>
    [FieldOffset(24)]
    public uint Multiplier;

    /// <summary>tsc_shift: how far ticks are shifted, to the left when positive, before they are multiplied.</summary>
    [FieldOffset(28)]
    public sbyte Shift;

    /// <summary>Bit 0: the counters of all processors agree (PVCLOCK_TSC_STABLE_BIT).</summary>
    [FieldOffset(29)]
    public byte Flags;
}
