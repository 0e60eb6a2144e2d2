using Hyperlaunch.Platform.Board;

namespace Hyperlaunch.Platform.Devices;

/// <summary>Where a device lies, for the tables that tell a guest of it.</summary>
public readonly struct DevicePlace
{
    /// <summary>Makes a place.</summary>
    /// <param name="isMemory">Whether it lies among the physical addresses; otherwise among the ports.</param>
    /// <param name="start">Its first address or port.</param>
    /// <param name="length">How many bytes or ports.</param>
    /// <param name="line">Its interrupt line; <see cref="VirtualPlatform.NoLine"/> for none.</param>
    public DevicePlace(bool isMemory, ulong start, ulong length, int line)
    {
        IsMemory = isMemory;
        Start = start;
        Length = length;
        Line = line;
    }

    /// <summary>Whether it lies among the physical addresses; otherwise among the ports.</summary>
    public bool IsMemory { get; }

    /// <summary>Its first address or port; of several windows the first one's.</summary>
    public ulong Start { get; }

    /// <summary>How many bytes or ports.</summary>
    public ulong Length { get; }

    /// <summary>Its interrupt line; <see cref="VirtualPlatform.NoLine"/> for none.</summary>
    public int Line { get; }
}
