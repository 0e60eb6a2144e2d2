namespace Hyperlaunch.Domains.Platform;

/// <summary>
/// The ports of a domain. An access wider than a device is split into bytes at rising ports, as the ISA bus does; a port without
/// a device reads all ones and swallows what is written, unless the domain has the machine's.
/// </summary>
public sealed class PortMap
{
    private readonly ushort[] _first;
    private readonly ushort[] _last;
    private readonly byte[] _width;
    private readonly IPortDevice[] _devices;
    private int _count;

    /// <summary>Makes an empty map.</summary>
    /// <param name="capacity">How many ranges it can hold.</param>
    public PortMap(int capacity)
    {
        _first = new ushort[capacity];
        _last = new ushort[capacity];
        _width = new byte[capacity];
        _devices = new IPortDevice[capacity];
    }

    /// <summary>Bytes read from or written to ports without a device, since <see cref="Reset"/>.</summary>
    public ulong UnclaimedAccesses { get; private set; }

    /// <summary>What answers at ports that no device was added for; null for nothing.</summary>
    public IPortDevice? Others { get; set; }

    /// <summary>Adds a device's ports. Devices that are asked for often come first.</summary>
    /// <param name="first">The first port.</param>
    /// <param name="count">How many.</param>
    /// <param name="width">The widest access, in bytes, that the device takes whole: 1, 2 or 4.</param>
    /// <param name="device">The device.</param>
    /// <returns>False when the map is full, the range runs past port 0xFFFF, or it overlaps another.</returns>
    public bool TryAdd(ushort first, int count, byte width, IPortDevice device)
    {
        int last = first + count - 1;
        if (count <= 0 || last > ushort.MaxValue || _count == _devices.Length)
        {
            return false;
        }

        for (int i = 0; i < _count; i++)
        {
            if (first <= _last[i] && last >= _first[i])
            {
                return false;
            }
        }

        _first[_count] = first;
        _last[_count] = (ushort)last;
        _width[_count] = width;
        _devices[_count] = device;
        _count++;
        return true;
    }

    /// <summary>Forgets the accesses counted so far.</summary>
    public void Reset() => UnclaimedAccesses = 0;

    /// <summary>The guest reads.</summary>
    /// <param name="port">The port.</param>
    /// <param name="size">1, 2 or 4 bytes.</param>
    /// <returns>The value; bytes beyond <paramref name="size"/> are 0.</returns>
    public uint Read(ushort port, int size)
    {
        int index = Find(port, size);
        if (index >= 0)
        {
            uint value = _devices[index].ReadPort(port, size);
            return size == 4 ? value : value & ((1u << (size * 8)) - 1);
        }

        if (Others is not null && IsUnclaimed(port, size))
        {
            return Others.ReadPort(port, size);
        }

        if (size == 1)
        {
            UnclaimedAccesses++;
            return 0xFF;
        }

        uint bytes = 0;
        for (int i = 0; i < size; i++)
        {
            bytes |= Read((ushort)(port + i), 1) << (i * 8);
        }

        return bytes;
    }

    /// <summary>The guest writes.</summary>
    /// <param name="port">The port.</param>
    /// <param name="size">1, 2 or 4 bytes.</param>
    /// <param name="value">The value; bytes beyond <paramref name="size"/> are ignored.</param>
    public void Write(ushort port, int size, uint value)
    {
        int index = Find(port, size);
        if (index >= 0)
        {
            _devices[index].WritePort(port, size, size == 4 ? value : value & ((1u << (size * 8)) - 1));
            return;
        }

        if (Others is not null && IsUnclaimed(port, size))
        {
            Others.WritePort(port, size, value);
            return;
        }

        if (size == 1)
        {
            UnclaimedAccesses++;
            return;
        }

        for (int i = 0; i < size; i++)
        {
            Write((ushort)(port + i), 1, (value >> (i * 8)) & 0xFF);
        }
    }

    private bool IsUnclaimed(ushort port, int size)
    {
        bool isUnclaimed = true;
        for (int i = 0; i < _count; i++)
        {
            isUnclaimed &= port + size - 1 < _first[i] || port > _last[i];
        }

        return isUnclaimed;
    }

    /// <summary>The range that takes the whole access, or -1.</summary>
    private int Find(ushort port, int size)
    {
        for (int i = 0; i < _count; i++)
        {
            if (port >= _first[i] && port <= _last[i])
            {
                return size <= _width[i] && port + size - 1 <= _last[i] ? i : -1;
            }
        }

        return -1;
    }
}
