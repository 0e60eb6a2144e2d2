using System;
using Hyperlaunch.Kernel.Consoles;
using Hyperlaunch.Kernel.Runtime;
using Hyperlaunch.Machine.Text;

namespace Hyperlaunch.Kernel.Faults;

/// <summary>
/// The names of the kernel's code and of the types of exceptions, which <c>build/symbols.awk</c> packs: each entry holds what
/// differs from the one before.
/// </summary>
internal static unsafe class SymbolTable
{
    private const int LongestName = 100;

    /// <summary>Prints the name of the code at an address and the distance from its start; nothing when it is no code.</summary>
    public static void WriteCode(ulong address)
    {
        ImageLayout* image = ImageLayout.Current;
        if (address < image->TextStart || address >= image->TextEnd)
        {
            return;
        }

        DirectConsole.Write(" "u8);
        ulong start = WriteName(address);
        DirectConsole.Write("+0x"u8);
        DirectConsole.WriteHex(address - start, 1);
    }

    /// <summary>Prints the name of an exception's type.</summary>
    /// <param name="methodTable">The type's method table.</param>
    public static void WriteType(ulong methodTable) => WriteName(methodTable);

    // Prints the last name at or before an address, and tells where it begins.
    private static ulong WriteName(ulong address)
    {
        ImageLayout* image = ImageLayout.Current;
        Span<byte> name = stackalloc byte[LongestName];
        int length = 0;
        ulong start = image->TextStart;
        byte* cursor = image->SymbolsStart;
        while (cursor < image->SymbolsEnd)
        {
            ulong next = start + Leb128.ReadUnsigned(ref cursor);
            if (next > address)
            {
                break;
            }

            start = next;
            length = *cursor++;
            while (*cursor != 0 && length < LongestName)
            {
                name[length++] = *cursor++;
            }

            cursor++;
        }

        DirectConsole.Write(name[..length]);
        return start;
    }
}
