namespace Hyperlaunch.Domains.Platform;

/// <summary>The devices of a domain that lie in its physical address space and are the same for all its processors.</summary>
public sealed class DeviceMap
{
    private readonly ulong[] _address;
    private readonly ulong[] _length;
    private readonly IMemoryDevice[] _devices;
    private int _count;

    /// <summary>Makes an empty map.</summary>
    /// <param name="capacity">How many ranges it can hold.</param>
    public DeviceMap(int capacity)
    {
        _address = new ulong[capacity];
        _length = new ulong[capacity];
        _devices = new IMemoryDevice[capacity];
    }

    /// <summary>Adds a device's range.</summary>
    /// <returns>False when the map is full, or the range is empty, wraps around, or overlaps another.</returns>
    public bool TryAdd(ulong address, ulong length, IMemoryDevice device)
    {
        if (length == 0 || address > ulong.MaxValue - (length - 1) || _count == _devices.Length)
        {
            return false;
        }

        for (int i = 0; i < _count; i++)
        {
            if (address <= _address[i] + (_length[i] - 1) && address + (length - 1) >= _address[i])
            {
                return false;
            }
        }

        _address[_count] = address;
        _length[_count] = length;
        _devices[_count] = device;
        _count++;
        return true;
    }

    /// <summary>Reads from the device at an address.</summary>
    /// <param name="address">A guest physical address.</param>
    /// <param name="size">1, 2, 4 or 8 bytes.</param>
    /// <param name="value">What the device answered, or all ones.</param>
    /// <returns>False when no device has the whole access.</returns>
    public bool TryRead(ulong address, int size, out ulong value)
    {
        int index = Find(address, size);
        value = index < 0 ? ulong.MaxValue : _devices[index].ReadMemory(address - _address[index], size);
        return index >= 0;
    }

    /// <summary>Writes to the device at an address.</summary>
    /// <param name="address">A guest physical address.</param>
    /// <param name="size">1, 2, 4 or 8 bytes.</param>
    /// <param name="value">The value; bytes beyond <paramref name="size"/> are 0.</param>
    /// <returns>False when no device has the whole access.</returns>
    public bool TryWrite(ulong address, int size, ulong value)
    {
        int index = Find(address, size);
        if (index < 0)
        {
            return false;
        }

        _devices[index].WriteMemory(address - _address[index], size, value);
        return true;
    }

    private int Find(ulong address, int size)
    {
        for (int i = 0; i < _count; i++)
        {
            ulong offset = address - _address[i];
            if (address >= _address[i] && offset < _length[i])
            {
                return (ulong)size <= _length[i] - offset ? i : -1;
            }
        }

        return -1;
    }
}
