using System;
using Hyperlaunch.Hypervisor.Xen.Store;

namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>A path or a value of the store as it is put together; nothing is allocated.</summary>
internal sealed class StoreText
{
    private readonly byte[] _bytes = new byte[StorePath.MaximumLength];
    private int _length;

    /// <summary>What it is so far.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>How long it is; it can be cut to what it was before.</summary>
    public int Length
    {
        get => _length;
        set => _length = value;
    }

    /// <summary>Begins anew.</summary>
    public StoreText Start(string text)
    {
        _length = 0;
        return Add(text);
    }

    /// <summary>Appends text, each character a byte; what is too long is cut.</summary>
    public StoreText Add(string text)
    {
        for (int i = 0; i < text.Length && _length < _bytes.Length; i++)
        {
            _bytes[_length++] = (byte)text[i];
        }

        return this;
    }

    /// <summary>Appends a number in decimal.</summary>
    public StoreText Add(ulong number)
    {
        if (_bytes.Length - _length >= 20)
        {
            _length += StorePath.WriteNumber(number, _bytes.AsSpan(_length));
        }

        return this;
    }

    /// <summary>Appends a byte as two hexadecimal digits.</summary>
    public StoreText AddHex(byte value)
    {
        if (_bytes.Length - _length >= 2)
        {
            _bytes[_length++] = Digit(value >> 4);
            _bytes[_length++] = Digit(value & 0xF);
        }

        return this;
    }

    private static byte Digit(int value) => (byte)(value < 10 ? '0' + value : 'a' + (value - 10));
}
