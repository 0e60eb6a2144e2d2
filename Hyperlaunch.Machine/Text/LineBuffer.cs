using System;

namespace Hyperlaunch.Machine.Text;

/// <summary>
/// One line of text under construction, as bytes, in a buffer of fixed size. It allocates nothing once made; what does not fit
/// is cut, and the cut is shown by a closing <c>~</c>.
/// </summary>
public sealed class LineBuffer
{
    private const byte Cut = (byte)'~';

    private readonly byte[] _bytes;
    private readonly int _capacity;
    private int _length;

    /// <summary>Makes an empty line that can hold <paramref name="capacity"/> bytes.</summary>
    public LineBuffer(int capacity)
    {
        _capacity = capacity;
        _bytes = new byte[capacity + 2];
    }

    /// <summary>What has been written.</summary>
    public ReadOnlySpan<byte> Bytes => new(_bytes, 0, _length);

    /// <summary>Starts anew.</summary>
    public void Clear() => _length = 0;

    /// <summary>Adds one byte as it is.</summary>
    public void Add(byte value)
    {
        if (_length < _capacity)
        {
            _bytes[_length] = value;
            _length++;
        }
        else if (_length > 0)
        {
            _bytes[_length - 1] = Cut;
        }
    }

    /// <summary>
    /// Ends the line with CR and LF, for which there is always room. Nothing may be added before the next <see cref="Clear"/>.
    /// </summary>
    public void AddEnd()
    {
        _bytes[_length] = (byte)'\r';
        _bytes[_length + 1] = (byte)'\n';
        _length += 2;
    }

    /// <summary>
    /// Adds text; what is not printable ASCII becomes <c>?</c>, so that no input can forge a line or steer a terminal.
    /// </summary>
    public void Add(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            Add(c >= ' ' && c <= '~' ? (byte)c : (byte)'?');
        }
    }

    /// <summary>Adds bytes of text, under the same rule.</summary>
    public void Add(ReadOnlySpan<byte> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            byte c = text[i];
            Add(c >= (byte)' ' && c <= (byte)'~' ? c : (byte)'?');
        }
    }

    /// <summary>Adds a number in decimal.</summary>
    public void Add(ulong value) => AddPadded(value, 1);

    /// <summary>Adds a number in decimal with at least <paramref name="digits"/> digits.</summary>
    public void AddPadded(ulong value, int digits)
    {
        if (value >= 10 || digits > 1)
        {
            AddPadded(value / 10, digits - 1);
        }

        Add((byte)('0' + (int)(value % 10)));
    }

    /// <summary>Adds a number in hexadecimal with a leading <c>0x</c> and no padding.</summary>
    public void AddHex(ulong value)
    {
        Add((byte)'0');
        Add((byte)'x');
        int shift = 60;
        while (shift > 0 && (value >> shift & 0xF) == 0)
        {
            shift -= 4;
        }

        for (; shift >= 0; shift -= 4)
        {
            AddHexDigit((int)(value >> shift & 0xF));
        }
    }

    /// <summary>Adds bytes in hexadecimal, two digits each, without a prefix.</summary>
    public void AddHex(ReadOnlySpan<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            AddHexDigit(bytes[i] >> 4);
            AddHexDigit(bytes[i] & 0xF);
        }
    }

    private void AddHexDigit(int digit) => Add((byte)(digit < 10 ? '0' + digit : 'a' + digit - 10));
}
