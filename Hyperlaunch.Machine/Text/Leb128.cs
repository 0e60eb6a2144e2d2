namespace Hyperlaunch.Machine.Text;

/// <summary>Variable-length integers of DWARF (DWARF 4, 7.6).</summary>
public static unsafe class Leb128
{
    private const byte More = 0x80;
    private const byte Negative = 0x40;
    private const int Bits = 7;

    /// <summary>Reads an unsigned one and advances.</summary>
    public static ulong ReadUnsigned(ref byte* cursor)
    {
        ulong value = 0;
        int shift = 0;
        byte part;
        do
        {
            part = *cursor++;
            value |= (ulong)(part & ~More & 0xff) << shift;
            shift += Bits;
        }
        while ((part & More) != 0);

        return value;
    }

    /// <summary>Reads a signed one and advances.</summary>
    public static long ReadSigned(ref byte* cursor)
    {
        long value = 0;
        int shift = 0;
        byte part;
        do
        {
            part = *cursor++;
            value |= (long)(part & ~More & 0xff) << shift;
            shift += Bits;
        }
        while ((part & More) != 0);

        return (part & Negative) != 0 ? value | (-1L << shift) : value;
    }
}
