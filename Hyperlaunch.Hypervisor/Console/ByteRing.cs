using System.Threading;

namespace Hyperlaunch.Hypervisor.Console;

/// <summary>A queue of bytes of fixed size between one writer and one reader, which may be two CPUs.</summary>
public sealed class ByteRing
{
    private readonly byte[] _bytes;
    private readonly uint _mask;
    private uint _written;
    private uint _read;

    /// <summary>Makes an empty queue.</summary>
    /// <param name="sizeBits">The base-2 logarithm of its size in bytes, at most 20.</param>
    public ByteRing(int sizeBits)
    {
        _bytes = new byte[1 << sizeBits];
        _mask = (1u << sizeBits) - 1;
    }

    /// <summary>How many bytes wait.</summary>
    public uint Count => Volatile.Read(ref _written) - Volatile.Read(ref _read);

    /// <summary>How many bytes have been written since it was made, modulo 2^32: tells a reader whether anything came.</summary>
    public uint Written => Volatile.Read(ref _written);

    /// <summary>The writer adds a byte.</summary>
    /// <returns>False when it is full.</returns>
    public bool TryPut(byte value)
    {
        uint written = _written;
        if (written - Volatile.Read(ref _read) > _mask)
        {
            return false;
        }

        _bytes[written & _mask] = value;
        Volatile.Write(ref _written, written + 1);
        return true;
    }

    /// <summary>The reader takes a byte.</summary>
    /// <returns>False when it is empty.</returns>
    public bool TryTake(out byte value)
    {
        uint read = _read;
        if (read == Volatile.Read(ref _written))
        {
            value = 0;
            return false;
        }

        value = _bytes[read & _mask];
        Volatile.Write(ref _read, read + 1);
        return true;
    }

    /// <summary>The reader looks at the byte <paramref name="offset"/> places from the front; there must be that many.</summary>
    public byte Peek(uint offset) => _bytes[(_read + offset) & _mask];

    /// <summary>The reader drops everything.</summary>
    public void Clear() => Volatile.Write(ref _read, Volatile.Read(ref _written));
}
