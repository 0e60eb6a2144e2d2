using System;

namespace Hyperlaunch.Dtb;

/// <summary>A number of 0 to 4 cells, most significant first: Devicetree Specification v0.4, 2.3.5.</summary>
internal static class CellValue
{
    /// <summary>Reads a number. Returns whether it fits into 64 bits; no cells are the number 0.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> cells, out ulong value)
    {
        value = 0;
        bool fits = true;
        for (int at = 0; at < cells.Length; at += FlattenedFormat.CellSize)
        {
            fits &= value <= uint.MaxValue;
            value = (value << 32) | FlattenedFormat.ReadU32(cells, at);
        }

        value = fits ? value : 0;
        return fits;
    }
}
