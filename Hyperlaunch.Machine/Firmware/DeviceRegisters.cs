using System;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Machine.Firmware;

/// <summary>Decides whether an address that a table gives for a device's registers can be that.</summary>
public static class DeviceRegisters
{
    private const ulong FirstMegabyte = 1 << 20;

    /// <summary>
    /// Whether registers can lie there: not among the first MiB, and not in what the memory map gives as memory of any use. To
    /// write to a wrong address would destroy what is there.
    /// </summary>
    /// <param name="registers">Where they are said to be.</param>
    /// <param name="map">The machine's memory map.</param>
    public static bool CanLieAt(MemoryRange registers, ReadOnlySpan<MemoryMapEntry> map)
    {
        if (registers.Start < FirstMegabyte || registers.End == ulong.MaxValue)
        {
            return false;
        }

        for (int i = 0; i < map.Length; i++)
        {
            if (map[i].Kind != MemoryKind.Reserved && map[i].Range.Overlaps(registers))
            {
                return false;
            }
        }

        return true;
    }
}
