using System;
using System.Text;

namespace Hyperlaunch.Dtb;

/// <summary>Prints trees as source text (DTS): Devicetree Specification v0.4, chapter 6. <c>dtc</c> compiles the text of a
/// strictly opened tree to the same tree again; for a boot CPU other than 0 it needs <c>-b</c>.</summary>
public static class DeviceTreeText
{
    private const string HexDigits = "0123456789abcdef";

    /// <summary>Prints a tree, its reservations included.</summary>
    /// <param name="tree">The tree.</param>
    /// <returns>The source text.</returns>
    public static string Format(scoped in DeviceTree tree)
    {
        StringBuilder text = new("/dts-v1/;\n");
        foreach (Reservation reservation in tree.Reservations)
        {
            text.Append("/memreserve/ 0x");
            AppendHex(text, reservation.Address, 16);
            text.Append(" 0x");
            AppendHex(text, reservation.Size, 16);
            text.Append(";\n");
        }

        text.Append("\n/ {\n");
        AppendProperties(text, tree.Root);
        int open = 0;
        foreach (DeviceTreeNode node in tree.Root.Descendants)
        {
            Close(text, ref open, node.Depth - 1);
            open = node.Depth;
            text.Append('\n').Append('\t', node.Depth);
            AppendName(text, node.Name);
            text.Append(" {\n");
            AppendProperties(text, node);
        }

        Close(text, ref open, -1);
        return text.ToString();
    }

    /// <summary>
    /// Prints the value of a property: strings where it has the form of strings, else cells where they are whole, else bytes.
    /// </summary>
    /// <param name="property">The property.</param>
    /// <returns>The value as in source text; empty for an empty value.</returns>
    public static string FormatValue(scoped in DeviceTreeProperty property)
    {
        StringBuilder text = new();
        AppendValue(text, property.Value);
        return text.ToString();
    }

    private static void Close(StringBuilder text, ref int open, int depth)
    {
        for (; open > depth; open--)
        {
            text.Append('\t', open).Append("};\n");
        }
    }

    private static void AppendProperties(StringBuilder text, scoped in DeviceTreeNode node)
    {
        foreach (DeviceTreeProperty property in node.Properties)
        {
            text.Append('\t', node.Depth + 1);
            AppendName(text, property.Name);
            if (!property.Value.IsEmpty)
            {
                text.Append(" = ");
                AppendValue(text, property.Value);
            }

            text.Append(";\n");
        }
    }

    private static void AppendValue(StringBuilder text, ReadOnlySpan<byte> value)
    {
        if (AreStrings(value))
        {
            AppendStrings(text, value);
        }
        else if ((value.Length & (FlattenedFormat.CellSize - 1)) == 0)
        {
            AppendCells(text, value);
        }
        else
        {
            AppendBytes(text, value);
        }
    }

    /// <summary>Whether a value is printable strings, none of them empty, each with its NUL.</summary>
    private static bool AreStrings(ReadOnlySpan<byte> value)
    {
        byte before = 0;
        foreach (byte character in value)
        {
            if (character == 0 ? before == 0 : !IsPrintable(character))
            {
                return false;
            }

            before = character;
        }

        return value.Length > 0 && before == 0;
    }

    private static bool IsPrintable(byte character) => character is >= (byte)' ' and <= (byte)'~';

    private static void AppendStrings(StringBuilder text, ReadOnlySpan<byte> value)
    {
        text.Append('"');
        for (int i = 0; i < value.Length - 1; i++)
        {
            if (value[i] == 0)
            {
                text.Append("\", \"");
                continue;
            }

            if (value[i] is (byte)'"' or (byte)'\\')
            {
                text.Append('\\');
            }

            text.Append((char)value[i]);
        }

        text.Append('"');
    }

    private static void AppendCells(StringBuilder text, ReadOnlySpan<byte> value)
    {
        for (int at = 0; at < value.Length; at += FlattenedFormat.CellSize)
        {
            text.Append(at == 0 ? "<0x" : " 0x");
            AppendHex(text, FlattenedFormat.ReadU32(value, at), 8);
        }

        text.Append(value.IsEmpty ? string.Empty : ">");
    }

    private static void AppendBytes(StringBuilder text, ReadOnlySpan<byte> value)
    {
        for (int at = 0; at < value.Length; at++)
        {
            text.Append(at == 0 ? '[' : ' ');
            AppendHex(text, value[at], 2);
        }

        text.Append(']');
    }

    /// <summary>A name. What a strictly opened tree cannot have in it is shown as its number, and does not compile.</summary>
    private static void AppendName(StringBuilder text, ReadOnlySpan<byte> name)
    {
        foreach (byte character in name)
        {
            if (IsPrintable(character))
            {
                text.Append((char)character);
            }
            else
            {
                text.Append("\\x");
                AppendHex(text, character, 2);
            }
        }
    }

    private static void AppendHex(StringBuilder text, ulong value, int digits)
    {
        for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4)
        {
            text.Append(HexDigits[(int)(value >> shift) & 0xF]);
        }
    }
}
