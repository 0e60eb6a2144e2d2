using System;

namespace Hyperlaunch.Machine.Firmware;

/// <summary>
/// What goes into the PM1 control registers' SLP_TYP fields to turn the machine off: the first two elements of the package
/// <c>\_S5</c> (ACPI 6.5, 7.4.2.6). Interpreting AML is not needed: every compiler writes this object as constants.
/// </summary>
public sealed class SleepType
{
    // AML encoding (ACPI 6.5, 20.2).
    private const byte NameOp = 0x08;
    private const byte RootPrefix = (byte)'\\';
    private const byte PackageOp = 0x12;
    private const byte ZeroOp = 0x00;
    private const byte OneOp = 0x01;
    private const byte BytePrefix = 0x0A;
    private const byte WordPrefix = 0x0B;
    private const byte DWordPrefix = 0x0C;
    private const int PackageLengthShift = 6;
    private const byte SleepTypeMask = 7;

    private SleepType(byte a, byte b)
    {
        A = a;
        B = b;
    }

    private static ReadOnlySpan<byte> SoftOffName => "_S5_"u8;

    /// <summary>For PM1a control.</summary>
    public byte A { get; }

    /// <summary>For PM1b control.</summary>
    public byte B { get; }

    /// <summary>Looks for the package in the bytes of a DSDT or SSDT.</summary>
    /// <returns>Null when it is not there in the form that compilers write.</returns>
    public static SleepType? FindSoftOff(ReadOnlySpan<byte> table)
    {
        ReadOnlySpan<byte> rest = table;
        int consumed = 0;
        while (true)
        {
            int at = rest.IndexOf(SoftOffName);
            if (at < 0)
            {
                return null;
            }

            int name = consumed + at;
            bool isDefinition = (name >= 1 && table[name - 1] == NameOp)
                || (name >= 2 && table[name - 1] == RootPrefix && table[name - 2] == NameOp);
            SleepType? found = isDefinition ? ReadPackage(table[(name + SoftOffName.Length)..]) : null;
            if (found is not null)
            {
                return found;
            }

            consumed = name + SoftOffName.Length;
            rest = table[consumed..];
        }
    }

    // PackageOp, length in one to four bytes (the first says how many follow), number of elements, elements.
    private static SleepType? ReadPackage(ReadOnlySpan<byte> code)
    {
        if (code.Length < 2 || code[0] != PackageOp)
        {
            return null;
        }

        int position = 1 + 1 + (code[1] >> PackageLengthShift);
        if (position >= code.Length)
        {
            return null;
        }

        int elements = code[position++];
        if (elements < 1 || !TryReadInteger(code, ref position, out byte a))
        {
            return null;
        }

        byte b = 0;
        return elements == 1 || TryReadInteger(code, ref position, out b) ? new SleepType(a, b) : null;
    }

    private static bool TryReadInteger(ReadOnlySpan<byte> code, ref int position, out byte value)
    {
        value = 0;
        if (position >= code.Length)
        {
            return false;
        }

        byte op = code[position++];
        int size = op switch
        {
            ZeroOp or OneOp => 0,
            BytePrefix => 1,
            WordPrefix => 2,
            DWordPrefix => 4,
            _ => -1,
        };
        if (size < 0 || size > code.Length - position)
        {
            return false;
        }

        value = (byte)((size == 0 ? op : code[position]) & SleepTypeMask);
        position += size;
        return true;
    }
}
