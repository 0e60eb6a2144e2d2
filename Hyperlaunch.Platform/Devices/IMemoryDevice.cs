namespace Hyperlaunch.Platform.Devices;

/// <summary>A virtual device whose registers lie in the guest's physical address space.</summary>
public interface IMemoryDevice
{
    /// <summary>The guest reads.</summary>
    /// <param name="offset">Bytes from the start of the device's range.</param>
    /// <param name="size">1, 2, 4 or 8 bytes.</param>
    ulong ReadMemory(ulong offset, int size);

    /// <summary>The guest writes.</summary>
    /// <param name="offset">Bytes from the start of the device's range.</param>
    /// <param name="size">1, 2, 4 or 8 bytes.</param>
    /// <param name="value">The value; bytes beyond <paramref name="size"/> are 0.</param>
    void WriteMemory(ulong offset, int size, ulong value);
}
