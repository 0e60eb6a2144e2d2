using System;
using System.Runtime;

namespace Hyperlaunch.Kernel.Runtime;

/// <summary>
/// The functions of the C library's mathematics that CoreLib calls where the baseline processor has no instruction.
/// </summary>
internal static class CMath
{
    // From here on every double is an integer.
    private const double AllIntegers = 4503599627370496.0;

    [RuntimeExport("floor")]
    private static double Floor(double value)
    {
        if (!(Math.Abs(value) < AllIntegers))
        {
            return value;
        }

        double whole = (long)value;
        return Math.CopySign(whole > value ? whole - 1 : whole, value);
    }

    [RuntimeExport("ceil")]
    private static double Ceiling(double value)
    {
        if (!(Math.Abs(value) < AllIntegers))
        {
            return value;
        }

        double whole = (long)value;
        return Math.CopySign(whole < value ? whole + 1 : whole, value);
    }
}
