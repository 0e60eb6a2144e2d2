using System;
using Hyperlaunch.Kernel.Runtime;

namespace Hyperlaunch.Kernel.Consoles;

/// <summary>
/// Output that is on the line when the call returns, for the self-test and for panics. Allocates nothing and takes no lock.
/// </summary>
internal static unsafe class DirectConsole
{
    /// <summary>Prints ASCII text; a line feed also returns the carriage.</summary>
    public static void Write(string text)
    {
        foreach (char c in text)
        {
            Write((byte)c);
        }
    }

    /// <summary>Prints bytes.</summary>
    public static void Write(ReadOnlySpan<byte> text)
    {
        foreach (byte b in text)
        {
            Write(b);
        }
    }

    /// <summary>Prints a number in hexadecimal.</summary>
    /// <param name="value">The number.</param>
    /// <param name="digits">At least so many digits, with leading zeros.</param>
    public static void WriteHex(ulong value, int digits = 16)
    {
        while (digits < 16 && value >> (digits * 4) != 0)
        {
            digits++;
        }

        for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4)
        {
            Write("0123456789abcdef"u8[(int)(value >> shift) & 0xf]);
        }
    }

    private static void Write(byte value)
    {
        if (value == '\n')
        {
            SerialPort.WriteSynchronously((byte)'\r');
        }

        SerialPort.WriteSynchronously(value);
        if (TypeManager.IsStarted)
        {
            Screen.Current?.Write(value);
        }
    }
}
