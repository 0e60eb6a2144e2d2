using System;

namespace Hyperlaunch.Machine.Text;

/// <summary>Text as boot loaders and kernels exchange it: one character a byte, ISO 8859-1.</summary>
public static class Latin1
{
    /// <summary>Makes a string of bytes.</summary>
    public static unsafe string ToString(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return string.Empty;
        }

        string text = new('\0', bytes.Length);

        // Sound because the string is new, nobody else holds it, and it has exactly as many characters as there are bytes.
        fixed (char* characters = text)
        {
            for (int i = 0; i < bytes.Length; i++)
            {
                characters[i] = (char)bytes[i];
            }
        }

        return text;
    }

    /// <summary>Whether bytes are the text of a string.</summary>
    public static bool IsText(ReadOnlySpan<byte> bytes, string text)
    {
        bool isEqual = bytes.Length == text.Length;
        for (int i = 0; isEqual && i < text.Length; i++)
        {
            isEqual = text[i] == bytes[i];
        }

        return isEqual;
    }

    /// <summary>Writes a string as bytes, without an end mark; a character that is no Latin-1 becomes a question mark.</summary>
    /// <param name="text">The string.</param>
    /// <param name="destination">At least as many bytes as the string has characters.</param>
    public static void Write(string text, Span<byte> destination)
    {
        for (int i = 0; i < text.Length; i++)
        {
            char character = text[i];
            destination[i] = character <= 0xFF ? (byte)character : (byte)'?';
        }
    }

    /// <summary>Makes bytes of a string, as <see cref="Write"/> writes them.</summary>
    public static byte[] ToBytes(string text)
    {
        byte[] bytes = new byte[text.Length];
        Write(text, bytes);
        return bytes;
    }
}
