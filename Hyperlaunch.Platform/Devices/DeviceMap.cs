using System;

namespace Hyperlaunch.Platform.Devices;

/// <summary>The devices of a domain that lie in its physical address space and are the same for all its processors.</summary>
public sealed class DeviceMap
{
    private Entry[] _entries = [];

    /// <summary>Adds a device's range.</summary>
    /// <param name="device">The device.</param>
    /// <param name="address">Its first guest physical address.</param>
    /// <param name="length">Bytes of its registers.</param>
    /// <exception cref="InvalidOperationException">
    /// The range is empty, wraps around, or overlaps another: the platform is put together wrongly.
    /// </exception>
    public void Add(IMemoryDevice device, ulong address, ulong length)
    {
        if (length == 0 || address > ulong.MaxValue - (length - 1))
        {
            throw new InvalidOperationException("A device's range is empty or runs past the last address.");
        }

        Entry[] entries = new Entry[_entries.Length + 1];
        for (int i = 0; i < _entries.Length; i++)
        {
            if (address <= _entries[i].Address + (_entries[i].Length - 1) && address + (length - 1) >= _entries[i].Address)
            {
                throw new InvalidOperationException("An address belongs to two devices.");
            }

            entries[i] = _entries[i];
        }

        entries[_entries.Length] = new Entry { Address = address, Length = length, Device = device };
        _entries = entries;
    }

    /// <summary>Reads from the device at an address.</summary>
    /// <param name="address">A guest physical address.</param>
    /// <param name="size">1, 2, 4 or 8 bytes.</param>
    /// <param name="value">What the device answered, or all ones.</param>
    /// <returns>False when no device has the whole access.</returns>
    public bool TryRead(ulong address, int size, out ulong value)
    {
        int index = Find(address, size);
        value = index < 0 ? ulong.MaxValue : _entries[index].Device.ReadMemory(address - _entries[index].Address, size);
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

        _entries[index].Device.WriteMemory(address - _entries[index].Address, size, value);
        return true;
    }

    private int Find(ulong address, int size)
    {
        for (int i = 0; i < _entries.Length; i++)
        {
            ulong offset = address - _entries[i].Address;
            if (offset < _entries[i].Length)
            {
                return (ulong)size <= _entries[i].Length - offset ? i : -1;
            }
        }

        return -1;
    }

    private struct Entry
    {
        public ulong Address;
        public ulong Length;
        public IMemoryDevice Device;
    }
}
