namespace Hyperlaunch.Domains.Platform;

/// <summary>A virtual device on I/O ports.</summary>
public interface IPortDevice
{
    /// <summary>The guest reads a port.</summary>
    /// <param name="port">The port.</param>
    /// <param name="size">1, 2 or 4 bytes.</param>
    /// <returns>The value; bytes beyond <paramref name="size"/> are ignored.</returns>
    uint ReadPort(ushort port, int size);

    /// <summary>The guest writes a port.</summary>
    /// <param name="port">The port.</param>
    /// <param name="size">1, 2 or 4 bytes.</param>
    /// <param name="value">The value; bytes beyond <paramref name="size"/> are 0.</param>
    void WritePort(ushort port, int size, uint value);
}
