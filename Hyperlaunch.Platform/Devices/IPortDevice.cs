namespace Hyperlaunch.Platform.Devices;

/// <summary>A device with registers behind I/O ports.</summary>
public interface IPortDevice
{
    /// <summary>The guest reads a port.</summary>
    /// <param name="offset">The port's offset in the device, as its <see cref="PortWindow"/> has it.</param>
    /// <param name="size">1, 2 or 4 bytes.</param>
    /// <returns>The value; bytes beyond <paramref name="size"/> are ignored.</returns>
    uint ReadPort(int offset, int size);

    /// <summary>The guest writes a port.</summary>
    /// <param name="offset">The port's offset in the device, as its <see cref="PortWindow"/> has it.</param>
    /// <param name="size">1, 2 or 4 bytes.</param>
    /// <param name="value">The value; bytes beyond <paramref name="size"/> are 0.</param>
    void WritePort(int offset, int size, uint value);
}
