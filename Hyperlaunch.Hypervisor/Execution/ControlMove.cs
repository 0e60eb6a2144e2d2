using System;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>
/// A MOV to or from a control register, read from its bytes for processors whose exits do not tell it (AMD APM volume 3, MOV
/// CRn): 0F 20 and 0F 22, the general-purpose register in rm.
/// </summary>
internal static class ControlMove
{
    /// <summary>The longest instruction there is.</summary>
    public const int MaximumLength = 15;

    private const byte Escape = 0x0F;
    private const byte OpcodeFrom = 0x20;
    private const byte OpcodeTo = 0x22;
    private const byte RexMask = 0xF0;
    private const byte Rex = 0x40;
    private const int RexB = 1;

    /// <summary>Decodes the instruction.</summary>
    /// <param name="code">Its bytes, perhaps more or fewer.</param>
    /// <param name="is64Bit">Whether it is 64-bit code.</param>
    /// <param name="register">The general-purpose register.</param>
    /// <param name="length">Bytes of the instruction.</param>
    /// <returns>False when it is no such instruction.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> code, bool is64Bit, out GuestRegister register, out int length)
    {
        register = default;
        length = 0;
        int i = 0;
        while (i < code.Length && IsPrefix(code[i]))
        {
            i++;
        }

        int extension = 0;
        if (is64Bit && i < code.Length && (code[i] & RexMask) == Rex)
        {
            extension = (code[i] & RexB) << 3;
            i++;
        }

        const int OpcodeLength = 3;
        if (i + OpcodeLength > MaximumLength || i + OpcodeLength > code.Length || code[i] != Escape
            || code[i + 1] is not (OpcodeFrom or OpcodeTo))
        {
            return false;
        }

        register = (GuestRegister)((code[i + 2] & 7) | extension);
        length = i + OpcodeLength;
        return true;
    }

    // Operand size, address size, segments, REP; and LOCK, which names CR8 outside 64-bit code.
    private static bool IsPrefix(byte value)
        => value is 0x66 or 0x67 or 0x26 or 0x2E or 0x36 or 0x3E or 0x64 or 0x65 or 0xF0 or 0xF2 or 0xF3;
}
