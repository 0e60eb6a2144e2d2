using System;

namespace Hyperlaunch.Platform.Devices;

/// <summary>
/// The ports of a domain. An access wider than a device is split into bytes at rising ports, as the ISA bus does; a port without
/// a device reads all ones and swallows what is written, unless the domain has the machine's.
/// </summary>
public sealed class PortMap
{
    /// <summary>The most windows that it holds: an index of one has a byte.</summary>
    public const int MaximumWindows = byte.MaxValue;

    private const int PageShift = 8;
    private const int PageSize = 1 << PageShift;
    private const int PageMask = PageSize - 1;
    private const int PortCount = ushort.MaxValue + 1;
    private const byte Nobody = 0;

    // The index of each port's window. Pages without a device are one and the same.
    private readonly byte[][] _pages = new byte[PortCount / PageSize][];
    private readonly byte[] _emptyPage = new byte[PageSize];

    // The first entry is nobody's.
    private Entry[] _entries = new Entry[1];

    /// <summary>Makes an empty map.</summary>
    public PortMap()
    {
        for (int i = 0; i < _pages.Length; i++)
        {
            _pages[i] = _emptyPage;
        }
    }

    /// <summary>What answers at ports that no device was added for; null for nothing. Its offsets are the ports.</summary>
    public IPortDevice? Others { get; internal set; }

    /// <summary>Adds a device's ports.</summary>
    /// <param name="device">The device.</param>
    /// <param name="window">Its ports.</param>
    /// <exception cref="InvalidOperationException">
    /// The map is full, or the window is empty, runs past port 0xFFFF, or overlaps another: the platform is put together wrongly.
    /// </exception>
    public void Add(IPortDevice device, PortWindow window)
    {
        if (_entries.Length > MaximumWindows)
        {
            throw new InvalidOperationException("The port map is full.");
        }

        if (window.Count <= 0 || window.Last > ushort.MaxValue)
        {
            throw new InvalidOperationException("Port " + window.First + " begins a window that is none.");
        }

        Entry[] entries = new Entry[_entries.Length + 1];
        for (int i = 0; i < _entries.Length; i++)
        {
            entries[i] = _entries[i];
        }

        entries[_entries.Length] = new Entry(device, window);
        for (int port = window.First; port <= window.Last; port++)
        {
            Claim(port, (byte)_entries.Length);
        }

        _entries = entries;
    }

    /// <summary>The guest reads.</summary>
    /// <param name="port">The port.</param>
    /// <param name="size">1, 2 or 4 bytes.</param>
    /// <returns>The value; bytes beyond <paramref name="size"/> are 0.</returns>
    public uint Read(ushort port, int size)
    {
        ref readonly Entry entry = ref _entries[Find(port)];
        if (entry.Takes(port, size))
        {
            uint value = entry.Device!.ReadPort(port - entry.Base, size);
            return size == 4 ? value : value & ((1u << (size * 8)) - 1);
        }

        if (Others is not null && IsUnclaimed(port, size))
        {
            return Others.ReadPort(port, size);
        }

        if (size == 1)
        {
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
        ref readonly Entry entry = ref _entries[Find(port)];
        if (entry.Takes(port, size))
        {
            entry.Device!.WritePort(port - entry.Base, size, size == 4 ? value : value & ((1u << (size * 8)) - 1));
            return;
        }

        if (Others is not null && IsUnclaimed(port, size))
        {
            Others.WritePort(port, size, value);
            return;
        }

        for (int i = 0; size > 1 && i < size; i++)
        {
            Write((ushort)(port + i), 1, (value >> (i * 8)) & 0xFF);
        }
    }

    private byte Find(int port) => _pages[port >> PageShift][port & PageMask];

    private void Claim(int port, byte index)
    {
        if (Find(port) != Nobody)
        {
            throw new InvalidOperationException("Port " + port + " belongs to two devices.");
        }

        byte[] page = _pages[port >> PageShift];
        if (ReferenceEquals(page, _emptyPage))
        {
            page = new byte[PageSize];
            _pages[port >> PageShift] = page;
        }

        page[port & PageMask] = index;
    }

    private bool IsUnclaimed(ushort port, int size)
    {
        bool isUnclaimed = true;
        for (int i = 0; i < size && port + i < PortCount; i++)
        {
            isUnclaimed &= Find(port + i) == Nobody;
        }

        return isUnclaimed;
    }

    // A window as its accesses need it: Base is subtracted from a port to get the offset.
    private readonly struct Entry
    {
        public readonly IPortDevice? Device;
        public readonly int Base;
        private readonly int _last;
        private readonly int _width;

        public Entry(IPortDevice device, PortWindow window)
        {
            Device = device;
            Base = window.First - window.Offset;
            _last = window.Last;
            _width = window.Width;
        }

        public bool Takes(int port, int size) => size <= _width && port + size - 1 <= _last;
    }
}
